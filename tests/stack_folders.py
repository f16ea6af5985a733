"""Folders of stacks that were made, and of which nothing runs."""

from __future__ import annotations

from pathlib import Path

from hallmark.pipelines.stack.state import Folder, State, locked

STATE = State(20001, 20002, 20003, 20004, "", "an-id")


def made_stack(path: Path) -> Folder:
    """A stack's folder with its state and passwords."""
    folder = Folder(path)
    with locked(folder):
        folder.make_passwords()
        folder.save(STATE)
    return folder
