"""Typed settings: `hallmark.toml`, then `HALLMARK_*` variables, then flags, each overriding the one before."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as SourceError

from hallmark.lakehouse.errors import SettingsError, did_you_mean
from hallmark.lakehouse.logins import KafkaLogin, PostgresLogin
from hallmark.lakehouse.setting_letters import LOGINS, UNUSABLE, no_json, password_in_file, unusable
from hallmark.lakehouse.setting_places import CONFIG_FILE, PREFIX, place_of

KEY_VARIABLE = "HALLMARK_PRIVACY_KEY"
"""Holds the master key, or several; no setting, so that no text about settings can show it."""

PACKAGE_ROOT = Path(__file__).resolve().parent.parent
_ODD = "[]%\\;:"
_SHIPPED_CONTRACTS = PACKAGE_ROOT / "contracts"


class SparkSettings(BaseModel):
    """How to get a Spark session.

    Attributes:
        remote: address of a Spark Connect server (`sc://host:port`); empty means a session in this process.
        master: Spark master of a session in this process.
        driver_memory: heap of that session's JVM.
        jars: folder of jars to use instead of resolving them (offline, corporate mirror).
        ivy_settings: an Ivy settings file to use instead of the shipped one.
        cache: where resolved jars are kept.
        options: further Spark options, last word.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    remote: str = ""
    master: str = "local[2]"
    driver_memory: str = "2g"
    jars: Path | None = None
    ivy_settings: Path | None = None
    cache: Path = Path("~/.cache/hallmark")
    options: dict[str, str] = Field(default_factory=dict)


class ScalingSettings(BaseModel):
    """The scaling rule's numbers, told in `hallmark.platinum.policy.ScalingPolicy`; None means its default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scale_up_above_pct: float | None = None
    scale_down_below_pct: float | None = None
    window_minutes: int | None = None
    scale_up_instances: int | None = None
    scale_down_instances: int | None = None
    cooldown_seconds: int | None = None
    min_samples_per_gpu: int | None = None
    min_gpu_coverage_pct: float | None = None
    allowed_lateness_seconds: int | None = None


class AlertSettings(BaseModel):
    """Who hears of a broken expectation or service level, besides the log.

    Attributes:
        webhook: http or https address that gets a small JSON document; empty for none. It may hold a secret: no text
            of ours repeats more of it than its host.
        timeout_seconds: how long to wait for it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    webhook: str = Field(default="", pattern=r"^(https?://[^\s/]+.*)?$", repr=False)
    timeout_seconds: float = Field(default=5.0, gt=0, le=60)


class PrivacySettings(BaseModel):
    """Where the master key of protected values is. The key itself may stand in `HALLMARK_PRIVACY_KEY`, nowhere else.

    Attributes:
        key_file: a file that nobody else may read (0600); without it one is made in the warehouse when it is needed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key_file: Path | None = None


class StackSettings(BaseModel):
    """The local stack of Postgres, Kafka and Kafka Connect, for tests and demonstrations.

    Attributes:
        folder: where its state, data and logs are. It holds rows in the clear, so it is not in the warehouse.
        postgres_port: port on the loopback address; 0 takes a free one, which the stack keeps.
        kafka_port: the same for Kafka's clients.
        connect_port: the same for Kafka Connect's REST interface.
        jars: folder of jars to use instead of resolving them (offline, corporate mirror).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path = Path(".stack")
    postgres_port: int = Field(default=0, ge=0, le=65535)
    kafka_port: int = Field(default=0, ge=0, le=65535)
    connect_port: int = Field(default=0, ge=0, le=65535)
    jars: Path | None = None


class _TomlFile(TomlConfigSettingsSource):
    """`hallmark.toml`, which is committed and copied: no place for a password."""

    def __call__(self) -> dict[str, Any]:
        found = super().__call__()
        for kind in LOGINS:
            logins = found.get(kind)
            for name, login in logins.items() if isinstance(logins, dict) else ():
                if isinstance(login, dict) and "password" in {key.lower() for key in login}:
                    raise password_in_file(kind, name)
            if isinstance(logins, dict):  # as variables name them; one that nobody asks for would be passed over
                found[kind] = {name.lower(): login for name, login in logins.items()}
        return found


class Settings(BaseSettings):
    """All settings of a run.

    Attributes:
        warehouse: folder of the lakehouse; tables are at `<warehouse>/<schema>/<name>`.
        data: folder of landed files; empty means the synthetic landing zone alone.
        landing: folder the synthetic landing zone is written to.
        seed: seed of the synthetic landing zone.
        contracts: folder of contract files; empty means the shipped ones.
        dbt_project: folder of the dbt project.
        max_files_per_batch: files read into one bronze commit.
        max_events_anew: change events of a table up to which its history and current state are made anew, when a tenth
            of them or more is new; 0 for never.
        workers: tables that are loaded side by side.
        postgres: logins of databases, by the name of the contract's server in small letters.
        kafka: the same of Kafka brokers.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        toml_file=CONFIG_FILE,
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    warehouse: Path = Path("warehouse")
    data: Annotated[Path | None, BeforeValidator(lambda value: value or None)] = None
    landing: Path = Path("landing")
    seed: int = Field(default=7, ge=0)
    contracts: Annotated[Path, BeforeValidator(lambda value: value or _SHIPPED_CONTRACTS)] = _SHIPPED_CONTRACTS
    dbt_project: Path = PACKAGE_ROOT / "dbt_project"
    max_files_per_batch: int = Field(default=1000, ge=1)
    max_events_anew: int = Field(default=100_000, ge=0)
    workers: int = Field(default=2, ge=1, le=64)
    spark: SparkSettings = SparkSettings()
    scaling: ScalingSettings = ScalingSettings()
    alerts: AlertSettings = AlertSettings()
    privacy: PrivacySettings = PrivacySettings()
    stack: StackSettings = StackSettings()
    postgres: dict[str, PostgresLogin] = Field(default_factory=dict)
    kafka: dict[str, KafkaLogin] = Field(default_factory=dict)
    _flags: Mapping[str, Any] = PrivateAttr(default_factory=dict)

    @classmethod
    def of_flags(cls, flags: Mapping[str, Any]) -> Settings:
        """Read the settings, and remember which came from flags."""
        settings = cls(**flags)
        settings._flags = dict(flags)
        return settings

    def named_by(self, *keys: str) -> str:
        """The flag, variable or key of the file that a setting has its value from, for a letter about it."""
        return place_of(keys, self._flags)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags over variables over the file."""
        return init_settings, env_settings, _TomlFile(settings_cls)


def load_settings(**flags: Any) -> Settings:
    """Read the settings; `flags` that are None count as not given.

    Raises:
        SettingsError: for an unknown key, a value of the wrong type, or a `hallmark.toml` that is not TOML.
    """
    _refuse_unknown_variables(os.environ)
    given = {key: value for key, value in flags.items() if value is not None}
    try:
        settings = Settings.of_flags(given)
    except ValidationError as error:
        raise unusable(error, Settings, given) from None
    except SourceError as error:
        raise no_json(error) from None
    except ValueError as error:  # tomllib.TOMLDecodeError, or bytes that are not UTF-8
        raise SettingsError(
            "hallmark.toml is not valid TOML",
            where=Path(CONFIG_FILE).absolute(),
            got=error,
            todo="mend the file",
        ) from None
    places = {name: _at_home(settings, name) for name in ("warehouse", "contracts", "dbt_project")}
    # Without `..`: the same folder must have one name, whoever asks for it.
    places["warehouse"] = Path(os.path.abspath(places["warehouse"]))  # noqa: PTH100 -- resolve() would follow links
    _refuse_odd_place(places["warehouse"], settings)
    return settings.model_copy(update=places)


def _at_home(settings: Settings, name: str) -> Path:
    place: Path = getattr(settings, name)
    try:
        return place.expanduser()
    except RuntimeError as error:  # `~somebody` who is not there
        where, got = settings.named_by(name), f"{place}: {error}"
        raise SettingsError(UNUSABLE, where=where, got=got) from None


def _refuse_odd_place(warehouse: Path, settings: Settings) -> None:
    # Derby reads `;` and `:`, delta-rs `%`, brackets and backslashes, in a way of their own.
    odd = sorted({char for char in str(warehouse) if char in _ODD or not char.isprintable()})
    if odd or str(settings.warehouse) == ".":
        raise SettingsError(
            "the warehouse can't be at this path",
            where=settings.named_by("warehouse"),
            got=repr(str(warehouse)),
            wanted=f"a path without {' '.join(map(repr, odd))}" if odd else "a folder of its own",
            todo="name another folder: --warehouse DIR",
        )


def _refuse_unknown_variables(names: Iterable[str]) -> None:
    # pydantic-settings overlooks a variable that names no setting; a typing error would then change nothing, silently.
    known = {KEY_VARIABLE, *(f"{PREFIX}{field}".upper() for field in Settings.model_fields)}
    for name in sorted(names):
        if name.upper().startswith(PREFIX) and name.upper().partition("__")[0] not in known:
            hint = did_you_mean(name.upper(), known) or f"known: {', '.join(sorted(known))}"
            raise SettingsError("unknown variable", where=f"environment: {name}", todo=hint)
