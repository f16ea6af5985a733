"""YAML with line numbers, so that an error can say where."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from hallmark.lakehouse.errors import ContractError

_MOST_NODES = 200_000
_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map", "merge", "value")
)
# What is written of a contract (SQL, YAML, pages) can't have these, or not be written at all. Other control characters
# are escaped there, and sources have columns with them.
_BREAKS_FILES = re.compile("[\x00\ud800-\udfff]")


class _Loader(yaml.SafeLoader):
    """SafeLoader that leaves dates as text, reads numbers by YAML 1.2, and refuses a key given twice.

    YAML itself would silently keep the last of them.
    """

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 -- yaml's signature
        if node.tag not in _TAGS:
            name = node.tag.replace("tag:yaml.org,2002:", "!!")
            raise yaml.MarkedYAMLError(problem=f"a contract has no values of type {name}", problem_mark=node.start_mark)
        if isinstance(node, yaml.ScalarNode) and (found := _BREAKS_FILES.search(node.value)):
            problem = f"a text has the character {found.group()!r}, which no file has"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
        try:
            return super().construct_object(node, deep)
        except (KeyError, AttributeError, TypeError, ValueError) as error:  # what a tag names and the text is not
            if not isinstance(node, yaml.ScalarNode):
                raise
            name = node.tag.rpartition(":")[2]
            problem = f"{node.value[:40]!r} can't be read as {name}: {str(error).splitlines()[0]}"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark) from None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 -- yaml's signature
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue  # yaml says itself that a list or mapping can't be a key
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"key {key.value!r} is given twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        text: str = self.construct_scalar(node)
        return int(text, {"0x": 16, "0o": 8}.get(text[:2], 10))  # 007 is 7


_INT, _FLOAT, _TIME = (f"tag:yaml.org,2002:{name}" for name in ("int", "float", "timestamp"))
_NUMBERS = {  # the core schema of YAML 1.2: by 1.1, 12:30 is 750 and 1_000 is 1000
    _INT: r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+",
    _FLOAT: r"[-+]?([.][0-9]+|[0-9]+([.][0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?[.](inf|Inf|INF)|[.](nan|NaN|NAN)",
}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag not in {_INT, _FLOAT, _TIME}]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_constructor(_INT, _Loader.construct_yaml_int)


class Dumper(yaml.SafeDumper):
    """SafeDumper that puts a text in quotes where YAML 1.2 would read a number."""


for _tag, _number in _NUMBERS.items():
    for _class in (_Loader, Dumper):
        _class.add_implicit_resolver(_tag, re.compile(rf"(?:{_number})\Z"), list("-+.0123456789"))


def read_yaml(file: Path) -> tuple[dict[str, Any], yaml.Node]:
    """The mapping in a file, and its node tree for `line_of`.

    Raises:
        ContractError: when the file can't be read, is no YAML, or holds no mapping.
    """
    try:
        text = file.read_text(encoding="utf-8")
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is not None and _size(node, {}) > _MOST_NODES:
                raise ValueError(f"its aliases stand for more than {_MOST_NODES:,} values")
            content = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except FileNotFoundError:
        raise ContractError("no such file", where=file, wanted="a contract file", todo="look at its name") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError("a contract file can't be read", where=file, got=error, todo="mend or remove it") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise ContractError("not valid YAML", where=f"{file}:{line}", got=error.problem, todo="mend the file") from None
    except RecursionError:
        todo = "write it flatter"
        raise ContractError("not valid YAML", where=file, got="lists within lists without end", todo=todo) from None
    except (yaml.YAMLError, ValueError) as error:  # a character or a number that YAML has no place for
        got = str(error).splitlines()[0]
        raise ContractError("not valid YAML", where=file, got=got, todo="mend the file") from None
    if node is None or not isinstance(content, dict):
        raise ContractError("no ODCS contract in the file", where=file, got=type(content).__name__, wanted="a mapping")
    return content, node


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """How many values a node is when every alias is written out."""
    if id(node) not in known:
        known[id(node)] = _MOST_NODES  # while it is being counted: a node within itself has no end
        inner: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            inner = [each for pair in node.value for each in pair]
        elif isinstance(node, yaml.SequenceNode):
            inner = list(node.value)
        known[id(node)] = min(1 + sum(_size(each, known) for each in inner), _MOST_NODES + 1)
    return known[id(node)]


def line_of(node: yaml.Node, path: Sequence[str | int]) -> int:
    """The 1-based line of the value at `path`; the nearest parent's where it is absent."""
    for part in path:
        child = _child(node, part)
        if child is None:
            break
        node = child
    return int(node.start_mark.line) + 1


def _child(node: yaml.Node, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        found: yaml.Node = node.value[part]
        return found
    return None
