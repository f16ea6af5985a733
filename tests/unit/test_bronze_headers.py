"""A CSV file's header: its names whatever the bytes around them, or a reason why there are none."""

from __future__ import annotations

import bz2
import codecs
import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hallmark.bronze.headers import UnreadableHeaderError, read_header, unique_columns


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "requests.csv"


def header(file: Path, content: bytes, *, delimiter: str = ",", encoding: str = "UTF-8") -> tuple[str, ...]:
    file.write_bytes(content)
    return read_header(file, delimiter=delimiter, encoding=encoding)


def refusal(file: Path, content: bytes, *, encoding: str = "UTF-8") -> str:
    with pytest.raises(UnreadableHeaderError) as error:
        header(file, content, encoding=encoding)
    return str(error.value)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b""])
def test_a_header_ends_with_its_line(file: Path, end: bytes) -> None:
    assert header(file, b"id,tokens" + end + (b"1,2" + end if end else b"")) == ("id", "tokens")


def test_quotes_are_no_part_of_a_name(file: Path) -> None:
    assert header(file, b'"id","Cost, total","say ""hi"""\n') == ("id", "Cost_total", 'say_"hi"')


def test_a_name_may_go_over_two_lines(file: Path) -> None:
    assert header(file, b'id,"two\nlines"\n1,2\n') == ("id", "two_lines")


def test_another_delimiter_separates(file: Path) -> None:
    assert header(file, b"id\ta,b\n", delimiter="\t") == ("id", "a_b")


def test_a_first_column_without_a_name_counts(file: Path) -> None:
    assert header(file, b"\tname\n0\tx\n", delimiter="\t") == ("_unnamed", "name")


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_byte_order_mark_is_no_part_of_the_first_name(file: Path, quote: str) -> None:
    assert header(file, codecs.BOM_UTF8 + f"{quote}id{quote},größe\n".encode()) == ("id", "größe")


def test_a_byte_order_mark_before_a_broken_row_is_no_part_of_the_first_name(file: Path) -> None:
    assert header(file, codecs.BOM_UTF8 + b'"id","name"\n1,\xff\n') == ("id", "name")


@pytest.mark.parametrize("encoding", ["UTF-16", "UTF-16LE", "UTF-16BE"])
def test_utf16_is_read_when_the_contract_says_so(file: Path, encoding: str) -> None:
    assert header(file, "id,größe\n1,2\n".encode(encoding), encoding=encoding) == ("id", "größe")


@pytest.mark.parametrize("mark", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_utf16_that_the_contract_does_not_know_of_is_refused(file: Path, mark: bytes) -> None:
    assert refusal(file, mark + b"i\x00d\x00") == "file is UTF-16, the contract says UTF-8"


def test_latin1_is_read_when_the_contract_says_so(file: Path) -> None:
    assert header(file, "größe\n".encode("latin-1"), encoding="ISO-8859-1") == ("größe",)


def test_a_header_in_another_encoding_is_refused(file: Path) -> None:
    assert refusal(file, "größe\n1\n".encode("latin-1")) == "header is not UTF-8: invalid start byte"


def test_a_broken_row_does_not_spoil_the_header(file: Path) -> None:
    assert header(file, b"id,name\n1,\xff\n") == ("id", "name")


def test_a_broken_byte_right_after_the_header_does_not_spoil_it(file: Path) -> None:
    assert header(file, codecs.BOM_UTF8 + b"id\n\xff\n") == ("id",)


def test_a_character_that_the_first_piece_cuts_in_two_is_no_error(file: Path) -> None:
    piece = 1 << 20
    names = ",".join(f"c{n}" for n in range(200_000)).encode()
    content = names[: piece - 2] + b"," + "é".encode() + b",more\n"
    assert content[:piece].endswith(b"," + "é".encode()[:1])
    assert header(file, content)[:2] == ("c0", "c1")


def test_an_empty_file_has_no_header(file: Path) -> None:
    assert header(file, b"") == ()


@pytest.mark.parametrize("content", [b"\n", b"\r\n\r\n", b"  \n", codecs.BOM_UTF8])
def test_a_blank_file_has_no_header(file: Path, content: bytes) -> None:
    assert header(file, content) == ()


@pytest.mark.parametrize("blank", [b"\n", b"\r\n\r\n", b" \n"])
def test_blank_lines_before_the_header_are_passed_over(file: Path, blank: bytes) -> None:
    """Taken for an empty file, all its rows would be lost without a word."""
    assert header(file, blank + b"id,name\n1,2\n") == ("id", "name")


def test_gzip_is_opened_by_the_files_name(tmp_path: Path) -> None:
    assert header(tmp_path / "requests.csv.gz", gzip.compress(b"id,name\n1,2\n")) == ("id", "name")


def test_bzip2_is_opened_by_the_files_name(tmp_path: Path) -> None:
    assert header(tmp_path / "requests.csv.bz2", bz2.compress(b"id,name\n1,2\n")) == ("id", "name")


def test_a_file_that_is_only_called_bzip2_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "requests.csv.bz2", b"id,name\n") == "file can't be read: Invalid data stream"


def test_an_empty_gzip_has_no_header(tmp_path: Path) -> None:
    assert header(tmp_path / "requests.csv.gz", gzip.compress(b"")) == ()


def test_a_file_that_is_only_called_gzip_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "requests.csv.gz", b"id,name\n") == "file can't be read: Not a gzipped file (b'id')"


def test_a_truncated_gzip_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "requests.csv.gz", gzip.compress(b"id,name\n" * 99)[:-12]) == (
        "file can't be read: Compressed file ended before the end-of-stream marker was reached"
    )


def test_a_gzip_with_spoilt_content_is_refused(tmp_path: Path) -> None:
    spoilt = bytearray(gzip.compress(b"id,name\n" * 99))
    spoilt[10:14] = b"\xff\xff\xff\xff"
    assert refusal(tmp_path / "requests.csv.gz", bytes(spoilt)).startswith("file can't be read: Error -3 while")


def test_a_file_that_is_gone_is_refused(file: Path) -> None:
    with pytest.raises(UnreadableHeaderError, match=r"^file can't be read: .*No such file or directory"):
        read_header(file, delimiter=",", encoding="UTF-8")


def test_a_file_that_is_no_csv_is_refused(file: Path) -> None:
    assert refusal(file, b"[" + b"x" * 200_000) == "header is no CSV: field larger than field limit (131072)"


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ([], ()),
        (["id", "id", "id"], ("id", "id_2", "id_3")),
        (["id", "ID", "Id"], ("id", "ID_2", "Id_3")),
        (["id", "ID", "id_2"], ("id", "ID_2", "id_2_2")),
        (["id_2", "id", "id"], ("id_2", "id", "id_3")),
        (["", " "], ("_unnamed", "_unnamed_2")),
        (["_file", "source_file"], ("source_file", "source_file_2")),
    ],
)
def test_a_repeated_name_gets_a_number(fields: list[str], names: tuple[str, ...]) -> None:
    assert unique_columns(fields) == names


def test_a_thousand_fields_without_a_name_are_numbered() -> None:
    assert unique_columns([""] * 1000)[-1] == "_unnamed_1000"


@settings(deadline=None, max_examples=100)
@given(st.lists(st.sampled_from(["a", "A", "a_2", "A_3", "a_2_2", "", "_file"]) | st.text(max_size=3), max_size=8))
def test_law_every_field_has_a_column_of_its_own(fields: list[str]) -> None:
    names = [name.lower() for name in unique_columns(fields)]
    assert len(set(names)) == len(names) == len(fields)
