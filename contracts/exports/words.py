"""Words that all exports share, so that they say the same thing in the same way."""

from __future__ import annotations

import re

from hallmark.contracts.exports.claims import Claim
from hallmark.contracts.model import Contract, Property, Reaction, SchemaObject, is_personal
from hallmark.lakehouse.names import quoted

MARK = "Written by hallmark contract compile"
_ACTIONS = {
    "quarantine": "the row is kept out, in quarantine",
    "drop": "the row is kept out, dropped",
    "warn": "the row passes with a warning",
    "fail": "the load stops",
}


def written_by(contract: Contract) -> str:
    """The first words of every export: by whom, and from what; no clock and no path, so that twice is the same."""
    return f"{MARK} from {one_line(contract.id)} {one_line(contract.version)}: change the contract, not this file."


def one_line(text: object) -> str:
    r"""The text with every run of white space as one blank.

    >>> one_line(" a\n  b ")
    'a b'
    """
    return " ".join(str(text).split())


def title_of(contract: Contract) -> str:
    """What people call the contract."""
    return one_line(contract.document.get("name") or contract.id)


def table_of(contract: Contract, table: SchemaObject) -> tuple[str, str]:
    """Schema and name of the finished table: silver for what lands, the contract's domain for what is built here."""
    return ("silver" if contract.is_source else contract.domain or "gold"), table.name


def sql_name(contract: Contract, table: SchemaObject) -> str:
    """The finished table's name in SQL."""
    return ".".join(map(quoted, table_of(contract, table)))


def file_stem(contract: Contract, table: SchemaObject | None = None) -> str:
    """What a contract's files are called: its id, as far as a file name can hold it; with the table where it has many.

    >>> import re
    >>> re.sub(r"[^A-Za-z0-9_.-]", "_", "urn:a/b").lstrip(".")
    'urn_a_b'
    """
    named = contract.id if table is None or len(contract.objects) == 1 else f"{contract.id}.{table.name}"
    return re.sub(r"[^A-Za-z0-9_.-]", "_", named).lstrip(".-") or "contract"


def reaction_words(reaction: Reaction) -> str:
    """What becomes of a broken row, and of its load.

    >>> reaction_words(Reaction("drop"))
    'the row is kept out, dropped'
    """
    limit = reaction.fail_above
    return _ACTIONS[reaction.action] + (f"; above {limit} the load stops" if limit is not None else "")


def consequence(claim: Claim) -> str:
    """What becomes of a row that breaks the claim; empty where it is about no row."""
    if claim.name in {"relationship", "sla", "text"}:
        return ""
    if claim.reaction.action != "warn" and claim.built:
        return "the table fails its contract"
    if claim.about_table:
        return "a warning" if claim.reaction.action == "warn" else "the load stops"
    bound = f"; such rows{' in percent' if claim.percent else ''} must be {claim.bound}" if claim.bound else ""
    return reaction_words(claim.reaction) + bound


def told(claim: Claim) -> str:
    """A claim in one line, with its consequence where that is not the usual one."""
    usual = claim.reaction == Reaction() and claim.bound is None and claim.measured is None
    end = "" if usual or not consequence(claim) else f" ({consequence(claim)})"
    return f"{one_line(claim.says)}{end}"


def untold_words(contract: Contract) -> list[str]:
    """What the contract has and nothing here carries out, as the loader warned, without its line numbers."""
    return sorted({one_line(warning.partition(": ")[2] or warning) for warning in contract.warnings})


def column_words(prop: Property) -> str:
    """A column's description with its unit and, for personal data, a note."""
    parts = [prop.description.strip().rstrip(".")]
    parts += [f"Unit: {prop.unit}"] if prop.unit else []
    parts += [personal_words(prop)] if prop.personal else []
    parts += [f"Classification: {prop.classification}"] if prop.classification and not prop.personal else []
    return one_line(". ".join(part for part in parts if part)) + ("." if any(parts) else "")


def personal_words(prop: Property) -> str:
    """The note on personal data."""
    what = sensitivity(prop)
    return f"{what[0].upper()}{what[1:]}: its values are masked in reasons"


def sensitivity(prop: Property) -> str:
    """How a value is classified, where that makes it personal, and how it is protected."""
    parts = [f"personal data ({prop.classification})"] if is_personal(prop.classification) else []
    parts += [f"protected in bronze ({prop.protection.method})"] if prop.protection else []
    return ", ".join(parts)
