"""What a stack remembers: whole or not at all, passwords for their owner alone; a removal touches nothing else."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from stack_folders import STATE, made_stack

from hallmark.lakehouse.errors import MachineError, SettingsError
from hallmark.pipelines.stack.state import HOME_PREFIX, Folder, StackError, State, locked, open_folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return made_stack(tmp_path / "stack")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_saved_is_read_again(folder: Folder) -> None:
    assert folder.load() == STATE


def test_without_a_file_there_is_no_stack(tmp_path: Path) -> None:
    assert Folder(tmp_path / "nothing").load() is None


@pytest.mark.parametrize("name", ["stack.json", "pgpass", "secrets.properties", "lock"])
def test_only_the_owner_reads_what_it_keeps(folder: Folder, name: str) -> None:
    assert mode(folder.path / name) == 0o600
    assert mode(folder.path) == 0o700


def test_no_two_passwords_are_alike(folder: Folder, tmp_path: Path) -> None:
    other = Folder(tmp_path / "other")
    with locked(other):
        other.make_passwords()
    words = [each.password(role) for each in (folder, other) for role in ("hallmark", "debezium")]
    assert len(set(words)) == 4
    assert min(map(len, words)) == 32


def test_a_lost_state_is_told(folder: Folder) -> None:
    (folder.path / "stack.json").unlink()
    with pytest.raises(StackError) as letter:
        folder.load()
    assert letter.value.got == "it is gone, and the rest of the stack is there"


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kafka").mkdir()
    (tmp_path / "mine.txt").touch()
    with pytest.raises(SettingsError) as letter:
        Folder(tmp_path).refuse_foreign()
    assert str(letter.value) == (
        "SettingsError: the stack's folder holds other files\n"
        f"  where: {tmp_path}\n"
        "  got: kafka, mine.txt\n"
        "  wanted: an empty folder, or none\n"
        "  do: name another folder: --folder DIR"
    )


def test_an_empty_folder_and_a_stacks_own_are_taken(folder: Folder, tmp_path: Path) -> None:
    folder.refuse_foreign()
    (tmp_path / "empty").mkdir()
    Folder(tmp_path / "empty").refuse_foreign()
    Folder(tmp_path / "none").refuse_foreign()


def test_passwords_are_drawn_once(folder: Folder) -> None:
    before = folder.password("hallmark")
    folder.make_passwords()
    assert folder.password("hallmark") == before


def test_both_files_hold_the_same_passwords(folder: Folder) -> None:
    lines = [f"127.0.0.1:*:*:{role}:{folder.password(role)}" for role in ("hallmark", "debezium")]
    assert folder.pgpass.read_text(encoding="utf-8").splitlines() == lines


@pytest.mark.parametrize("text", ["", "{", "[]", '{"postgres_port": 1}', '{"unknown": 1}', "\0"])
def test_a_broken_state_is_told(folder: Folder, text: str) -> None:
    (folder.path / "stack.json").write_text(text, encoding="utf-8")
    with pytest.raises(StackError) as letter:
        folder.load()
    assert letter.value.what == "the stack's state can't be read"
    assert letter.value.where == folder.path / "stack.json"
    assert letter.value.todo == (
        "hallmark stack down --remove ends what runs of it and removes it; then hallmark stack up"
    )


def test_a_lost_password_is_told(folder: Folder) -> None:
    folder.secrets.write_text("other=1\n", encoding="utf-8")
    with pytest.raises(StackError) as letter:
        folder.password("debezium")
    assert str(letter.value).splitlines()[:3] == [
        "StackError: the stack's state can't be read",
        f"  where: {folder.secrets}",
        "  got: no password of debezium",
    ]


def test_a_removed_stack_leaves_no_folder(folder: Folder) -> None:
    with locked(folder):
        folder.remove(STATE)
    assert not folder.path.exists()


def test_a_removal_leaves_what_is_not_the_stacks(folder: Folder) -> None:
    (folder.path / "mine.txt").touch()
    with locked(folder):
        folder.remove(STATE)
    assert [each.name for each in folder.path.iterdir()] == ["mine.txt"]


def test_a_removal_takes_the_data_of_another_user_along(folder: Folder, tmp_path: Path) -> None:
    home = tmp_path / f"{HOME_PREFIX}x"
    home.mkdir()
    folder.remove(State(1, 2, 3, 4, str(home), ""))
    assert not home.exists()


def test_a_removal_takes_no_other_folder_along(folder: Folder, tmp_path: Path) -> None:
    folder.remove(State(1, 2, 3, 4, str(tmp_path), ""))
    assert tmp_path.is_dir()


def test_who_comes_second_waits(folder: Folder) -> None:
    order: list[str] = []

    def second() -> None:
        with locked(folder):
            order.append("second")

    with locked(folder):
        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join(0.2)
        order.append("first")
    waiting.join(10)
    assert order == ["first", "second"]


def test_who_waited_for_a_removal_holds_the_new_folder(folder: Folder) -> None:
    held: list[bool] = []

    def second() -> None:
        with locked(folder):
            held.append((folder.path / "lock").exists())

    with locked(folder):
        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join(0.2)
        folder.remove(STATE)
    waiting.join(10)
    assert held == [True]


def test_a_file_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MachineError) as letter, locked(Folder(tmp_path / "file" / "stack")):
        pass
    assert str(letter.value) == (
        "MachineError: the stack's folder can't be written\n"
        f"  where: {tmp_path / 'file' / 'stack'}\n"
        "  got: Not a directory\n"
        "  do: give yourself write permission there, or name another folder: --folder DIR"
    )


@pytest.mark.parametrize("name", ["a:b", "a,b", "a;b", "a%b", "$HOME", "a\nb", "{a}"])
def test_a_path_that_java_or_postgres_would_misread_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError) as letter:
        open_folder(tmp_path / name)
    assert letter.value.what == "the stack can't be at this path"
    assert letter.value.todo == "name another folder: --folder DIR"


@pytest.mark.parametrize("name", ["plain", "with space", "Zürich", "a-b_c.d"])
def test_other_paths_are_taken(tmp_path: Path, name: str) -> None:
    assert open_folder(tmp_path / "x" / ".." / name).path == tmp_path / name


def test_the_root_is_no_place_for_a_stack() -> None:
    with pytest.raises(SettingsError, match="the stack can't be at this path") as letter:
        open_folder(Path("/"))
    assert letter.value.wanted == "a folder of its own"
