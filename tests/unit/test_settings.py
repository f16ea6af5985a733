"""Settings: the file, then variables, then flags; a mistake is named and never passed over."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from setting_files import refusal, write_toml

from hallmark.lakehouse.errors import SettingsError
from hallmark.lakehouse.logins import KafkaLogin, PostgresLogin
from hallmark.lakehouse.settings import PACKAGE_ROOT, Settings, load_settings
from hallmark.platinum.policy import ScalingPolicy


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_a_word_there_are_defaults() -> None:
    found = load_settings()
    assert (found.seed, found.data, found.max_files_per_batch) == (7, None, 1000)
    assert (found.spark.master, found.spark.driver_memory, found.spark.remote) == ("local[2]", "2g", "")


def test_the_shipped_contracts_and_dbt_project_are_the_default() -> None:
    found = load_settings()
    assert (found.contracts / "finance" / "charges.odcs.yaml").is_file()
    assert (found.dbt_project / "dbt_project.yml").is_file()


def test_the_file_overrides_the_defaults() -> None:
    write_toml("seed = 3")
    assert load_settings().seed == 3


def test_a_variable_overrides_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write_toml("seed = 3")
    monkeypatch.setenv("HALLMARK_SEED", "4")
    assert load_settings().seed == 4


def test_a_flag_overrides_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    write_toml("seed = 3")
    monkeypatch.setenv("HALLMARK_SEED", "4")
    assert load_settings(seed=5).seed == 5


def test_a_flag_that_was_not_given_overrides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLMARK_SEED", "4")
    assert load_settings(seed=None).seed == 4


def test_a_variable_reaches_into_a_group_and_leaves_the_rest_to_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write_toml('[spark]\nmaster = "local[1]"\ndriver_memory = "3g"')
    monkeypatch.setenv("HALLMARK_SPARK__DRIVER_MEMORY", "5g")
    spark = load_settings().spark
    assert (spark.master, spark.driver_memory, spark.remote) == ("local[1]", "5g", "")


def test_spark_options_come_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLMARK_SPARK__OPTIONS", '{"spark.ui.enabled": "true"}')
    assert load_settings().spark.options == {"spark.ui.enabled": "true"}


def test_the_warehouse_is_an_absolute_folder() -> None:
    assert load_settings(warehouse="lake").warehouse == Path.cwd() / "lake"


def test_the_warehouse_may_be_in_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert load_settings(warehouse="~/lake").warehouse == tmp_path / "home" / "lake"


def test_an_empty_data_folder_means_the_synthetic_landing_zone_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLMARK_DATA", "")
    assert load_settings().data is None


def test_an_empty_contracts_folder_means_the_shipped_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLMARK_CONTRACTS", "")
    assert load_settings().contracts == PACKAGE_ROOT / "contracts"


def test_an_unknown_key_in_the_file_suggests_the_near_one() -> None:
    write_toml("seeds = 3")
    assert refusal() == (
        f"SettingsError: unknown setting\n  where: {Path.cwd()}/hallmark.toml: seeds\n  do: did you mean 'seed'?"
    )


def test_an_unknown_flag_suggests_the_near_one() -> None:
    assert refusal(warehous="x") == (
        "SettingsError: unknown setting\n  where: load_settings(warehous=...)\n  do: did you mean 'warehouse'?"
    )


def test_an_unknown_key_of_a_group_suggests_one_of_the_group() -> None:
    write_toml('[spark]\ndriver_memry = "3g"')
    assert refusal() == (
        "SettingsError: unknown setting\n"
        f"  where: {Path.cwd()}/hallmark.toml: spark.driver_memry\n"
        "  do: did you mean 'driver_memory'?"
    )


def test_an_unknown_variable_of_a_group_suggests_one_of_the_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLMARK_SPARK__REMOT", "sc://localhost:15002")
    assert refusal() == (
        "SettingsError: unknown setting\n  where: environment: HALLMARK_SPARK__REMOT\n  do: did you mean 'remote'?"
    )


def test_a_key_that_is_near_to_none_gets_the_list_of_all() -> None:
    write_toml("colour = 1")
    assert refusal() == (
        "SettingsError: unknown setting\n"
        f"  where: {Path.cwd()}/hallmark.toml: colour\n"
        f"  do: known: {', '.join(Settings.model_fields)}"
    )


def test_a_file_that_is_not_toml_is_named() -> None:
    write_toml("seed = 3\n[spark\n")
    assert refusal() == (
        "SettingsError: hallmark.toml is not valid TOML\n"
        f"  where: {Path.cwd() / 'hallmark.toml'}\n"
        "  got: Expected ']' at the end of a table declaration (at line 2, column 7)\n"
        "  do: mend the file"
    )


def test_a_file_that_is_not_utf8_is_not_toml() -> None:
    Path("hallmark.toml").write_bytes(b'landing = "\xe9"')
    assert "hallmark.toml is not valid TOML" in refusal()


def test_a_group_as_one_variable_must_be_json(monkeypatch: pytest.MonkeyPatch) -> None:
    write_toml("seed = 3")
    monkeypatch.setenv("HALLMARK_SPARK", "local[4]")
    assert refusal() == (
        "SettingsError: a variable of the environment can't be read\n"
        "  where: environment: HALLMARK_SPARK\n"
        "  got: no JSON: Expecting value: line 1 column 1 (char 0)\n"
        "  wanted: JSON, where the setting is a group of settings\n"
        "  do: set its parts one by one, such as HALLMARK_SPARK__DRIVER_MEMORY"
    )


@pytest.mark.parametrize(
    ("toml", "where", "got", "wanted"),
    [
        ('seed = "x"', "seed", "'x'", "Input should be a valid integer, unable to parse string as an integer"),
        ("seed = -1", "seed", "-1", "Input should be greater than or equal to 0"),
        ("max_files_per_batch = 0", "max_files_per_batch", "0", "Input should be greater than or equal to 1"),
        ("spark = 1", "spark", "1", "Input should be a valid dictionary or instance of SparkSettings"),
        (
            "[scaling]\nwindow_minutes = 2.5",
            "scaling.window_minutes",
            "2.5",
            "Input should be a valid integer, got a number with a fractional part",
        ),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(toml: str, where: str, got: str, wanted: str) -> None:
    write_toml(toml)
    assert refusal() == (
        "SettingsError: a setting has a value that can't be used\n"
        f"  where: {Path.cwd()}/hallmark.toml: {where}\n"
        f"  got: {got}\n"
        f"  wanted: {wanted}"
    )  # fmt: skip


def test_every_number_of_the_scaling_policy_is_a_setting_without_a_default_of_its_own() -> None:
    names = {field.name for field in fields(ScalingPolicy)} - {"rule_version"}
    assert load_settings().scaling.model_dump() == dict.fromkeys(names)


def test_settings_do_not_change_once_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().seed = 8


@pytest.mark.parametrize("name", ["warehouse", "contracts", "dbt_project"])
def test_a_tilde_is_the_home_folder(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert getattr(load_settings(**{name: "~/there"}), name) == tmp_path / "there"


def test_a_folder_has_one_name_however_it_is_written(tmp_path: Path) -> None:
    assert load_settings(warehouse=tmp_path / "a" / ".." / "lake").warehouse == tmp_path / "lake"


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        ("/lake/[x]", "a path without '[' ']'"),
        ("/lake;create=false", "a path without ';'"),
        ("/la\nke", "a path without '\\n'"),
        ("/100%", "a path without '%'"),
    ],
)
def test_a_warehouse_where_others_would_read_another_path_is_refused(place: str, wanted: str) -> None:
    with pytest.raises(SettingsError) as letter:
        load_settings(warehouse=Path(place))
    assert str(letter.value) == (
        "SettingsError: the warehouse can't be at this path\n"
        "  where: --warehouse\n"
        f"  got: {place!r}\n"
        f"  wanted: {wanted}\n"
        "  do: name another folder: --warehouse DIR"
    )


def test_an_empty_warehouse_is_not_this_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLMARK_WAREHOUSE", "")
    with pytest.raises(SettingsError, match="the warehouse can't be at this path"):
        load_settings()


def test_a_home_that_nobody_has_is_a_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLMARK_WAREHOUSE", "~nobody-by-this-name/lake")
    assert refusal().startswith(
        "SettingsError: a setting has a value that can't be used\n"
        "  where: environment: HALLMARK_WAREHOUSE\n"
        "  got: ~nobody-by-this-name/lake: "
    )


def test_a_databases_login_is_in_the_environment_and_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLMARK_POSTGRES__CRM__USER", "reader")
    monkeypatch.setenv("HALLMARK_POSTGRES__CRM__PASSWORD", "s3cret")
    settings = load_settings()
    assert settings.postgres["crm"].password.get_secret_value() == "s3cret"
    assert "s3cret" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


def test_a_mistaken_login_is_told_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLMARK_POSTGRES__CRM", '"s3cret"')
    assert refusal() == (
        "SettingsError: a setting has a value that can't be used\n"
        "  where: environment: HALLMARK_POSTGRES__CRM\n"
        "  wanted: a user and a password: HALLMARK_POSTGRES__<SERVER>__USER and __PASSWORD"
    )
    monkeypatch.delenv("HALLMARK_POSTGRES__CRM")
    monkeypatch.setenv("HALLMARK_POSTGRES__CRM__PASSWRD", "s3cret")
    assert refusal() == (
        "SettingsError: unknown setting\n"
        "  where: environment: HALLMARK_POSTGRES__CRM__PASSWRD\n"
        "  do: did you mean 'password'?"
    )


@pytest.mark.parametrize("text", ['[postgres.crm]\npassword = "s3cret"\n', 'postgres.crm = {PassWord = "s3cret"}\n'])
def test_a_password_in_the_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hallmark.toml").write_text(text, encoding="utf-8")
    assert refusal() == (
        "SettingsError: a password is in hallmark.toml\n"
        f"  where: {tmp_path}/hallmark.toml: postgres.crm.password\n"
        "  do: remove it there, and change it where others may have read it; set HALLMARK_POSTGRES__CRM__PASSWORD in "
        "the environment"
    )


def test_a_databases_tls_is_in_the_file_and_its_password_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = '[postgres.crm]\nuser = "reader"\nsslmode = "verify-full"\nsslrootcert = "ca.pem"\n'
    (tmp_path / "hallmark.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("HALLMARK_POSTGRES__CRM__PASSWORD", "s3cret")
    login = load_settings().postgres["crm"]
    assert (login.user, login.password.get_secret_value()) == ("reader", "s3cret")
    assert login.tls == {"sslmode": "verify-full", "sslrootcert": f"{tmp_path}/ca.pem"}
    assert PostgresLogin().tls == {"sslmode": "prefer"}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (
            {"SSLMODE": "tls"},
            "'disable', 'allow', 'prefer', 'require', 'verify-ca' or 'verify-full'",
        ),
        (
            {"SSLMODE": "verify-ca"},
            "an sslrootcert, for sslmode verify-ca checks the server's certificate",
        ),
        (
            {"SSLROOTCERT": "ca.pem"},
            "sslmode verify-ca or verify-full: prefer does not look at the sslrootcert",
        ),
    ],
)
def test_tls_that_would_check_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], wanted: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"HALLMARK_POSTGRES__CRM__{name}", value)
    assert refusal() == (
        "SettingsError: a setting has a value that can't be used\n"
        f"  where: environment: HALLMARK_POSTGRES__CRM__{next(iter(given))}\n"
        f"  wanted: {wanted}"
    )


def kafka_login(monkeypatch: pytest.MonkeyPatch, **given: str) -> KafkaLogin:
    for name, value in given.items():
        monkeypatch.setenv(f"HALLMARK_KAFKA__LIVE__{name.upper()}", value)
    return load_settings().kafka["live"]


@pytest.mark.parametrize(
    ("given", "protocol"),
    [
        ({"user": "reader", "password": "s3cret"}, "SASL_SSL"),
        ({"ssl_ca": "ca.pem"}, "SSL"),
        ({"ssl_keystore": "own.pem"}, "SSL"),
        ({"user": "reader", "password": "s3cret", "security_protocol": "SASL_PLAINTEXT"}, "SASL_PLAINTEXT"),
        ({"sasl_mechanism": "PLAIN"}, "PLAINTEXT"),
    ],
)
def test_what_is_spoken_with_a_broker_follows_from_what_is_given(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], protocol: str
) -> None:
    assert kafka_login(monkeypatch, **given).protocol == protocol


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"user": "reader"}, "a user and a password, for SASL_SSL tells them"),
        ({"security_protocol": "SASL_SSL"}, "a user and a password, for SASL_SSL tells them"),
        (
            {"user": "reader", "password": "s3cret", "security_protocol": "SSL"},
            "security_protocol SASL_SSL (or SASL_PLAINTEXT): SSL tells no user",
        ),
        ({"user": "", "password": "s3cret"}, "a user as well, or no password: PLAINTEXT would tell none"),
        ({"password": "s3cret", "ssl_ca": "ca.pem"}, "a user as well, or no password: SSL would tell none"),
        (
            {"ssl_ca": "ca.pem", "security_protocol": "PLAINTEXT"},
            "security_protocol SASL_SSL or SSL: PLAINTEXT looks at no certificate",
        ),
    ],
)
def test_a_brokers_login_that_would_be_passed_over_is_refused(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], wanted: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"HALLMARK_KAFKA__LIVE__{name.upper()}", value)
    variables = "; ".join(f"environment: HALLMARK_KAFKA__LIVE__{name.upper()}" for name in sorted(given))
    assert refusal() == (
        f"SettingsError: a setting has a value that can't be used\n  where: {variables}\n  wanted: {wanted}"
    )


def test_a_brokers_password_is_in_the_environment_and_shown_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = kafka_login(monkeypatch, user="reader", password="s3cret")
    assert "s3cret" not in f"{login!r} {load_settings().model_dump_json()}"
    monkeypatch.setenv("HALLMARK_KAFKA__LIVE__PASSWRD", "s3cret")
    assert refusal() == (
        "SettingsError: unknown setting\n"
        "  where: environment: HALLMARK_KAFKA__LIVE__PASSWRD\n"
        "  do: did you mean 'password'?"
    )
    monkeypatch.delenv("HALLMARK_KAFKA__LIVE__PASSWRD")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hallmark.toml").write_text('[kafka.live]\npassword = "s3cret"\n', encoding="utf-8")
    assert refusal() == (
        "SettingsError: a password is in hallmark.toml\n"
        f"  where: {tmp_path}/hallmark.toml: kafka.live.password\n"
        "  do: remove it there, and change it where others may have read it; set HALLMARK_KAFKA__LIVE__PASSWORD in "
        "the environment"
    )


def test_a_server_in_the_file_is_the_one_of_the_contract_whatever_the_case_of_its_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hallmark.toml").write_text('[kafka.Live]\nuser = "reader"\n', encoding="utf-8")
    login = kafka_login(monkeypatch, password="s3cret")
    assert (login.user, login.protocol) == ("reader", "SASL_SSL")
