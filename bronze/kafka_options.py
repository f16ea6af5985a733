"""A Kafka login in the words of its two clients: Spark's, which is Java's, and the one that is asked without Spark."""

from __future__ import annotations

from hallmark.lakehouse.logins import KafkaLogin

LOCATIONS = {"ssl_ca": ("ssl.ca.location",), "ssl_keystore": ("ssl.certificate.location", "ssl.key.location")}
"""The options of librdkafka that name a file, by ours."""
_MODULES = {"PLAIN": "plain.PlainLoginModule", "SCRAM": "scram.ScramLoginModule"}


def client_options(login: KafkaLogin) -> dict[str, str]:
    """The options of librdkafka.

    >>> client_options(KafkaLogin(security_protocol="SSL", ssl_ca="/etc/ca.pem"))
    {'security.protocol': 'SSL', 'ssl.ca.location': '/etc/ca.pem'}
    """
    options = {"security.protocol": login.protocol}
    if login.named:
        options["sasl.mechanism"] = login.sasl_mechanism
        options["sasl.username"], options["sasl.password"] = login.user, login.password.get_secret_value()
    for setting, names in LOCATIONS.items():
        if file := login.files.get(setting):
            options |= dict.fromkeys(names, str(file))
    return options


def spark_options(login: KafkaLogin) -> dict[str, str]:
    """The options of Spark's source, which hands those that begin with `kafka.` to its client.

    >>> spark_options(KafkaLogin(security_protocol="SSL", ssl_ca="/etc/ca.pem"))  # doctest: +NORMALIZE_WHITESPACE
    {'kafka.security.protocol': 'SSL', 'kafka.ssl.truststore.type': 'PEM',
     'kafka.ssl.truststore.location': '/etc/ca.pem'}
    """
    options = {"kafka.security.protocol": login.protocol}
    if login.named:
        options["kafka.sasl.mechanism"] = login.sasl_mechanism
        options["kafka.sasl.jaas.config"] = _jaas(login)
    for setting, store in (("ssl_ca", "truststore"), ("ssl_keystore", "keystore")):
        if file := login.files.get(setting):
            options[f"kafka.ssl.{store}.type"] = "PEM"
            options[f"kafka.ssl.{store}.location"] = str(file)
    return options


def _jaas(login: KafkaLogin) -> str:
    module = f"org.apache.kafka.common.security.{_MODULES[login.sasl_mechanism.partition('-')[0]]}"
    return f"{module} required username={_quoted(login.user)} password={_quoted(login.password.get_secret_value())};"


def _quoted(text: str) -> str:
    # Java reads the line with a StreamTokenizer: within quotes only these two have a meaning.
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
