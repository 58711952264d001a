"""Failures and their exit codes."""

import msgspec
import pytest

from openbell.cli.shell.failure import Wrong, explain
from openbell.edges.journal import AlreadyRunning, DiskFailed, DiskFull, Fenced, JournalDamaged
from openbell.run.modes import ModeRefused
from openbell.run.parts import PartError
from openbell.run.records import Unlike
from openbell.run.script import Different
from openbell.run.source import SourceError
from openbell.run.state import NoState

CASES = [
    (Wrong("w", "n"), 2, "usage"),
    (Wrong("w", code=1), 1, "usage"),
    (PartError("p"), 2, "part"),
    (SourceError("s"), 2, "source"),
    (Unlike("u"), 2, "unlike"),
    (NoState("n"), 2, "no_state"),
    (ModeRefused("m"), 3, "mode"),
    (AlreadyRunning("here", 7), 3, "running"),
    (JournalDamaged("000001.seg", 8, 2, "head"), 3, "damaged"),
    (Fenced(1, 2), 3, "fenced"),
    (Different(5, "a fill"), 4, "different"),
    (DiskFailed("d"), 1, "disk"),
    (DiskFull("d"), 1, "disk"),
    (msgspec.ValidationError("v"), 3, "version"),
    (PermissionError(13, "Permission denied", "a/file"), 1, "system"),
    (RuntimeError("r"), 1, "defect"),
]


@pytest.mark.parametrize(("error", "code", "kind"), CASES, ids=lambda value: type(value).__name__)
def test_each_failure_has_its_code(error: Exception, code: int, kind: str) -> None:
    failure = explain(error)
    assert (failure.code, failure.kind, bool(failure.what)) == (code, kind, True)
    assert failure.as_json()["code"] == code
    head = {3: "refused: ", 4: "different: "}.get(code, "error: ")
    assert failure.text().startswith(head)


def test_a_place_is_named() -> None:
    assert "a/file: Permission denied" in explain(PermissionError(13, "Permission denied", "a/file")).text()


def test_overlapping_files_are_told_with_the_option_that_helps() -> None:
    assert "--source" in explain(SourceError("a and b overlap in time")).next
