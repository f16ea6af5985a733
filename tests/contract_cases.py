"""Pairs of contracts with the changes between them: of the contract itself, and of its tables."""

from __future__ import annotations

from contract_pairs import Case, N, T, contract, custom, number, prop, tables, text

CASES: list[Case] = [
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
]
