"""How other systems let us in: what the settings say by the name of a contract's server."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class PostgresLogin(BaseModel):
    """How a database lets us in, by the contract's server: `HALLMARK_POSTGRES__<SERVER>__USER` and so on.

    Attributes:
        user: who reads it.
        password: comes from the environment alone; in `hallmark.toml` it is refused.
        sslmode: what libpq and the JDBC driver make of TLS; `prefer` takes it where the server offers it, and looks
            at no certificate.
        sslrootcert: the file (PEM) of the authorities that the server's certificate is checked by, on each machine
            that runs tasks of Spark; the modes `verify-ca` and `verify-full` need it, the others look at none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    user: str = Field(default="", repr=False)
    password: SecretStr = SecretStr("")
    sslmode: Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] = "prefer"
    sslrootcert: Path | None = None

    @model_validator(mode="after")
    def _certificate_where_it_counts(self) -> Self:
        # Left to the drivers the two would differ: libpq checks by a file that it finds at home, Java's may check none.
        if self.sslmode.startswith("verify") and self.sslrootcert is None:
            raise ValueError(f"an sslrootcert, for sslmode {self.sslmode} checks the server's certificate")
        if self.sslrootcert is not None and not self.sslmode.startswith("verify"):
            raise ValueError(f"sslmode verify-ca or verify-full: {self.sslmode} does not look at the sslrootcert")
        return self

    @property
    def tls(self) -> dict[str, str]:
        """The options of TLS, called alike by libpq and the JDBC driver."""
        root = {"sslrootcert": str(self.sslrootcert.expanduser().absolute())} if self.sslrootcert else {}
        return {"sslmode": self.sslmode, **root}


class KafkaLogin(BaseModel):
    """How a Kafka lets us in, by the contract's server: `HALLMARK_KAFKA__<SERVER>__USER` and so on.

    Attributes:
        security_protocol: what is spoken with the broker; without it `SASL_SSL` where there is a user, `SSL` where
            there is a certificate, else `PLAINTEXT`.
        sasl_mechanism: how the user is proven.
        user: who reads.
        password: comes from the environment alone; in `hallmark.toml` it is refused.
        ssl_ca: the file (PEM) of the authorities that the broker's certificate is checked by, on each machine that runs
            tasks of Spark; without it those that the machine and its Java know.
        ssl_keystore: our own certificate and, in the same file, its key (PEM, not encrypted), for brokers that ask for
            one; on each machine that runs tasks of Spark.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] | None = None
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    user: str = Field(default="", repr=False)
    password: SecretStr = SecretStr("")
    ssl_ca: Path | None = None
    ssl_keystore: Path | None = None

    @property
    def protocol(self) -> str:
        """What is spoken with the broker."""
        return self.security_protocol or (
            "SASL_SSL" if self.user else "SSL" if self.ssl_ca or self.ssl_keystore else "PLAINTEXT"
        )

    @property
    def secret(self) -> bool:
        """Whether the connection is encrypted."""
        return self.protocol.endswith("SSL")

    @property
    def named(self) -> bool:
        """Whether a user is told."""
        return self.protocol.startswith("SASL")

    @property
    def files(self) -> dict[str, Path]:
        """The files of certificates by their setting."""
        given = {"ssl_ca": self.ssl_ca, "ssl_keystore": self.ssl_keystore}
        return {name: file.expanduser().absolute() for name, file in given.items() if file}

    @model_validator(mode="after")
    def _nothing_that_would_be_passed_over(self) -> Self:
        if self.named and not (self.user and self.password.get_secret_value()):
            raise ValueError(f"a user and a password, for {self.protocol} tells them")
        if self.user and not self.named:
            raise ValueError(f"security_protocol SASL_SSL (or SASL_PLAINTEXT): {self.protocol} tells no user")
        if self.password.get_secret_value() and not self.named:  # its user's variable may be there and empty
            raise ValueError(f"a user as well, or no password: {self.protocol} would tell none")
        if self.files and not self.secret:
            raise ValueError(f"security_protocol SASL_SSL or SSL: {self.protocol} looks at no certificate")
        return self
