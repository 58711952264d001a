"""Failures as people read them: what, where, why, what next; and their exit codes."""

from pathlib import Path
from typing import Any

import msgspec

from openbell.words import counted

DONE, FAILED, WRONG_INPUT, REFUSED, DIFFERENT = 0, 1, 2, 3, 4
"""Exit codes: done, the run failed, wrong input, refused by safety, a difference was found."""


class Wrong(Exception):
    """Something the user asked for cannot be done; the command line itself found it.

    Attributes:
        what: In a sentence without a stop. next: What to do. code: Exit code.
    """

    def __init__(self, what: str, next_step: str = "", code: int = WRONG_INPUT) -> None:
        """Say what is wrong and what to do next."""
        super().__init__(what)
        self.what = what
        self.next = next_step
        self.code = code


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One failure, ready to be shown.

    Attributes:
        code: Exit code. kind: Stable word for machines. what: What happened.
        problems: Each problem of a file on a line. data: The same for machines. next: What to do.
    """

    code: int
    kind: str
    what: str
    problems: tuple[str, ...] = ()
    data: tuple[dict[str, Any], ...] = ()
    next: str = ""

    def text(self) -> str:
        """Return the failure as lines for people."""
        head = "refused" if self.code == REFUSED else "different" if self.code == DIFFERENT else "error"
        lines = [f"{head}: {self.what}", *(f"  {problem}" for problem in self.problems)]
        return "\n".join([*lines, f"next: {self.next}"] if self.next else lines)

    def as_json(self) -> dict[str, Any]:
        """Return the failure as an object for machines."""
        return {
            "error": self.what,
            "code": self.code,
            "kind": self.kind,
            "problems": list(self.data),
            "next": self.next,
        }


def explain(error: BaseException) -> Failure:
    """Return what to tell of an error; one that nobody expected is told as a defect of ours."""
    if isinstance(error, Wrong):
        return Failure(code=error.code, kind="usage", what=error.what, next=error.next)
    usage = _usage(error)
    return usage or _of_file(error) or _of_source(error) or _known(error) or _of_world(error) or _unexpected(error)


def _usage(error: BaseException) -> Failure | None:
    """Return what typer found wrong with the words of the command line."""
    message = getattr(error, "format_message", None)
    if message is None:
        return None
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "openbell"
    return Failure(code=WRONG_INPUT, kind="usage", what=message().rstrip("."), next=f"{path} --help shows how")


def _of_file(error: BaseException) -> Failure | None:
    from openbell.config.explain import ConfigError, as_data

    if not isinstance(error, ConfigError):
        return None
    problems = error.problems
    count = sum(not problem.is_warning for problem in problems)
    file, advice = error.file, f"correct the file, then: openbell {error.verb} {error.file}"
    if error.verb == ConfigError.verb and _is_foreign(Path(file)):
        advice = f"of another system? openbell config import {file} --out mine.yaml; else {advice}"
    return Failure(
        code=WRONG_INPUT,
        kind="config",
        what=f"{file} cannot be {error.wanted}: {counted(count, 'problem')}",
        problems=tuple(problem.text() for problem in problems),
        data=tuple(as_data(problems)),
        next=advice,
    )


def _is_foreign(file: Path) -> bool:
    """Return True if a file has no deployments of ours and the form of another system's."""
    from openbell.config.dialects import dialect_of
    from openbell.config.explain import ConfigError
    from openbell.config.load import read_document

    try:
        root, _ = read_document(file)
    except ConfigError:
        return False
    return dialect_of(root) is not None and "deployments" not in root.value


def _of_source(error: BaseException) -> Failure | None:
    """Return why a source cannot feed the run, with the option that helps."""
    from openbell.run.source import SourceError

    if not isinstance(error, SourceError):
        return None
    advice = "name other data with --data, or correct `source:` and `bars:` in the file"
    if "overlap in time" in str(error):
        advice = "add --source TEXT with a word that only the wanted files have in their names"
    return Failure(code=WRONG_INPUT, kind="source", what=str(error), next=advice)


def _known(error: BaseException) -> Failure | None:
    """Return what our own exceptions mean.

    Their texts say what and where, here stands what to do.
    """
    from openbell.cli.shell.fallen import Fallen
    from openbell.edges.journal import AlreadyRunning, DiskFailed, Fenced, JournalDamaged
    from openbell.run.backup import BackupError
    from openbell.run.claim import AccountTaken
    from openbell.run.lines import LineRefused
    from openbell.run.listings import NotListed
    from openbell.run.modes import ModeRefused
    from openbell.run.parts import PartError
    from openbell.run.records import Unlike
    from openbell.run.script import Different
    from openbell.run.state import NoState
    from openbell.run.study.trial import StudyError

    damaged = (
        "openbell journal verify shows the place; restore the state from a backup, or start a new one with --state"
    )
    table: tuple[tuple[type[BaseException], int, str, str], ...] = (
        (PartError, WRONG_INPUT, "part", "correct the part, then: openbell check FILE"),
        (Unlike, WRONG_INPUT, "unlike", ""),
        (NoState, WRONG_INPUT, "no_state", ""),
        (ModeRefused, REFUSED, "mode", ""),
        (NotListed, REFUSED, "instruments", ""),
        (BackupError, REFUSED, "backup", ""),
        (
            AlreadyRunning,
            REFUSED,
            "running",
            "openbell status looks on, openbell stop ends it; or give another --state",
        ),
        (JournalDamaged, REFUSED, "damaged", damaged),
        (Fenced, REFUSED, "fenced", "another process took over; look at it with openbell status"),
        (AccountTaken, REFUSED, "taken", "openbell status shows what runs; stop it, or trade another account"),
        (LineRefused, REFUSED, "line", "correct the account in the file, or see who else trades it"),
        (Different, DIFFERENT, "different", "openbell replay names the first difference; status shows the true book"),
        (
            DiskFailed,
            FAILED,
            "disk",
            "free or replace the disk, then start again: the run goes on where the journal ends",
        ),
    )
    if isinstance(error, Fallen):
        return _fallen(error)
    if isinstance(error, StudyError):
        return Failure(code=WRONG_INPUT, kind="study", what=str(error), next=error.advice)
    for sort, code, kind, advice in table:
        if isinstance(error, sort):
            return Failure(code=code, kind=kind, what=str(error), next=advice)
    return None


def _fallen(error: Any) -> Failure:
    """Return what to tell of an engine that fell; to its supervisor the code says that it has to come back."""
    from openbell.run.supervise import FELL, is_supervised

    has_return = error.is_outside and is_supervised()
    stop = "entries are stopped until openbell enable" if error.is_stopped else "THE STOP COULD NOT BE WRITTEN DOWN"
    return Failure(
        code=FELL if has_return else FAILED, kind="fallen", what=f"the engine fell over {error}; {stop}",
        next="start it again: what is held is looked after; report what --debug prints",
    )  # fmt: skip


def _of_world(error: BaseException) -> Failure | None:
    if isinstance(error, msgspec.MsgspecError):
        what = f"a record cannot be read by this version: {error}"
        return Failure(code=REFUSED, kind="version", what=what, next="use the version that wrote the state")
    import sqlite3

    if isinstance(error, sqlite3.Error):
        what = f"the file of alerts of this state (alerts.db) cannot be used: {error}"
        advice = "free its disk, or move the file away: a new one begins; the engine trades without it"
        return Failure(code=FAILED, kind="alerts", what=what, next=advice)
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        what = f"{place}{error.strerror or error}"
        return Failure(
            code=FAILED, kind="system", what=what, next="correct the place or its permissions, then try again"
        )
    return None


def _unexpected(error: BaseException) -> Failure:
    what = f"{type(error).__name__}: {error}"
    return Failure(
        code=FAILED,
        kind="defect",
        what=f"unexpected, and a defect of openbell: {what}",
        next="run it again with --debug and report what it prints; what the journal holds is safe",
    )
