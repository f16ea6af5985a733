"""Pairs of contracts with the changes between them: of quality rules, servers and service levels."""

from __future__ import annotations

from contract_pairs import (
    ANY_RULE,
    LAX,
    QUALITY,
    RULE_TEXT,
    SERVER_TEXT,
    WARNING_TEXT,
    Case,
    N,
    contract,
    custom,
    prop,
    rule,
    ruled,
    server,
    sla,
    values,
)

RULE_CASES: list[Case] = [
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
