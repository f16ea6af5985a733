"""YAML that a person would have written: in the order given, with block text and no anchors."""

from __future__ import annotations

import re
from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 -- yaml's signature
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 -- yaml's signature
        super().increase_indent(flow, False)  # noqa: FBT003


def yaml_text(document: Any) -> str:
    """The document as YAML.

    >>> print(yaml_text({"b": [{"a": 1}], "a": "x: y"}), end="")
    b:
      - a: 1
    a: 'x: y'
    """
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def comment(text: str) -> str:
    """The text as one line of comment."""
    return " ".join(["#", *text.split()])


def without_templates(text: str) -> str:
    """Text that dbt's templates leave alone.

    >>> without_templates("a"), without_templates("{{ a }}")
    ('a', '{% raw %}{{ a }}{% endraw %}')
    """
    return f"{{% raw %}}{text}{{% endraw %}}" if re.search(r"\{[{%#]", text) else text
