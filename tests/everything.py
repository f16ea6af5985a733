"""A contract with every feature that an export has to say, or to say that it can't."""

from __future__ import annotations

from pathlib import Path

from hallmark.contracts.loader import load_contract
from hallmark.contracts.model import Contract

EVERYTHING = r"""
apiVersion: v3.1.0
kind: DataContract
id: sales.orders
name: "Orders <b>of</b> the | shop"
version: 2.0.1
status: active
domain: sales
tenant: Example & Sons
dataProduct: order book
tags: [shop, "a,b"]
description:
  purpose: "Orders as they were placed; <script>alert(1)</script> is text."
  usage: Reports by day.
  limitations: Returns are elsewhere.
  authoritativeDefinitions: [{type: businessDefinition, url: "https://example.org/orders?a=1&b=2"}]
authoritativeDefinitions: [{type: implementation, url: "https://example.org/code"}, {type: canonical, url: "javascript:alert(2)"}]
servers:
  - {server: landing, type: local, path: "orders/*.csv", format: csv, customProperties: [{property: delimiter, value: ";"}], environment: prod, description: Nightly files.}
team:
  name: Order desk
  description: They know.
  members: [{username: ann@example.org, name: Ann, role: owner, dateIn: "2026-01-01"}, {username: bo, role: steward}]
roles: [{role: reader, access: read, description: May read., firstLevelApprovers: Ann}]
support: [{channel: "#orders", tool: slack, scope: issues, url: "https://example.org/slack"}]
price: {priceAmount: 9.95, priceCurrency: USD, priceUnit: megabyte}
slaProperties:
  - {property: freshness, value: 24, unit: h, element: orders.placed_at, driver: operational}
  - {property: retention, value: 3, unit: y}
customProperties: [{property: costCentre, value: "4711"}]
schema:
  - name: orders
    physicalName: shop.orders
    businessName: The order book
    dataGranularityDescription: One row an order
    description: "Orders; it's one row\nan order."
    tags: [core]
    authoritativeDefinitions: [{type: tutorial, url: "https://example.org/howto"}]
    relationships:
      - {type: foreignKey, from: [orders.region, orders.shop], to: [shops.region, shops.shop]}
    quality:
      - {type: library, metric: rowCount, mustBeBetween: [1, 1000], dimension: completeness}
      - {type: library, metric: duplicateValues, arguments: {properties: [region, reference]}, mustBe: 0}
      - {type: sql, name: no_gap, query: "select count(*) from {object} where amount is null and '{32}' = 'x'", mustBe: 0}
      - {type: text, description: Orders are checked by hand on Mondays.}
      - {type: custom, engine: greatExpectations, implementation: {type: expect_table_column_count_to_be_between, kwargs: {min_value: 5, max_value: 50}}}
    properties:
      - {name: order_id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1, description: Order.}
      - {name: line, logicalType: integer, physicalType: int, required: true, primaryKey: true, primaryKeyPosition: 2, logicalTypeOptions: {minimum: 1, exclusiveMaximum: 100}}
      - {name: placed_on, logicalType: date, required: true, partitioned: true, partitionKeyPosition: 1, logicalTypeOptions: {minimum: "2020-01-01"}}
      - {name: placed_at, logicalType: timestamp, logicalTypeOptions: {minimum: "2020-01-01 00:00:00", exclusiveMaximum: "2100-01-01 00:00:00"}}
      - {name: region, logicalType: string, required: true, partitioned: true, partitionKeyPosition: 2, logicalTypeOptions: {minLength: 2, maxLength: 2}}
      - name: shop
        logicalType: string
        logicalTypeOptions: {format: hostname}
        relationships: [{to: shops.host}]
      - {name: reference, logicalType: string, unique: true, logicalTypeOptions: {pattern: '^[A-Z|`]{2}\d'}, examples: ["AB1"]}
      - name: amount
        physicalName: Amount
        logicalType: number
        physicalType: "decimal(12,2)"
        logicalTypeOptions: {exclusiveMinimum: 0, multipleOf: 0.05}
        customProperties: [{property: unit, value: EUR}, {property: onViolation, value: drop}]
        description: What was paid.
      - name: weight
        logicalType: number
        customProperties: [{property: unit, value: kg}, {property: onViolation, value: warn}, {property: failAbove, value: "5%"}]
        logicalTypeOptions: {maximum: 1000.5}
      - name: quantity
        logicalType: integer
        customProperties: [{property: onViolation, value: fail}]
        logicalTypeOptions: {minimum: 0}
      - name: channel
        logicalType: string
        quality:
          - {type: library, metric: invalidValues, arguments: {validValues: [web, "it's", café]}, mustBe: 0, dimension: conformity, description: Known channels.}
          - {type: library, metric: missingValues, arguments: {missingValues: [null, "", "N/A"]}, mustBeLessThan: 5, unit: percent, severity: warning}
      - name: stars
        logicalType: integer
        physicalType: int
        quality:
          - {type: library, metric: invalidValues, arguments: {validValues: [1, 2, 3]}, mustBe: 0, customProperties: [{property: failAbove, value: 10 rows}]}
          - {type: library, metric: nullValues, mustBeGreaterThan: 5, unit: percent}
      - name: code
        logicalType: string
        quality:
          - {type: custom, engine: pandera, implementation: {check: str_startswith, value: "C{{"}}
          - {type: custom, engine: greatExpectations, implementation: {type: expect_column_values_to_not_be_in_set, kwargs: {value_set: [CX]}}}
      - name: email
        logicalType: string
        classification: confidential
        encryptedName: email_hash
        logicalTypeOptions: {format: email}
        description: Of the buyer.
      - {name: secret, logicalType: string, classification: public}
      - name: address
        logicalType: object
        description: Where it goes.
        logicalTypeOptions: {required: [city], maxProperties: 9}
        properties:
          - {name: city, physicalName: City, logicalType: string, logicalTypeOptions: {minLength: 2}, description: Town.}
          - {name: zip, logicalType: string, required: true, classification: personal, description: Code.}
      - name: tags
        logicalType: array
        logicalTypeOptions: {minItems: 1, maxItems: 3, uniqueItems: true}
        items: {logicalType: string, logicalTypeOptions: {maxLength: 5}}
      - name: parts
        logicalType: array
        items:
          logicalType: object
          properties:
            - {name: sku, logicalType: string, required: true}
            - {name: n, logicalType: integer, logicalTypeOptions: {minimum: 1}}
      - {name: note, physicalName: Note, logicalType: string, transformLogic: "trim(Note)", transformDescription: Without blanks.}
      - {name: flag, logicalType: boolean}
"""


def everything(folder: Path, text: str = EVERYTHING) -> Contract:
    """The contract, read from a file in `folder`."""
    file = folder / "orders.odcs.yaml"
    file.write_text(text, encoding="utf-8")
    return load_contract(file)
