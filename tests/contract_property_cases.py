"""Pairs of contracts with the changes between them: of columns."""

from __future__ import annotations

from contract_pairs import Case, N, T, contract, custom, opts, prop, text

PROPERTY_CASES: list[Case] = [
    ("a property more", contract(), prop(), [("propertyAdded", N, None, "integer")]),
    (
        "a required property more",
        contract(),
        prop(required=True),
        [("requiredPropertyAdded", N, None, "integer, required")],
    ),
    ("a property less", prop(required=True), contract(), [("propertyRemoved", N, "integer, required", None)]),
    (
        "a property renamed, same source column",
        prop(),
        contract({"name": "m", "logicalType": "integer", "physicalName": "n"}),
        [("propertyRenamed", N, "n", "m"), ("rewritten", f"{N}.physicalName", None, "n")],
    ),
    (
        "a property renamed, same id, and narrowed",
        prop(id="x", physicalType="bigint"),
        prop(id="x", physicalType="int", name="m", physicalName="n"),
        [
            ("propertyRenamed", N, "n", "m"),
            ("typeNarrowed", f"{N}.type", "integer (bigint)", "integer (int)"),
            ("rewritten", f"{N}.physicalName", None, "n"),
        ],
    ),
    (
        "two properties from one source column are not taken for one another",
        contract(text(name="a", physicalName="x"), text(name="b", physicalName="x")),
        contract(text(name="c", physicalName="x"), text(name="d", physicalName="x")),
        [
            ("propertyRemoved", "schema.t.a", "string", None),
            ("propertyRemoved", "schema.t.b", "string", None),
            ("propertyAdded", "schema.t.c", None, "string"),
            ("propertyAdded", "schema.t.d", None, "string"),
        ],
    ),
    ("another source column", prop(), prop(physicalName="N"), [("sourceColumnChanged", f"{N}.physicalName", "n", "N")]),
    (
        "further source columns",
        prop(),
        prop(**custom(sourceColumns=["x"])),
        [("sourceColumnsChanged", f"{N}.customProperties.sourceColumns", None, '["x"]')],
    ),
    ("a transform", prop(), prop(transformLogic="n + 1"), [("transformChanged", f"{N}.transformLogic", None, "n + 1")]),
    (
        "another masked name",
        prop(),
        prop(encryptedName="e"),
        [("encryptedNameChanged", f"{N}.encryptedName", None, "e")],
    ),
    (
        "another protection",
        prop(**custom(protection="pseudonym")),
        prop(**custom(protection="encrypt")),
        [("protectionChanged", f"{N}.customProperties.protection", "pseudonym", "encrypt")],
    ),
    (
        "another data subject",
        contract(table=custom(dataSubject="k")),
        contract(table=custom(dataSubject="n")),
        [("protectionChanged", f"{T}.customProperties.dataSubject", "k", "n")],
    ),
    (
        "whole numbers to numbers",
        prop(),
        prop(logicalType="number"),
        [("typeChanged", f"{N}.type", "integer", "number")],
    ),
    (
        "numbers to whole numbers",
        prop(logicalType="number"),
        prop(),
        [("typeChanged", f"{N}.type", "number", "integer")],
    ),
    ("numbers to text", prop(), prop(logicalType="string"), [("typeChanged", f"{N}.type", "integer", "string")]),
    (
        "an array's items",
        contract({"name": "n", "logicalType": "array", "items": {"logicalType": "integer"}}),
        contract({"name": "n", "logicalType": "array", "items": {"logicalType": "string", "description": "d"}}),
        [
            ("typeChanged", f"{N}.items.type", "integer", "string"),
            ("documentationChanged", f"{N}.items.description", None, "d"),
        ],
    ),
    (
        "an array's items get a type",
        contract({"name": "n", "logicalType": "array"}),
        contract({"name": "n", "logicalType": "array", "items": {"logicalType": "integer"}}),
        [("typeNarrowed", f"{N}.items", None, "integer")],
    ),
    (
        "an object's property",
        contract({"name": "n", "logicalType": "object", "properties": [text(name="a")]}),
        contract({"name": "n", "logicalType": "object", "properties": []}),
        [("propertyRemoved", f"{N}.a", "string", None)],
    ),
    ("required", prop(), prop(required=True), [("requiredAdded", f"{N}.required", None, "true")]),
    ("nullable", prop(required=True), prop(), [("requiredRemoved", f"{N}.required", "true", None)]),
    (
        "an object's required names",
        opts("object", required=["a"]),
        opts("object", required=["b"]),
        [
            ("requiredAdded", f"{N}.logicalTypeOptions.required.b", None, "b"),
            ("requiredRemoved", f"{N}.logicalTypeOptions.required.a", "a", None),
        ],
    ),
    ("unique", prop(), prop(unique=True), [("uniqueAdded", f"{N}.unique", None, "true")]),
    ("unique no more", prop(unique=True), prop(), [("uniqueRemoved", f"{N}.unique", "true", None)]),
    (
        "a higher minimum and a higher maximum",
        opts(minimum=1, maximum=5),
        opts(minimum=2, maximum=6),
        [
            ("rangeNarrowed", f"{N}.logicalTypeOptions.minimum", "minimum 1", "minimum 2"),
            ("rangeWidened", f"{N}.logicalTypeOptions.maximum", "maximum 5", "maximum 6"),
        ],
    ),
    (
        "an inclusive bound becomes exclusive",
        opts("number", maximum=5),
        opts("number", exclusiveMaximum=5),
        [("rangeNarrowed", f"{N}.logicalTypeOptions.maximum", "maximum 5", "exclusiveMaximum 5")],
    ),
    (
        "a bound of time",
        opts("date", minimum="2000-01-01"),
        opts("date", minimum="1999-12-31"),
        [("rangeWidened", f"{N}.logicalTypeOptions.minimum", "minimum 2000-01-01", "minimum 1999-12-31")],
    ),
    (
        "a bound that can't be read",
        opts("time", minimum="soon"),
        opts("time", minimum="later"),
        [("rangeChanged", f"{N}.logicalTypeOptions.minimum", "minimum soon", "minimum later")],
    ),
    (
        "the same bound of whole numbers",
        opts(minimum=1),
        opts(exclusiveMinimum=0),
        [
            ("rewritten", f"{N}.logicalTypeOptions.minimum", "1", None),
            ("rewritten", f"{N}.logicalTypeOptions.exclusiveMinimum", None, "0"),
        ],
    ),
    (
        "coarser",
        opts(multipleOf=5),
        opts(multipleOf=10),
        [("rangeNarrowed", f"{N}.logicalTypeOptions.multipleOf", "5", "10")],
    ),
    (
        "neither",
        opts(multipleOf=4),
        opts(multipleOf=6),
        [("rangeChanged", f"{N}.logicalTypeOptions.multipleOf", "4", "6")],
    ),
    (
        "shorter",
        opts("string", maxLength=9),
        opts("string", maxLength=8),
        [("lengthNarrowed", f"{N}.logicalTypeOptions.maxLength", "9", "8")],
    ),
    (
        "fewer items",
        opts("array", minItems=2),
        opts("array"),
        [("lengthWidened", f"{N}.logicalTypeOptions.minItems", "2", None)],
    ),
    (
        "items that repeat",
        opts("array", uniqueItems=True),
        opts("array"),
        [("uniqueRemoved", f"{N}.logicalTypeOptions.uniqueItems", "true", None)],
    ),
    *[
        (
            f"{key} {old} {new}",
            opts("string", **({key: old} if old else {})),
            opts("string", **({key: new} if new else {})),
            [(key + how, f"{N}.logicalTypeOptions.{key}", old, new)],
        )
        for key in ("pattern", "format")
        for old, new, how in ((None, "a", "Added"), ("a", None, "Removed"), ("a", "b", "Changed"))
    ],
    (
        "a time's format is gone",
        opts("date", format="dd.MM.yyyy"),
        opts("date"),
        [("formatChanged", f"{N}.logicalTypeOptions.format", "dd.MM.yyyy", None)],
    ),
    ("a unit", prop(), prop(**custom(unit="ms")), [("unitAdded", f"{N}.unit", None, "ms")]),
    ("no unit", prop(**custom(unit="ms")), prop(), [("unitRemoved", f"{N}.unit", "ms", None)]),
    (
        "another unit, sent as before",
        prop(**custom(unit="ms", sourceUnit="ms")),
        prop(**custom(unit="s", sourceUnit="ms")),
        [("unitChanged", f"{N}.unit", "ms", "s")],
    ),
    (
        "another unit is sent",
        prop(**custom(unit="ms")),
        prop(**custom(unit="ms", sourceUnit="s")),
        [("sourceUnitChanged", f"{N}.sourceUnit", "ms", "s")],
    ),
    (
        "the source's unit spelled out",
        prop(**custom(unit="ms")),
        prop(**custom(unit="ms", sourceUnit="ms")),
        [("rewritten", f"{N}.customProperties.sourceUnit", None, "ms")],
    ),
    (
        "a time is sent since the epoch",
        opts("timestamp"),
        contract({"name": "n", "logicalType": "timestamp", "logicalTypeOptions": {}, **custom(sourceUnit="ms")}),
        [("sourceUnitChanged", f"{N}.sourceUnit", None, "ms")],
    ),
    (
        "personal",
        prop(classification="public"),
        prop(classification="PII"),
        [("classificationTightened", f"{N}.classification", "public", "PII")],
    ),
    (
        "not personal",
        prop(classification="personal"),
        prop(),
        [("classificationLoosened", f"{N}.classification", "personal", None)],
    ),
    (
        "another label",
        prop(),
        prop(classification="public"),
        [("classificationChanged", f"{N}.classification", None, "public")],
    ),
]
