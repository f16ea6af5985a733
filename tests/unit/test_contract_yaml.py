"""YAML with line numbers: what is no mapping is refused, what YAML would pass over in silence as well."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from hallmark.contracts.yamlfile import Dumper, line_of, read_yaml
from hallmark.lakehouse.errors import ContractError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "orders.odcs.yaml"


def refusal(file: Path) -> str:
    with pytest.raises(ContractError) as letter:
        read_yaml(file)
    return str(letter.value).replace(f"{file.parent}/", "")


@pytest.mark.parametrize(
    ("text", "line", "got"),
    [
        ("a: 1\nb: [1\n", 3, "expected ',' or ']', but got '<stream end>'"),
        ("a: 1\n\tb: 2\n", 2, "found character '\\t' that cannot start any token"),
        ("a: 1\nb: 2\na: 3\n", 3, "key 'a' is given twice"),
        ("a: 1\nb:\n  c: 1\n  c: 2\n", 4, "key 'c' is given twice"),
        ("a: 1\n---\na: 2\n", 2, "but found another document"),
        ("a: *other\n", 1, "found undefined alias 'other'"),
        ("a: 1\n? [b, c]\n: 2\n", 2, "found unhashable key"),
        ("a: !!python/name:os.system\n", 1, "a contract has no values of type !!python/name:os.system"),
    ],
)
def test_what_is_not_yaml_is_refused_with_its_line(file: Path, text: str, line: int, got: str) -> None:
    file.write_text(text, encoding="utf-8")
    assert refusal(file) == (
        f"ContractError: not valid YAML\n  where: orders.odcs.yaml:{line}\n  got: {got}\n  do: mend the file"
    )


@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b"a: \x00\n", "unacceptable character #x0000: special characters are not allowed"),
        (b"a: \x7f\n", "unacceptable character #x007f: special characters are not allowed"),
    ],
)
def test_what_yaml_has_no_place_for_is_refused(file: Path, content: bytes, got: str) -> None:
    file.write_bytes(content)
    assert refusal(file) == (
        f"ContractError: not valid YAML\n  where: orders.odcs.yaml\n  got: {got}\n  do: mend the file"
    )


@pytest.mark.parametrize(
    ("text", "got"), [("", "NoneType"), ("# only a comment\n", "NoneType"), ("- a\n", "list"), ("a\n", "str")]
)
def test_what_is_no_mapping_is_refused(file: Path, text: str, got: str) -> None:
    file.write_text(text, encoding="utf-8")
    assert refusal(file) == (
        "ContractError: no ODCS contract in the file\n"
        "  where: orders.odcs.yaml\n"
        f"  got: {got}\n"
        "  wanted: a mapping"
    )  # fmt: skip


def test_a_file_that_is_not_utf8_is_refused(file: Path) -> None:
    file.write_bytes("a: é\n".encode("latin-1"))
    assert refusal(file).startswith(
        "ContractError: a contract file can't be read\n  where: orders.odcs.yaml\n  got: 'utf-8' codec can't decode"
    )


def test_a_file_that_is_not_there_is_refused(file: Path) -> None:
    assert refusal(file) == (
        "ContractError: no such file\n  where: orders.odcs.yaml\n  wanted: a contract file\n  do: look at its name"
    )


def test_a_date_stays_the_text_that_was_written(file: Path) -> None:
    file.write_text("day: 2024-10-27\nat: 2024-10-27 12:00:00\n", encoding="utf-8")
    assert read_yaml(file)[0] == {"day": "2024-10-27", "at": "2024-10-27 12:00:00"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("0b101", "0b101"),
        ("007", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("-12", -12),
        ("1.10", 1.1),
        ("1e3", 1000.0),
        ("-.5", -0.5),
        (".inf", float("inf")),
        ("1.2.3", "1.2.3"),
        ("0x_", "0x_"),
    ],
)
def test_numbers_are_those_of_yaml_1_2(file: Path, text: str, value: object) -> None:
    file.write_text(f"a: {text}\n", encoding="utf-8")
    read = read_yaml(file)[0]["a"]
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize("text", ["1e3", "0o17", "12:30", "1_000", "007", "no", "2020-01-01", "1.", "+1", ".inf", "~"])
def test_a_text_that_looks_like_a_number_is_written_so_that_it_reads_back(file: Path, text: str) -> None:
    file.write_text(yaml.dump({"a": text}, Dumper=Dumper), encoding="utf-8")
    assert read_yaml(file)[0] == {"a": text} == yaml.safe_load(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ([], 1),
        (["a"], 1),
        (["b"], 3),
        (["b", 1], 5),
        (["b", 1, "d"], 6),
        (["b", 1, "gone"], 5),
        (["b", 7, "d"], 3),
        (["gone", 0], 1),
        (["a", "deeper"], 1),
    ],
)
def test_a_value_has_a_line_and_a_missing_one_its_parents(file: Path, path: list[str | int], line: int) -> None:
    file.write_text("a: 1\nb:\n  - c: 1\n    d: 2\n  - c: 3\n    d: 4\n", encoding="utf-8")
    assert line_of(read_yaml(file)[1], path) == line


def test_aliases_that_stand_for_too_much_are_refused(file: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9)]
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ContractError, match="not valid YAML") as letter:
        read_yaml(file)
    assert letter.value.got == "its aliases stand for more than 200,000 values"


def test_lists_without_end_are_refused(file: Path) -> None:
    file.write_text(f"a: {'[' * 5000}", encoding="utf-8")
    with pytest.raises(ContractError, match="not valid YAML"):
        read_yaml(file)


@pytest.mark.parametrize(
    ("value", "got"),
    [
        ("!!bool maybe", "'maybe' can't be read as bool: 'maybe'"),
        ("!!int x", "'x' can't be read as int: invalid literal for int() with base 10: 'x'"),
        ("!!float x", "'x' can't be read as float: could not convert string to float: 'x'"),
        ("!!timestamp abc", "a contract has no values of type !!timestamp"),
        ("!!binary abc", "a contract has no values of type !!binary"),
        ("!!python/name:os.system x", "a contract has no values of type !!python/name:os.system"),
        ("!own x", "a contract has no values of type !own"),
        (r'"a\0b"', r"a text has the character '\x00', which no file has"),
        (r'"\ud800"', r"a text has the character '\ud800', which no file has"),
    ],
)
def test_a_value_that_is_none_of_a_contract_is_refused_with_its_line(file: Path, value: str, got: str) -> None:
    file.write_text(f"a: 1\nb: [{value}]\n", encoding="utf-8")
    with pytest.raises(ContractError, match="not valid YAML") as letter:
        read_yaml(file)
    assert (letter.value.where, letter.value.got) == (f"{file}:2", got)


def test_a_source_may_have_other_control_characters(file: Path) -> None:
    file.write_text('a: "\\x01"\nb: "x\\ty\\n"\n', encoding="utf-8")
    assert read_yaml(file)[0] == {"a": "\x01", "b": "x\ty\n"}
