"""Every kind of row rule: a column that has it, a good text for it, and bad ones."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from hallmark.contracts.engines import _EXPECTATIONS

SHORT = "{name: b, logicalType: string, logicalTypeOptions: {minLength: 2}}"
UNIQUE = "{n}"  # stands for the row's number


@dataclass(frozen=True)
class Kind:
    """A column, a good text for it, bad ones, and the rule that must flag them."""

    rule: str
    column: str
    good: str | None
    bad: tuple[str | None, ...]

    @property
    def name(self) -> str:
        return str(yaml.safe_load(self.column)["name"])


def option(rule: str, logical: str, options: str, good: str, *bad: str | None) -> Kind:
    name = f"{rule}_{logical}"
    return Kind(rule, f"{{name: {name}, logicalType: {logical}, logicalTypeOptions: {{{options}}}}}", good, bad)


def typed(logical: str, good: str, *bad: str, physical: str = "") -> Kind:
    kind = f", physicalType: '{physical}'" if physical else ""
    name = f"type_{logical}_{len(physical)}"
    return Kind("type", f"{{name: {name}, logicalType: {logical}{kind}}}", good, bad)


def formatted(name: str, good: str, *bad: str) -> Kind:
    return Kind(
        "format", f"{{name: format_{name}, logicalType: string, logicalTypeOptions: {{format: {name}}}}}", good, bad
    )


def ruled(rule: str, quality: str, good: str, *bad: str | None, logical: str = "string", name: str = "") -> Kind:
    return Kind(rule, f"{{name: {name or rule}, logicalType: {logical}, quality: [{quality}]}}", good, bad)


def metric(rule: str, metric_name: str, arguments: str, good: str, *bad: str | None) -> Kind:
    quality = f"{{metric: {metric_name}, arguments: {{{arguments}}}, mustBe: 0}}"
    return ruled(rule, quality, good, *bad, name=f"{metric_name}_{rule}")


def pandera(check: str, arguments: str, good: str, *bad: str, logical: str = "integer") -> Kind:
    quality = f"{{type: custom, engine: pandera, implementation: {{check: {check}, {arguments}}}}}"
    return ruled(check, quality, good, *bad, logical=logical, name=f"pandera_{check}")


def expectation(kind: str, kwargs: str, good: str, *bad: str | None, logical: str = "string") -> Kind:
    implementation = f"{{type: {kind}, kwargs: {{{kwargs}}}}}"
    quality = f"{{type: custom, engine: greatExpectations, implementation: {implementation}}}"
    return ruled(_EXPECTATIONS[kind][0], quality, good, *bad, logical=logical, name=f"gx_{kind[14:]}")


def listed(rule: str, name: str, items: str, good: str, *bad: str, options: str = "") -> Kind:
    within = f"logicalTypeOptions: {{{options}}}, items: {{logicalType: {items}}}"
    return Kind(rule, f"{{name: {name}, logicalType: array, {within}}}", good, bad)


def fields(rule: str, name: str, properties: str, good: str, *bad: str, options: str = "") -> Kind:
    within = f"logicalTypeOptions: {{{options}}}, properties: [{properties}]"
    return Kind(rule, f"{{name: {name}, logicalType: object, {within}}}", good, bad)


KINDS = [
    typed("integer", "5", "x", "1.5", "9223372036854775808"),
    typed("integer", "-128", "128", physical="tinyint"),
    typed("number", "1e3", "x", "NaN"),
    typed("number", "1.25", "1.255", physical="decimal(10,2)"),
    typed("boolean", "true", "maybe"),
    typed("date", "2026-02-28", "2026-02-30"),
    typed("timestamp", "2026-01-01T00:00:00Z", "yesterday"),
    fields("type", "type_object", "{name: a}", '{"a": "1"}', "[1]", "text"),
    listed("type", "type_array", "string", '["a"]', '{"a": 1}', "text"),
    Kind("required", "{name: required, logicalType: string, required: true}", "x", (None,)),
    option("minimum", "integer", "minimum: 1", "1", "0"),
    option("maximum", "number", "maximum: 2.5", "2.5", "2.500001"),
    option("exclusiveMinimum", "number", "exclusiveMinimum: 0", "0.1", "0"),
    option("exclusiveMaximum", "integer", "exclusiveMaximum: 10", "9", "10"),
    option("minimum", "date", "minimum: '2026-01-02'", "2026-01-02", "2026-01-01"),
    option("exclusiveMaximum", "timestamp", "exclusiveMaximum: '2026-01-02 00:00:00'", "2026-01-01", "2026-01-02"),
    option("maximum", "time", "maximum: '20:00:00'", "19:59:59", "20:00:01"),
    option("pattern", "time", "minimum: '00:00:00'", "08:30:00", "24:00:00", "8 o'clock"),
    Kind(
        "maxLead",
        "{name: max_lead, logicalType: timestamp, customProperties: [{property: maxLead, value: 1 d}]}",
        "2026-01-01T00:00:00Z",
        ("2026-01-02T12:00:00Z",),
    ),
    Kind(
        "transform",
        "{name: transform, logicalType: integer, transformLogic: cast(transform as int), "
        "customProperties: [{property: sourceColumns, value: transform}]}",
        "1",
        ("x", "1.5", "99999999999"),
    ),
    option("minLength", "string", "minLength: 2", "äö", "a"),
    option("maxLength", "string", "maxLength: 2", "äö", "abc"),
    option("pattern", "string", r"pattern: '^[A-Z]\d$'", "A1", "A", "a1"),
    option("multipleOf", "integer", "multipleOf: 3", "9", "10"),
    option("multipleOf", "number", "multipleOf: 0.25", "0.75", "0.8"),
    formatted("email", "a@b.example", "a@", "a b@c.d"),
    formatted("uuid", "6f2e9c1a-0b3d-4d8e-9a77-1f0c2b3a4d5e", "6f2e9c1a"),
    formatted("uri", "https://a.example/b?c", "a/b", "https://a b"),
    formatted("hostname", "a-1.example", "-a.example", "a..b"),
    formatted("ipv4", "192.168.0.1", "256.0.0.1", "1.2.3", "1.2.3.4."),
    formatted("ipv6", "2001:db8::1", "2001", "g::1"),
    formatted("binary", "aGk=", "aGk"),
    formatted("byte", "aGk=", "a*k="),
    listed("minItems", "min_items", "string", '["a", "b"]', "[]", options="minItems: 2"),
    listed("maxItems", "max_items", "string", "[]", '["a", "b"]', options="maxItems: 1"),
    listed("uniqueItems", "unique_items", "integer", "[1, 2]", "[1, 1]", options="uniqueItems: true"),
    listed("type", "items_type", "integer", "[1, null]", '[1, "x"]'),
    listed("minimum", "items_minimum", "integer, logicalTypeOptions: {minimum: 0}", "[0]", "[0, -1]"),
    listed("pattern", "items_pattern", "string, logicalTypeOptions: {pattern: '^a'}", '["a"]', '["a", "b"]'),
    listed("required", "items_required", "string, required: true", '["a"]', '["a", null]'),
    listed(
        "maximum",
        "items_of_items",
        "array, items: {logicalType: integer, logicalTypeOptions: {maximum: 9}}",
        "[[9], []]",
        "[[1], [10]]",
    ),
    fields("required", "field_required", "{name: a, required: true}, {name: b}", '{"a": "1"}', '{"b": "1"}'),
    fields("type", "field_type", "{name: a, logicalType: integer}", '{"a": 1}', '{"a": "x"}'),
    fields(
        "maximum",
        "field_range",
        "{name: a, logicalType: number, logicalTypeOptions: {maximum: 1}}",
        '{"a": 1}',
        '{"a": 1.5}',
    ),
    fields(
        "minLength",
        "field_of_field",
        f"{{name: a, logicalType: object, properties: [{SHORT}]}}",
        '{"a": {"b": "xy"}}',
        '{"a": {"b": "x"}}',
    ),
    listed(
        "required",
        "items_field",
        "object, properties: [{name: a, required: true}, {name: b}]",
        '[{"a": "1"}]',
        '[{"a": "1"}, {"b": "1"}]',
    ),
    fields("minProperties", "min_properties", "{name: a}", '{"a": "1"}', "{}", options="minProperties: 1"),
    fields(
        "maxProperties", "max_properties", "{name: a}", '{"a": "1"}', '{"a": "1", "b": "2"}', options="maxProperties: 1"
    ),
    fields(
        "requiredProperties",
        "required_properties",
        "{name: a}, {name: b}",
        '{"a": "1"}',
        '{"b": "1"}',
        options="required: [a]",
    ),
    Kind("unique", "{name: unique, logicalType: string, unique: true}", UNIQUE, ("0",)),
    Kind("primaryKey", "{name: key, logicalType: string, primaryKey: true}", UNIQUE, ("0", " 0 ")),
    ruled("duplicateValues", "{metric: duplicateValues, mustBe: 0}", UNIQUE, "0", logical="integer", name="again"),
    ruled("nullValues", "{metric: nullValues, mustBe: 0}", "x", None),
    metric("missingValues", "missingValues", "missingValues: [null, '', N/A]", "x", None, "", "  ", "N/A"),
    metric("validValues", "invalidValues", 'validValues: [a, "it\'s"]', "it's", "b", "A"),
    metric("pattern", "invalidValues", r"pattern: '^\p{L}+$'", "ß", "1"),
    pandera("ge", "value: 1", "1", "0"),
    pandera("gt", "value: 1", "2", "1"),
    pandera("le", "value: 1.5", "1.5", "1.6", logical="number"),
    pandera("lt", "value: 1", "0", "1"),
    pandera("eq", "value: a", "a", "b", logical="string"),
    pandera("ne", "value: 2026-01-01", "2026-01-02", "2026-01-01", logical="date"),
    pandera("in_range", "min_value: 1, max_value: 3, include_max: false", "1", "0", "3"),
    pandera("isin", "values: [1, 2]", "2", "3"),
    pandera("notin", "values: [a]", "b", "a", logical="string"),
    pandera("str_matches", "value: b", "bc", "abc", logical="string"),
    pandera("str_contains", "value: b", "abc", "ac", logical="string"),
    pandera("str_startswith", "value: a.", "a.b", "ab", logical="string"),
    pandera("str_endswith", "value: .b", "a.b", "ab", logical="string"),
    pandera("str_length", "min_value: 2, max_value: 3", "äöü", "a", "abcd", logical="string"),
    expectation("expect_column_values_to_not_be_null", "", "x", None),
    expectation(
        "expect_column_values_to_be_between",
        "min_value: 1, max_value: 3, strict_max: true",
        "2",
        "3",
        "0",
        logical="integer",
    ),
    expectation("expect_column_values_to_be_in_set", "value_set: [a]", "a", "b"),
    expectation("expect_column_values_to_not_be_in_set", "value_set: [a]", "b", "a"),
    expectation("expect_column_values_to_match_regex", r"regex: '\d$'", "a1", "1a"),
    expectation("expect_column_value_lengths_to_be_between", "max_value: 2", "ab", "abc"),
    expectation("expect_column_value_lengths_to_equal", "value: 2", "ab", "a", "abc"),
    Kind("duplicateValues", "{name: pair, logicalType: string}", UNIQUE, ("0",)),
]
