"""Runs that nobody sits before, with what became of them beside the journal.

The supervisor of such a run is a process of its own: whoever started it may end, and it goes on.
"""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from openbell.files import write_whole

ORDERED, OUTCOME, LOG = "deployed.json", "outcome.json", "run.log"
MOST_READ = 64 << 10
"""Bytes of the log's end that are read for what happened."""
GRACE_S = 10.0
"""How long a run that is given up may take to end by itself."""
_HEADS = ("error:", "refused:", "different:", "supervisor:")


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked for a run; written before it begins.

    Attributes:
        name: Of its deployment. mode: As asked. actor: Who. ts: When, UTC ns. digest: Of its configuration.
    """

    name: str
    mode: str
    actor: str
    ts: int
    digest: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended: its exit code, what was said of it, and when, UTC ns."""

    code: int
    text: str
    ts: int


def begin(folder: Path, words: Sequence[str], ordered: Ordered, environment: Mapping[str, str]) -> "Process":
    """Start a run in its state directory, apart from this process.

    Args:
        folder: Of the state; it is there.
        words: The command line.
        ordered: What is written down first.
        environment: Of the new process.

    Raises:
        OSError: It cannot be written down, or not started.
    """
    write_whole(folder / ORDERED, msgspec.json.encode(ordered), durable=True)
    with (folder / LOG).open("ab") as log:
        return subprocess.Popen(  # noqa: S603  # our own words
            words, env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip


Process = subprocess.Popen[bytes]


def abandon(process: Process) -> None:
    """End a run that has not begun, and return once its supervisor and its engine are gone."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def conclude(folder: Path, code: int, now: int) -> None:
    """Write down how a run ended. Raises OSError."""
    text = "" if code == 0 else _last_words(folder) or f"the engine ended with {code}"
    write_whole(folder / OUTCOME, msgspec.json.encode(Outcome(code=code, text=text, ts=now)), durable=True)


def reopen(folder: Path) -> None:
    """Forget how a run ended: it begins again."""
    (folder / OUTCOME).unlink(missing_ok=True)


def ordered(folder: Path) -> Ordered | None:
    """Return who asked for a run, None where nobody did from elsewhere."""
    try:
        return msgspec.json.decode((folder / ORDERED).read_bytes(), type=Ordered)
    except (OSError, msgspec.MsgspecError):
        return None


def outcome(folder: Path) -> Outcome | None:
    """Return how a run ended, None where it has not, or nobody kept it."""
    try:
        return msgspec.json.decode((folder / OUTCOME).read_bytes(), type=Outcome)
    except (OSError, msgspec.MsgspecError):
        return None


def _last_words(folder: Path) -> str:
    """Return what a run said of its end, empty for nothing."""
    try:
        with (folder / LOG).open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - MOST_READ))
            lines = log.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    found = [n for n, line in enumerate(lines) if line.startswith(_HEADS)]
    return " ".join(line.strip() for line in lines[found[-1] : found[-1] + 4])[:500] if found else ""
