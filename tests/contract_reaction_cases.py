"""Pairs of contracts: rules that come with a property, rules that only warn by what stands above them, column types."""

from __future__ import annotations

from typing import Any

from contract_pairs import Entry, N, T, contract, custom, number, opts, prop, rule, text

Told = tuple[str, str, str | None, str | None]
O = f"{N}.logicalTypeOptions"  # noqa: E741 -- as N and T
WARN = custom(onViolation="warn")


def under_warning(*properties: Entry, **more: Any) -> Entry:
    """A contract whose table says that its rules only warn."""
    return contract(*properties, table=custom(onViolation="warn", **more))


def added(prop: Entry, kind: str, shown: str) -> tuple[Entry, Entry, list[Told]]:
    return contract(), contract(prop), [(kind, N, None, shown)]


def typed(logical: str, physical: str | None = None, width: str | None = None) -> Entry:
    options = {"logicalTypeOptions": {"format": width}} if width else {}
    return contract(
        {"name": "n", "logicalType": logical, **({"physicalType": physical} if physical else {}), **options}
    )


def columns(kind: str, logical: str, old: str, new: str) -> tuple[str, Entry, Entry, list[Told]]:
    where, told = (f"{N}.physicalType", (old, new)) if kind == "rewritten" else (f"{N}.type", ("", ""))
    shown = told if kind == "rewritten" else (f"{logical} ({old})", f"{logical} ({new})")
    return f"{old} to {new}", typed(logical, old), typed(logical, new), [(kind, where, *shown)]


def widths(kind: str, old: str, new: str, logical: str = "integer") -> tuple[str, Entry, Entry, list[Told]]:
    told = [
        (kind, f"{N}.type", f"{logical} ({old})", f"{logical} ({new})"),
    ]
    return f"{old} to {new}", typed(logical, width=old), typed(logical, width=new), told


REACTION_CASES: list[tuple[str, Entry, Entry, list[Told]]] = [
    # properties that come with rules
    (
        "a new property with a bound",
        *added(opts(maximum=5)["schema"][0]["properties"][1], "ruledPropertyAdded", "integer"),
    ),
    ("a new property that is unique", *added(number(unique=True), "ruledPropertyAdded", "integer")),
    ("a new property with a rule", *added(text(quality=[rule(mustBe=1)]), "ruledPropertyAdded", "string")),
    ("a new property without nulls", *added(text(quality=[rule()]), "requiredPropertyAdded", "string")),
    (
        "a new time that may not be ahead",
        *added({"name": "n", "logicalType": "date", **custom(maxLead="1 d")}, "ruledPropertyAdded", "date"),
    ),
    (
        "a new object that needs a field",
        *added(
            {"name": "n", "logicalType": "object", "properties": [text(name="a", required=True)]},
            "ruledPropertyAdded",
            "object",
        ),
    ),
    (
        "a new array with a bound on its items",
        *added(
            {
                "name": "n",
                "logicalType": "array",
                "items": {"logicalType": "string", "logicalTypeOptions": {"minLength": 1}},
            },
            "ruledPropertyAdded",
            "array",
        ),
    ),
    (
        "a new property of a width",
        *added(typed("integer", width="i32")["schema"][0]["properties"][1], "propertyAdded", "integer (i32)"),
    ),
    (
        "a new property whose rules warn",
        *added(number(unique=True, required=True, **WARN), "propertyAdded", "integer, required"),
    ),
    ("a new property whose rule warns", *added(text(quality=[rule(severity="info")]), "propertyAdded", "string")),
    ("a new text rule", *added(text(quality=[{"type": "text", "description": "d"}]), "propertyAdded", "string")),
    (
        "a new property under a table that warns",
        under_warning(),
        under_warning(text(quality=[rule()], unique=True)),
        [("propertyAdded", N, None, "string")],
    ),
    # how far a time may be ahead
    ("a lead", prop(), prop(**custom(maxLead="1 h")), [("rangeNarrowed", f"{N}.maxLead", None, "1 h")]),
    ("no lead", prop(**custom(maxLead="1 h")), prop(), [("rangeWidened", f"{N}.maxLead", "1 h", None)]),
    (
        "a shorter lead",
        prop(**custom(maxLead="1 h")),
        prop(**custom(maxLead="10 min")),
        [("rangeNarrowed", f"{N}.maxLead", "1 h", "10 min")],
    ),
    (
        "the same lead",
        prop(**custom(maxLead="1 h")),
        prop(**custom(maxLead="60 min")),
        [("rewritten", f"{N}.customProperties.maxLead", "1 h", "60 min")],
    ),
    (
        "a lead that can't be read",
        prop(**custom(maxLead="1 h")),
        prop(**custom(maxLead="soon")),
        [("rangeChanged", f"{N}.maxLead", "1 h", "soon")],
    ),
    # rules that only warn by what stands above them
    (
        "a rule under a table that warns",
        under_warning(text()),
        under_warning(text(quality=[rule()])),
        [
            (
                "warningRuleAdded",
                f"{N}.quality.nullValues",
                None,
                '{"type": "library", "metric": "nullValues", "mustBe": 0}',
            )
        ],
    ),
    (
        "a table's rule under a table that warns",
        contract(table={**WARN, "quality": [{"metric": "rowCount", "mustBeGreaterThan": 1}]}),
        contract(table={**WARN, "quality": [{"metric": "rowCount", "mustBeGreaterThan": 2}]}),
        [
            (
                "warningRuleChanged",
                f"{T}.quality.rowCount.mustBe",
                '{"mustBeGreaterThan": 1}',
                '{"mustBeGreaterThan": 2}',
            )
        ],
    ),
    (
        "bounds under a table that warns",
        under_warning(number(required=True, logicalTypeOptions={"maximum": 5})),
        under_warning(number(unique=True, logicalTypeOptions={"maximum": 4, "pattern": "a"})),
        [
            ("warningRuleChanged", f"{O}.maximum", "maximum 5", "maximum 4"),
            ("warningRuleAdded", f"{O}.pattern", None, "a"),
            ("warningRuleRemoved", f"{N}.required", "true", None),
            ("warningRuleAdded", f"{N}.unique", None, "true"),
        ],
    ),
    (
        "a time's format under a table that warns",
        under_warning({"name": "n", "logicalType": "date"}),
        under_warning({"name": "n", "logicalType": "date", "logicalTypeOptions": {"format": "dd.MM.yyyy"}}),
        [("formatChanged", f"{O}.format", None, "dd.MM.yyyy")],
    ),
    (
        "within an object under a table that warns",
        under_warning({"name": "n", "logicalType": "object", "properties": [text(name="a")]}),
        under_warning({"name": "n", "logicalType": "object", "properties": [text(name="a", required=True)]}),
        [("warningRuleAdded", f"{N}.a.required", None, "true")],
    ),
    (
        "an array's items under a table that warns",
        under_warning({"name": "n", "logicalType": "array", "items": {"logicalType": "string"}}),
        under_warning({"name": "n", "logicalType": "array", "items": {"logicalType": "string", "required": True}}),
        [("warningRuleAdded", f"{N}.items.required", None, "true")],
    ),
    (
        "a bound of a property with its own word under a table that warns",
        under_warning(number(**custom(onViolation="drop"))),
        under_warning(number(**custom(onViolation="drop"), logicalTypeOptions={"maximum": 5})),
        [("rangeNarrowed", f"{O}.maximum", None, "maximum 5")],
    ),
    (
        "a bound under a table that warns and bears only so much",
        under_warning(number(), failAbove="1%"),
        under_warning(number(logicalTypeOptions={"maximum": 5}), failAbove="1%"),
        [("rangeNarrowed", f"{O}.maximum", None, "maximum 5")],
    ),
    (
        "the table's word said again",
        under_warning(number()),
        under_warning(number(**WARN)),
        [("rewritten", f"{N}.customProperties.onViolation", None, "warn")],
    ),
    (
        "the table's tolerance said again",
        contract(number(), table=custom(failAbove="1%")),
        contract(number(**custom(failAbove="1 %")), table=custom(failAbove="1%")),
        [("rewritten", f"{N}.customProperties.failAbove", None, "1 %")],
    ),
    (
        "a table that warns no more",
        under_warning(number(logicalTypeOptions={"maximum": 5})),
        contract(number(logicalTypeOptions={"maximum": 5})),
        [("qualityRuleTightened", f"{T}.customProperties.onViolation", "warn", None)],
    ),
    # column types: those of Spark decide
    *[
        columns(kind, logical, old, new)
        for kind, logical, old, new in (
            ("rewritten", "string", "text", "uuid"),
            ("rewritten", "integer", "serial", "int"),
            ("rewritten", "timestamp", "timestamptz", "timestamp"),
            ("rewritten", "number", "number(10)", "decimal(10,0)"),
            ("rewritten", "number", "decimal", "numeric(38,18)"),
            ("rewritten", "string", "text", "geography"),
            ("typeNarrowed", "number", "decimal", "decimal(10,2)"),
            ("typeNarrowed", "string", "text", "varchar(10)"),
            ("typeWidened", "string", "character varying(10)", "nvarchar(20)"),
            ("typeWidened", "number", "decimal(10,2)", "DECIMAL(12, 2)"),
            ("typeWidened", "integer", "int", "decimal(10)"),
            ("typeWidened", "number", "real", "double precision"),
            ("typeChanged", "integer", "bigint", "decimal(18)"),
            ("typeChanged", "number", "int", "smallint"),  # neither is a type of a number
        )
    ],
    *[
        widths(kind, old, new)
        for kind, old, new in (
            ("typeWidened", "i32", "i64"),
            ("typeWidened", "u8", "i16"),
            ("typeWidened", "u64", "i128"),
            ("typeNarrowed", "i16", "u8"),
            ("typeChanged", "i8", "u8"),
        )
    ],
    widths("typeWidened", "f32", "f64", "number"),
    (
        "whole numbers get a width",
        typed("integer"),
        typed("integer", width="i32"),
        [("typeNarrowed", f"{N}.type", "integer", "integer (i32)")],
    ),
    (
        "a width spelled out",
        typed("integer"),
        typed("integer", width="i64"),
        [("rewritten", f"{O}.format", None, "i64")],
    ),
    (
        "another width of the same column",
        typed("integer", "bigint", "i32"),
        typed("integer", "bigint", "i64"),
        [("typeWidened", f"{N}.type", "integer (bigint, i32)", "integer (bigint, i64)")],
    ),
    (
        "another width and another column",
        typed("integer", "int", "i32"),
        typed("integer", "bigint", "i64"),
        [
            ("typeWidened", f"{N}.type", "integer (int, i32)", "integer (bigint, i64)"),
            ("rewritten", f"{O}.format", "i32", "i64"),
        ],
    ),
]
