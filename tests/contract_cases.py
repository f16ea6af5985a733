"""Pairs of contracts, each with the changes between them: one pair at least for each kind of change."""

from __future__ import annotations

from typing import Any

Entry = dict[str, Any]


def contract(*properties: Entry, table: Entry | None = None, **keys: Any) -> Entry:
    """A contract with one table, `t`, whose first property is its key."""
    key = {"name": "id", "logicalType": "string", "primaryKey": True}
    schema = [{"name": "t", "properties": [key, *properties], **(table or {})}]
    server = {"server": "s", "type": "local", "path": "*.csv", "format": "csv"}
    base = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "a.t", "version": "1.0.0", "status": "active"}
    return {**base, "servers": [server], "schema": schema, **keys}


def number(**keys: Any) -> Entry:
    return {"name": "n", "logicalType": "integer", **keys}


def text(**keys: Any) -> Entry:
    return {"name": "n", "logicalType": "string", **keys}


def opts(logical: str = "integer", **options: Any) -> Entry:
    return contract({"name": "n", "logicalType": logical, "logicalTypeOptions": options})


def prop(**keys: Any) -> Entry:
    return contract(number(**keys))


def custom(**values: Any) -> Entry:
    return {"customProperties": [{"property": name, "value": value} for name, value in values.items()]}


def rule(**keys: Any) -> Entry:
    return {"type": "library", "metric": "nullValues", "mustBe": 0, **keys}


def ruled(*rules: Entry) -> Entry:
    return contract(text(quality=list(rules)))


def values(*allowed: str, **keys: Any) -> Entry:
    return ruled({"metric": "invalidValues", "arguments": {"validValues": list(allowed)}, "mustBe": 0, **keys})


def tables(*entries: Entry) -> Entry:
    return contract(schema=[{"properties": [number()], **entry} for entry in entries])


def sla(name: str, value: Any, unit: str = "h", **keys: Any) -> Entry:
    return contract(slaProperties=[{"property": name, "value": value, "unit": unit, **keys}])


def server(**keys: Any) -> Entry:
    return contract(servers=[{"server": "s", "type": "local", "path": "*.csv", "format": "csv", **keys}])


ANY_RULE, LAX = {"mustBe": None, "mustBeLessThan": 5}, {"severity": "warning"}
T, N = "schema.t", "schema.t.n"
SERVER_TEXT = '{"server": "s", "type": "local", "path": "*.csv", "format": "csv"}'
RULE_TEXT = '{"type": "library", "metric": "nullValues", "mustBe": 0}'
WARNING_TEXT = RULE_TEXT[:-1] + ', "severity": "warning"}'
QUALITY = f"{N}.quality.nullValues"
# what it is, the old, the new, and the changes: kind, path, old, new
CASES: list[tuple[str, Entry, Entry, list[tuple[str, str, str | None, str | None]]]] = [
    ("another id", contract(), contract(id="a.u"), [("idChanged", "id", "a.t", "a.u")]),
    ("another domain", contract(), contract(domain="b"), [("domainChanged", "domain", None, "b")]),
    (
        "another domain of a gold table",
        contract(servers=[], domain="gold"),
        contract(servers=[], domain="mart"),
        [("tablesMoved", "domain", "gold", "mart")],
    ),
    ("deprecated", contract(), contract(status="deprecated"), [("statusChanged", "status", "active", "deprecated")]),
    ("retired", contract(), contract(status="retired"), [("contractRetired", "status", "active", "retired")]),
    ("revived", contract(status="retired"), contract(), [("contractRevived", "status", "retired", "active")]),
    ("ODCS 3.0", contract(apiVersion="v3.0.2"), contract(), [("standardChanged", "apiVersion", "v3.0.2", "v3.1.0")]),
    ("roles", contract(), contract(roles=[{"role": "r"}]), [("rolesChanged", "roles", None, '[{"role": "r"}]')]),
    ("tags", contract(), contract(tags=["x"]), [("documentationChanged", "tags", None, '["x"]')]),
    ("team", contract(), contract(team={"name": "x"}), [("documentationChanged", "team", None, '{"name": "x"}')]),
    ("a description", prop(), prop(description="d"), [("documentationChanged", f"{N}.description", None, "d")]),
    (
        "a custom property of others",
        contract(),
        contract(**custom(jira="X-1")),
        [("customPropertyChanged", "customProperties.jira", None, "X-1")],
    ),
    (
        "why a custom property is there",
        contract(customProperties=[{"property": "p", "value": 1}]),
        contract(customProperties=[{"property": "p", "value": 1, "description": "d"}]),
        [("documentationChanged", "customProperties.p.description", None, "d")],
    ),
    (
        "properties in another order",
        contract(number(), text(name="m")),
        contract(text(name="m"), number()),
        [("orderChanged", f"{T}.properties", '["id", "n", "m"]', '["id", "m", "n"]')],
    ),
    ("a default spelled out", prop(), prop(required=False), [("rewritten", f"{N}.required", None, "false")]),
    (
        "a type's other name",
        prop(physicalType="long"),
        prop(physicalType="BIGINT"),
        [("rewritten", f"{N}.physicalType", "long", "BIGINT")],
    ),
    ("a key of no known meaning", prop(), prop(colour="red"), [("unknownChange", f"{N}.colour", None, "red")]),
    # tables
    (
        "a table more",
        tables({"name": "a"}),
        tables({"name": "a"}, {"name": "b"}),
        [("tableAdded", "schema.b", None, "n")],
    ),
    (
        "a table less",
        tables({"name": "a"}, {"name": "b"}),
        tables({"name": "a"}),
        [("tableRemoved", "schema.b", "n", None)],
    ),
    (
        "a table renamed, same physicalName",
        tables({"name": "a", "physicalName": "p.a"}),
        tables({"name": "b", "physicalName": "p.a"}),
        [("tableRenamed", "schema.a", "a", "b")],
    ),
    (
        "a table renamed, same id",
        tables({"name": "a", "id": "x"}),
        tables({"name": "b", "id": "x"}),
        [("tableRenamed", "schema.a", "a", "b")],
    ),
    (
        "filled from elsewhere",
        tables({"name": "a", "physicalName": "p.a"}),
        tables({"name": "a", "physicalName": "q.a"}),
        [("sourceTableChanged", "schema.a.physicalName", "p.a", "q.a")],
    ),
    (
        "a table becomes a view",
        tables({"name": "a", "physicalType": "table"}),
        tables({"name": "a", "physicalType": "view"}),
        [("tableTypeChanged", "schema.a.physicalType", "table", "view")],
    ),
    ("a longer key", prop(), prop(primaryKey=True), [("keyChanged", f"{T}.primaryKey", '["id"]', '["id", "n"]')]),
    (
        "a key in another order",
        contract(number(primaryKey=True, primaryKeyPosition=2)),
        contract(number(primaryKey=True, primaryKeyPosition=0.5)),
        [("keyChanged", f"{T}.primaryKey", '["id", "n"]', '["n", "id"]')],
    ),
    (
        "key positions with other numbers",
        contract(number(primaryKey=True, primaryKeyPosition=2)),
        contract(number(primaryKey=True, primaryKeyPosition=3)),
        [("rewritten", f"{T}.primaryKey.n.primaryKeyPosition", "2", "3")],
    ),
    (
        "a key property renamed is the same key",
        contract({"name": "k", "physicalName": "K", "primaryKey": True}),
        contract({"name": "l", "physicalName": "K", "primaryKey": True}),
        [("propertyRenamed", "schema.t.k", "k", "l")],
    ),
    ("partitions", prop(), prop(partitioned=True), [("partitioningChanged", f"{T}.partitioned", None, '["n"]')]),
    (
        "a lookup",
        contract(table=custom(lookups=[{"table": "x"}])),
        contract(table=custom(lookups=[{"table": "y"}])),
        [("lookupsChanged", f"{T}.customProperties.lookups", '[{"table": "x"}]', '[{"table": "y"}]')],
    ),
    (
        "a foreign key more",
        prop(),
        prop(relationships=[{"to": "u.id"}]),
        [("relationshipAdded", f"{N}.relationships", None, '{"to": "u.id"}')],
    ),
    (
        "a foreign key less",
        prop(relationships=[{"to": "u.id"}, {"to": "v.id"}]),
        prop(relationships=[{"to": "v.id"}]),
        [("relationshipRemoved", f"{N}.relationships", '{"to": "u.id"}', None)],
    ),
    (
        "a foreign key that points elsewhere",
        contract(table={"relationships": [{"from": "t.n", "to": "u.id"}]}),
        contract(table={"relationships": [{"from": "t.n", "to": "v.id"}]}),
        [("relationshipChanged", f"{T}.relationships", "t.n -> u.id", "t.n -> v.id")],
    ),
    (
        "the default type of a foreign key",
        contract(table={"relationships": [{"from": "t.n", "to": "u.id"}]}),
        contract(table={"relationships": [{"from": ["t.n"], "to": "u.id", "type": "foreignKey"}]}),
        [
            ("rewritten", f"{T}.relationships.from", "t.n", '["t.n"]'),
            ("rewritten", f"{T}.relationships.type", None, "foreignKey"),
        ],
    ),
    # properties
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
        [("typeWidened", f"{N}.type", "integer", "number")],
    ),
    (
        "numbers to whole numbers",
        prop(logicalType="number"),
        prop(),
        [("typeNarrowed", f"{N}.type", "number", "integer")],
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
    # quality rules
    *[
        (
            f"valid values {how}",
            values(*old),
            values(*new),
            [(f"validValues{how}", f"{N}.quality.invalidValues.arguments.validValues", gone, come)],
        )
        for how, old, new, gone, come in (
            ("Shrunk", "ab", "a", '["b"]', None),
            ("Grown", "a", "ab", None, '["b"]'),
            ("Changed", "ab", "bc", '["a"]', '["c"]'),
        )
    ],
    (
        "valid values in another order",
        values("a", "b"),
        values("b", "a"),
        [
            (
                "rewritten",
                f"{N}.quality.invalidValues.arguments",
                '{"validValues": ["a", "b"]}',
                '{"validValues": ["b", "a"]}',
            )
        ],
    ),
    (
        "valid values that only warn",
        values("a", "b", **LAX),
        values("a", **LAX),
        [("warningRuleChanged", f"{N}.quality.invalidValues.arguments.validValues", '["b"]', None)],
    ),
    ("a rule more", prop(), prop(quality=[rule()]), [("qualityRuleAdded", QUALITY, None, RULE_TEXT)]),
    ("a rule less", prop(quality=[rule()]), prop(quality=[]), [("qualityRuleRemoved", QUALITY, RULE_TEXT, None)]),
    (
        "a tighter bound",
        ruled(rule(**ANY_RULE)),
        ruled(rule()),
        [("qualityRuleTightened", f"{QUALITY}.mustBe", '{"mustBeLessThan": 5}', '{"mustBe": 0}')],
    ),
    (
        "a rule that only warns now",
        ruled(rule()),
        ruled(rule(**LAX)),
        [("qualityRuleLoosened", f"{QUALITY}.severity", None, "warning")],
    ),
    (
        "an action",
        ruled(rule()),
        ruled(rule(**custom(onViolation="fail"))),
        [("qualityRuleTightened", f"{QUALITY}.customProperties.onViolation", None, "fail")],
    ),
    (
        "a tolerance of a property",
        prop(**custom(failAbove="1%")),
        prop(**custom(failAbove="5%")),
        [("qualityRuleLoosened", f"{N}.customProperties.failAbove", "1%", "5%")],
    ),
    (
        "another query",
        ruled({"type": "sql", "query": "select 1", "mustBe": 1}),
        ruled({"type": "sql", "query": "select 2", "mustBe": 1}),
        [("qualityRuleChanged", f"{N}.quality.sql.query", "select 1", "select 2")],
    ),
    ("a warning more", prop(), prop(quality=[rule(**LAX)]), [("warningRuleAdded", QUALITY, None, WARNING_TEXT)]),
    ("a warning less", prop(quality=[rule(**LAX)]), prop(), [("warningRuleRemoved", QUALITY, WARNING_TEXT, None)]),
    (
        "a warning's bound",
        ruled(rule(**LAX)),
        ruled(rule(**LAX, **ANY_RULE)),
        [("warningRuleChanged", f"{QUALITY}.mustBe", '{"mustBe": 0}', '{"mustBeLessThan": 5}')],
    ),
    (
        "a text",
        ruled({"type": "text", "description": "a"}),
        ruled({"type": "text", "description": "b"}),
        [
            (
                "documentationChanged",
                f"{N}.quality.text",
                '{"type": "text", "description": "a"}',
                '{"type": "text", "description": "b"}',
            )
        ],
    ),
    (
        "a rule's library spelled out",
        ruled({"metric": "nullValues", "mustBe": 0}),
        ruled(rule()),
        [("rewritten", f"{QUALITY}.type", None, "library")],
    ),
    (
        "of two rules alike, the first went",
        ruled(rule(name="a"), rule(mustBe=None, mustBeLessThan=5)),
        ruled(rule(mustBe=None, mustBeLessThan=5)),
        [("qualityRuleRemoved", f"{N}.quality.a", RULE_TEXT[:-1] + ', "name": "a"}', None)],
    ),
    (
        "a schedule",
        ruled(rule()),
        ruled(rule(schedule="0 1 * * *")),
        [("scheduleChanged", f"{QUALITY}.schedule", None, "0 1 * * *")],
    ),
    # servers and service levels
    ("a server less", server(), contract(servers=[]), [("serverRemoved", "servers.s", SERVER_TEXT, None)]),
    ("a server more", contract(servers=[]), server(), [("serverAdded", "servers.s", None, SERVER_TEXT)]),
    ("another path", server(), server(path="b/*.csv"), [("serverChanged", "servers.s.path", "*.csv", "b/*.csv")]),
    (
        "a reader option",
        server(),
        server(**custom(delimiter=";")),
        [("serverChanged", "servers.s.customProperties.delimiter", None, ";")],
    ),
    (
        "a server's description",
        server(),
        server(description="d"),
        [("documentationChanged", "servers.s.description", None, "d")],
    ),
    (
        "a promise more",
        contract(),
        sla("latency", 1),
        [("slaAdded", "slaProperties.latency", None, '{"property": "latency", "value": 1, "unit": "h"}')],
    ),
    (
        "a promise less",
        sla("latency", 1),
        contract(),
        [("slaRemoved", "slaProperties.latency", '{"property": "latency", "value": 1, "unit": "h"}', None)],
    ),
    (
        "fresher",
        sla("latency", 1),
        sla("latency", 30, "min"),
        [("slaTightened", "slaProperties.latency", "1 h", "30 min")],
    ),
    (
        "forgotten sooner",
        sla("retention", 2, "d"),
        sla("retention", 1, "d"),
        [("slaLoosened", "slaProperties.retention", "2 d", "1 d")],
    ),
    (
        "the same promise",
        sla("latency", 1),
        sla("latency", 60, "min"),
        [
            ("rewritten", "slaProperties.latency.unit", "h", "min"),
            ("rewritten", "slaProperties.latency.value", "1", "60"),
        ],
    ),
    (
        "not comparable",
        sla("latency", 1),
        sla("latency", 1, "furlong"),
        [("slaChanged", "slaProperties.latency", "1 h", "1 furlong")],
    ),
]
