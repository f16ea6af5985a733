"""As-of reading: an entity as it was known at one time to be at another, as SQL (macro) and in Python."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession
from vaults import VaultProject

from hallmark.silver.as_of import Satellite, as_of

INPUTS = {
    "hub": "HK string, LOAD_DATE timestamp",
    "SAT_PLAN": "HK string, PLAN string, SEATS int, EFFECTIVE_FROM timestamp, LOAD_DATE timestamp",
    "SAT_MAIL": "FK string, MAIL string, LOADED timestamp",
    "link": "A string, B string, LOAD_DATE timestamp",
    "SAT_LINK": "A string, B string, NOTE string, LOAD_DATE timestamp",
}
SATELLITES = """{
    'SAT_PLAN': {'pk': {'PK': 'HK'}, 'ldts': {'LDTS': 'LOAD_DATE'}, 'eff': 'EFFECTIVE_FROM',
                 'payload': ['PLAN', 'SEATS']},
    'SAT_MAIL': {'pk': {'PK': 'FK'}, 'ldts': {'LDTS': 'LOADED'}, 'payload': 'MAIL', 'eff': none}}"""
MAIL = "{'SAT_MAIL': {'pk': {'PK': 'FK'}, 'ldts': {'LDTS': 'LOADED'}, 'payload': %s}}"
KNOWN, EFFECTIVE = datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 4, 12, tzinfo=UTC)
TIMES = {"now": (None, None), "known": (KNOWN, None), "effective": (None, EFFECTIVE), "both": (KNOWN, EFFECTIVE)}


def model(known_at: Any = None, effective_at: Any = None, satellites: str = SATELLITES, **other: str) -> str:
    arguments = {
        "source_model": "'hub'", "src_pk": "'HK'", "satellites": satellites, "src_ldts": "'LOAD_DATE'", **other,
        **({"known_at": repr(str(known_at))} if known_at else {}),
        **({"effective_at": repr(str(effective_at))} if effective_at else {}),
    }  # fmt: skip
    return "{{ hallmark.as_of(" + ", ".join(f"{name}={value}" for name, value in arguments.items()) + ") }}"


MODELS = {
    **{f"as_of_{name}": model(*times) for name, times in TIMES.items()},
    "as_of_alias": model(satellites="""{'SAT_MAIL': {'pk': {'PK': 'FK'}, 'ldts': {'AT': 'LOADED'},
        'payload': [{'source_column': 'MAIL', 'alias': 'ADDRESS'}]}}"""),
    "as_of_link": model(source_model="'link'", src_pk="['A', 'B']", satellites="""{'SAT_LINK': {
        'pk': {'PK1': 'A', 'PK2': 'B'}, 'ldts': {'LDTS': 'LOAD_DATE'}, 'payload': ['NOTE']}}"""),
    "bad_time": model("yesterday"),
    "bad_effect": model(None, "2026-01"),
    "bad_unsaid": model(None, "2026-01-04", MAIL % "'MAIL'"),
    "bad_payload": model(satellites=MAIL % "'PHONE'"),
    "bad_twice": model(satellites=MAIL % "{'source_column': 'MAIL', 'alias': 'hk'}"),
    "bad_satellite": model(satellites="{'SAT_MAIL': {'pk': {'PK': 'FK'}}}"),
}  # fmt: skip
Rows = Sequence[tuple[Any, ...]]


@pytest.fixture(scope="module")
def vault(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> VaultProject:
    folder = tmp_path_factory.mktemp("as_of")
    return VaultProject(spark, folder, MODELS, INPUTS, materialized="table")


@pytest.fixture(scope="module")
def compiled(vault: VaultProject) -> dict[str, str]:
    """The SQL of the four readings, compiled once; the inputs are views."""
    vault.load(hub=[], SAT_PLAN=[], SAT_MAIL=[])
    answer = vault.command("compile", "--select", *[f"as_of_{name}" for name in TIMES])
    assert answer.success, answer.exception
    return {each.node.name.removeprefix("as_of_"): each.node.compiled_code for each in answer.result.results}


def day(number: int) -> str:
    return f"2026-01-{number:02}"


def by_hand(hub: Rows, plans: Rows, mails: Rows, known: datetime | None, effective: datetime | None) -> list[Any]:
    """The rule again, a row at a time; days are numbers."""
    latest = known.day if known else 99
    rows = []
    for key in sorted({key for key, at in hub if at <= latest}):
        own = [row[1:] for row in plans if row[0] == key and row[4] <= latest]
        if effective:
            own = [row for row in own if row[2] <= effective.day]
        plan = max(own, key=lambda row: ((row[2] if effective else 0), row[3], row[0], row[1]), default=None)
        mail = max(((at, text) for of, text, at in mails if of == key and at <= latest), default=None)
        rows.append((key, *((plan[0], plan[1], plan[3]) if plan else (None,) * 3),
                     *((mail[1], mail[0]) if mail else (None,) * 2)))  # fmt: skip
    return rows


def told(frame: DataFrame) -> list[tuple[Any, ...]]:
    """Rows with their times as days of the month."""
    rows = frame.selectExpr("HK", "PLAN", "SEATS", "day(SAT_PLAN_LDTS)", "MAIL", "day(SAT_MAIL_LDTS)").collect()
    return sorted(map(tuple, rows))


keys, days, texts = st.sampled_from("abcdef"), st.integers(1, 8), st.sampled_from("xyz")


@settings(max_examples=6)
@given(
    hub=st.lists(st.tuples(keys, days), max_size=8),
    plans=st.lists(st.tuples(keys, texts, st.integers(1, 3), days, days), max_size=40),
    mails=st.lists(st.tuples(keys, texts, days), max_size=20),
)
def test_macro_and_python_say_what_the_rule_says(
    vault: VaultProject, compiled: dict[str, str], hub: Rows, plans: Rows, mails: Rows
) -> None:
    vault.load(
        hub=[(key, day(at)) for key, at in hub],
        SAT_PLAN=[(key, plan, seats, day(effect), day(at)) for key, plan, seats, effect, at in plans],
        SAT_MAIL=[(key, mail, day(at)) for key, mail, at in mails],
    )
    satellites = [
        Satellite("SAT_PLAN", vault.table("SAT_PLAN"), ("HK",), ("PLAN", "SEATS"), effective_at="EFFECTIVE_FROM"),
        Satellite("SAT_MAIL", vault.table("SAT_MAIL"), ("FK",), ("MAIL",), loaded_at="LOADED", effective_at=None),
    ]
    for name, (known, effective) in TIMES.items():
        wanted = by_hand(hub, plans, mails, known, effective)
        python = as_of(vault.table("hub"), ["HK"], satellites, known_at=known, effective_at=effective)
        macro = vault.spark.sql(compiled[name])
        assert python.columns == macro.columns == ["HK", "PLAN", "SEATS", "SAT_PLAN_LDTS", "MAIL", "SAT_MAIL_LDTS"]
        assert told(macro) == wanted, name
        assert told(python) == wanted, name


def test_columns_may_get_another_name(vault: VaultProject) -> None:
    vault.load(hub=[("a", day(1))], SAT_MAIL=[("a", "a@b", day(2))])
    vault.run("as_of_alias")
    assert vault.table("as_of_alias").columns == ["HK", "ADDRESS", "SAT_MAIL_AT"]
    assert vault.rows("as_of_alias", "HK", "ADDRESS") == [("a", "a@b")]


def test_a_link_of_two_keys(vault: VaultProject) -> None:
    vault.load(
        link=[("a", "b", day(1)), ("a", "c", day(1))], SAT_LINK=[("a", "b", "old", day(1)), ("a", "b", "new", day(2))]
    )
    vault.run("as_of_link")
    assert vault.rows("as_of_link", "A", "B", "NOTE") == [("a", "b", "new"), ("a", "c", None)]
    rows = Satellite("SAT_LINK", vault.table("SAT_LINK"), ("A", "B"), ("NOTE",))
    python = as_of(vault.table("link"), ["A", "B"], [rows])
    assert sorted(map(tuple, python.select("A", "B", "NOTE").collect())) == [("a", "b", "new"), ("a", "c", None)]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("bad_time", "as_of(known_at) in bad_time\n    got: yesterday\n    wanted: a date as YYYY-MM-DD, or a time"),
        ("bad_effect", "as_of(effective_at) in bad_effect\n    got: 2026-01\n"),
        (
            "bad_unsaid",
            (
                "as_of(effective_at) in bad_unsaid\n    got: 2026-01-04, and SAT_MAIL without eff\n"
                "    wanted: 'eff': column for every satellite\n    do: write 'eff': none for one that has none"
            ),
        ),
        ("bad_payload", "as_of(satellites) in bad_payload\n    got: the column PHONE\n"),
        ("bad_twice", "as_of(satellites) in bad_twice\n    got: the column hk twice"),
        ("bad_satellite", "as_of(satellites) in bad_satellite\n    got: SAT_MAIL without ldts\n"),
    ],
)
def test_a_bad_argument_is_a_letter(vault: VaultProject, name: str, told: str) -> None:
    vault.load(hub=[], SAT_MAIL=[])
    assert told in vault.refusal(name)


def test_python_says_what_is_wrong_with_satellites(vault: VaultProject) -> None:
    vault.load(hub=[], SAT_MAIL=[])
    mail = vault.table("SAT_MAIL")
    with pytest.raises(ValueError, match="S has the key FK, FK, the entity HK"):
        as_of(vault.table("hub"), ["HK"], [Satellite("S", mail, ("FK", "FK"), ("MAIL",))])
    with pytest.raises(ValueError, match=r"effective_at is given, and S does not say its column \(None: it has none\)"):
        as_of(vault.table("hub"), ["HK"], [Satellite("S", mail, ("FK",), ("MAIL",))], effective_at=EFFECTIVE)
    with pytest.raises(ValueError, match="the column mail of T comes out twice"):
        as_of(
            vault.table("hub"), ["HK"], [Satellite(n, mail, ("FK",), (p,)) for n, p in (("S", "MAIL"), ("T", "mail"))]
        )
