"""What may change between two versions of a contract, and the version bump that it demands.

docs/contract-evolution.md shows this table; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from hallmark.contracts.values import shown

Bump = Literal["major", "minor", "patch"]


@dataclass(frozen=True)
class Kind:
    """A kind of change: the bump it demands, the kinds that undo it (its own name: ""), and who feels it, and how."""

    bump: Bump
    undone_by: tuple[str, ...]
    meaning: str


@dataclass(frozen=True)
class Change:
    """One difference between two contracts.

    Attributes:
        kind: a name in `KINDS`.
        path: where, by names and not by positions: `schema.requests.tokens.logicalTypeOptions.minimum`. What stands
            below something that was renamed has the old name in it.
        old: what was there; None when nothing was.
        new: what is there now; None when nothing is.
        bump: the version bump it demands.
    """

    kind: str
    path: str
    old: str | None
    new: str | None
    bump: Bump

    @property
    def breaking(self) -> bool:
        """Whether someone who relied on the old contract may break."""
        return self.bump == "major"


def change(kind: str, path: str, old: Any, new: Any) -> Change:
    """A change of a known kind, its values as text."""
    return Change(kind, path, shown(old), shown(new), KINDS[kind].bump)


_SAME: tuple[str, ...] = ()
KINDS: dict[str, Kind] = {
    # the contract
    "idChanged": Kind("major", _SAME, "another contract: what refers to it by id finds nothing"),
    "contractAdded": Kind(
        "minor", ("contractRemoved", "retiredContractRemoved"), "only in the new folder: nobody relied on it yet"
    ),
    "contractRemoved": Kind("major", ("contractAdded",), "only in the old folder: its consumers find nothing"),
    "retiredContractRemoved": Kind("patch", ("contractAdded",), "only in the old folder, where it was retired"),
    "domainChanged": Kind("minor", _SAME, "another owner; tables and rows stay where they are"),
    "tablesMoved": Kind(
        "major",
        _SAME,
        "the domain of a contract without a landing source names the schema its tables are in",
    ),
    "statusChanged": Kind("minor", _SAME, "such as active to deprecated: still there, read the notice"),
    "contractRetired": Kind("major", ("contractRevived",), "status retired: consumers have to be gone"),
    "contractRevived": Kind("minor", ("contractRetired",), "status retired no more"),
    "standardChanged": Kind("patch", _SAME, "apiVersion or kind; the rules are compared one by one anyway"),
    "rolesChanged": Kind("minor", _SAME, "who may get access, and who grants it"),
    "documentationChanged": Kind(
        "patch",
        _SAME,
        "description, tags, names for people, team, support, price, examples, text rules",
    ),
    "customPropertyChanged": Kind("minor", _SAME, "a custom property that has no meaning to Hallmark"),
    "orderChanged": Kind("patch", _SAME, "named things stand in another order; they are read by name"),
    "rewritten": Kind("patch", _SAME, "written in another way, means the same"),
    "unknownChange": Kind(
        "major",
        _SAME,
        "a difference of no known kind: what is not understood is not called harmless",
    ),
    # tables
    "tableAdded": Kind("minor", ("tableRemoved",), "nobody relied on it yet"),
    "tableRemoved": Kind("major", ("tableAdded",), "its consumers find nothing"),
    "tableRenamed": Kind("major", _SAME, "same id or physicalName under another name: its consumers find nothing"),
    "sourceTableChanged": Kind("major", _SAME, "physicalName of a table: it is filled from elsewhere"),
    "tableTypeChanged": Kind("minor", _SAME, "physicalType of a table, such as table to view"),
    "keyChanged": Kind("major", _SAME, "primary key: other rows count as the same row; joins double or lose rows"),
    "partitioningChanged": Kind("minor", _SAME, "same rows in other files; the table must be written anew"),
    "lookupsChanged": Kind("major", _SAME, "values are looked up in another place"),
    "relationshipAdded": Kind("minor", ("relationshipRemoved",), "one promise more; no row is kept out by it"),
    "relationshipRemoved": Kind("major", ("relationshipAdded",), "joins that relied on it lose rows"),
    "relationshipChanged": Kind("major", _SAME, "it points elsewhere"),
    # properties
    "propertyAdded": Kind("minor", ("propertyRemoved",), "optional and without rules: files without it are still good"),
    "requiredPropertyAdded": Kind(
        "major",
        ("propertyRemoved",),
        "every row of a producer who does not send it is kept out",
    ),
    "ruledPropertyAdded": Kind(
        "major",
        ("propertyRemoved",),
        "optional, with a rule: rows of a producer who sends such a column already may be kept out",
    ),
    "propertyRemoved": Kind(
        "major", ("propertyAdded", "requiredPropertyAdded", "ruledPropertyAdded"), "queries that name it fail"
    ),
    "propertyRenamed": Kind("major", _SAME, "same id or source column under another name: queries that name it fail"),
    "sourceColumnChanged": Kind("major", _SAME, "physicalName of a property: producers must send another column"),
    "sourceColumnsChanged": Kind("minor", _SAME, "further columns that a transform reads"),
    "transformChanged": Kind("major", _SAME, "transformLogic: the same name holds other values"),
    "encryptedNameChanged": Kind("major", _SAME, "the masked value is in another column"),
    "protectionChanged": Kind("major", _SAME, "values come in another form: pseudonyms, sealed, cut short, in clear"),
    "typeNarrowed": Kind("major", ("typeWidened",), "values that fitted do not fit any more"),
    "typeWidened": Kind(
        "minor",
        ("typeNarrowed",),
        "holds all values of the old type: int to bigint, i32 to i64, int to double, longer text, more digits; a run "
        "asks for silver to be filled anew",
    ),
    "typeChanged": Kind("major", _SAME, "neither type holds all values of the other"),
    "requiredAdded": Kind("major", ("requiredRemoved",), "rows without a value are kept out from now on"),
    "requiredRemoved": Kind("major", ("requiredAdded",), "nullable: consumers meet nulls where there never was one"),
    "uniqueAdded": Kind("major", ("uniqueRemoved",), "repeated values are kept out from now on"),
    "uniqueRemoved": Kind("major", ("uniqueAdded",), "joins on it may double rows"),
    "rangeNarrowed": Kind(
        "major",
        ("rangeWidened",),
        "minimum, maximum, exclusive or not, multipleOf, maxLead: rows that were good are kept out",
    ),
    "rangeWidened": Kind("minor", ("rangeNarrowed",), "values come that never came before"),
    "rangeChanged": Kind("major", _SAME, "a bound, multipleOf or maxLead that can't be compared with the old one"),
    "lengthNarrowed": Kind(
        "major",
        ("lengthWidened",),
        "minLength, maxLength, items or properties: rows that were good are kept out",
    ),
    "lengthWidened": Kind("minor", ("lengthNarrowed",), "shorter or longer values come than before"),
    "patternAdded": Kind("major", ("patternRemoved",), "rows that were good are kept out"),
    "patternRemoved": Kind("minor", ("patternAdded",), "values come that never came before"),
    "patternChanged": Kind("major", _SAME, "two patterns can't be compared: taken for narrower"),
    "formatAdded": Kind("major", ("formatRemoved",), "rows that were good may be kept out"),
    "formatRemoved": Kind("minor", ("formatAdded",), "values come that never came before"),
    "formatChanged": Kind(
        "major",
        _SAME,
        "another format; for dates and times also one that came or went, and the zone: texts are read in another way",
    ),
    "unitAdded": Kind("minor", ("unitRemoved",), "the same numbers, now with their unit"),
    "unitRemoved": Kind("major", ("unitAdded",), "nobody can tell any more what the numbers mean"),
    "unitChanged": Kind("major", _SAME, "the same name holds other numbers"),
    "sourceUnitChanged": Kind("major", _SAME, "producers must send another unit"),
    "classificationTightened": Kind(
        "major",
        ("classificationLoosened",),
        "personal from now on: values get masked, access may be withdrawn",
    ),
    "classificationLoosened": Kind("minor", ("classificationTightened",), "personal no more"),
    "classificationChanged": Kind("minor", _SAME, "another label, personal as before or not as before"),
    # quality rules
    "validValuesShrunk": Kind("major", ("validValuesGrown",), "rows that were good are kept out"),
    "validValuesGrown": Kind("minor", ("validValuesShrunk",), "values come that never came before"),
    "validValuesChanged": Kind("major", _SAME, "some values went, others came"),
    "qualityRuleAdded": Kind(
        "major",
        ("qualityRuleRemoved",),
        "an error from now on: rows or loads that were good are refused",
    ),
    "qualityRuleRemoved": Kind("minor", ("qualityRuleAdded",), "rows come that never came before"),
    "qualityRuleTightened": Kind(
        "major",
        ("qualityRuleLoosened",),
        "bound, severity, onViolation or failAbove: refuses more than before",
    ),
    "qualityRuleLoosened": Kind("minor", ("qualityRuleTightened",), "refuses less than before"),
    "qualityRuleChanged": Kind("major", _SAME, "another metric, query, unit, engine: may refuse what was good"),
    "warningRuleAdded": Kind("minor", ("warningRuleRemoved",), "a warning more, of any kind; no row is kept out"),
    "warningRuleRemoved": Kind("minor", ("warningRuleAdded",), "a warning less, of any kind"),
    "warningRuleChanged": Kind(
        "minor", _SAME, "a rule that only warns, before and after, or a bound of a property whose rules only warn"
    ),
    "scheduleChanged": Kind("patch", _SAME, "when a rule or a service level is looked at"),
    # servers and service levels
    "serverAdded": Kind("minor", ("serverRemoved",), "one place more"),
    "serverRemoved": Kind("major", ("serverAdded",), "who lands or reads there finds nothing"),
    "serverChanged": Kind("major", _SAME, "type, path, format, delimiter, ...: who lands or reads there must follow"),
    "slaAdded": Kind("minor", ("slaRemoved",), "one promise more"),
    "slaRemoved": Kind("major", ("slaAdded",), "one promise less"),
    "slaTightened": Kind("minor", ("slaLoosened",), "a better promise: fresher, kept longer"),
    "slaLoosened": Kind("major", ("slaTightened",), "a worse promise: staler, kept for a shorter time"),
    "slaChanged": Kind("major", _SAME, "a promise that can't be compared with the old one"),
}


def undoings(kind: str) -> tuple[str, ...]:
    """The kinds by which the way back may show.

    >>> undoings("typeNarrowed"), undoings("typeChanged")
    (('typeWidened',), ('typeChanged',))
    """
    return KINDS[kind].undone_by or (kind,)
