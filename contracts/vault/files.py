"""The files of a planned vault, each with a first line that tells whether somebody has edited it since."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from hallmark.contracts.model import Contract
from hallmark.contracts.vault.model import ContractVault, Vault
from hallmark.contracts.vault.models import model_texts
from hallmark.contracts.vault.page import vault_page
from hallmark.contracts.vault.plan import plan_vault
from hallmark.contracts.vault.yml import vault_yml

MARK = "Written by hallmark vault generate"
_HEAD = re.compile(rf"{MARK} from \S+, fingerprint ([0-9a-f]{{16}})")


def vault_files(contracts: Sequence[Contract], *, prefix: str = "") -> tuple[Vault, dict[str, str]]:
    """The plan, and its files: path (with `/`) and text. The same contracts give the same texts.

    Raises:
        ContractError: see `plan_vault`.
    """
    vault = plan_vault(contracts, prefix=prefix)
    files: dict[str, str] = {}
    for each in vault.contracts:
        files |= {f"{each.folder}/{name}": text for name, text in _of_contract(each)}
    return vault, files


def _of_contract(vault: ContractVault) -> list[tuple[str, str]]:
    bodies = [*model_texts(vault), (f"_{vault.folder}.yml", vault_yml(vault)), ("README.md", vault_page(vault))]
    return [(name, _head(name, vault, body) + body) for name, body in bodies]


def _head(name: str, vault: ContractVault, body: str) -> str:
    origin = re.sub(r"[^\w.:/-]", "_", vault.contract.id)
    line = f"{MARK} from {origin}, fingerprint {fingerprint(body)}: edit it, and it is yours."
    if name.endswith(".sql"):
        return f"{{#- {line} -#}}\n"
    return f"<!-- {line} -->\n" if name.endswith(".md") else f"# {line}\n"


def fingerprint(body: str) -> str:
    r"""Of a file's text behind its first line; line endings do not count.

    >>> fingerprint("a\r\n") == fingerprint("a\n")
    True
    """
    return hashlib.sha256(body.replace("\r\n", "\n").encode()).hexdigest()[:16]


def written_fingerprint(text: str) -> str | None:
    """The fingerprint that a file's first line has; None where the file is none of ours."""
    found = _HEAD.search(text.partition("\n")[0])
    return found.group(1) if found else None


def body_of(text: str) -> str:
    """A file's text behind its first line."""
    return text.partition("\n")[2]
