"""The control room beside a run: started with it, shown, ended with it."""

import subprocess
import sys
import tempfile
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openbell.cli.shell.drive import room_words
from openbell.cli.shell.output import tell

PATIENCE_S = 20.0
"""How long the control room may take to answer, seconds."""
_NAP_S, _GRACE_S = 0.05, 5.0


@contextmanager
def control_room(folder: Path, port: int) -> Iterator[None]:
    """Serve one state while what is inside lasts; say where, and open it where somebody sits at a screen.

    A control room that does not come up is said, and keeps nothing from running.
    """
    with tempfile.TemporaryDirectory() as place:
        ready = Path(place) / "address"
        words = [*room_words(folder, port), "--ready-file", str(ready)]
        served = subprocess.Popen(  # noqa: S603  # our own words
            words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            _show(_link(served, ready))
            yield
        finally:
            _end(served)


def _link(served: "subprocess.Popen[bytes]", ready: Path) -> str:
    """Return the link of a control room, empty where it does not come up."""
    deadline = time.monotonic() + PATIENCE_S
    while served.poll() is None and time.monotonic() < deadline:
        link = ready.read_text(encoding="utf-8") if ready.exists() else ""
        if link:
            return link
        time.sleep(_NAP_S)
    return ""


def _show(link: str) -> None:
    if not link:
        tell("note: the control room did not come up; `openbell serve` says why")
        return
    tell(f"The control room: {link}")
    if sys.stdout.isatty():
        webbrowser.open(link)


def _end(served: "subprocess.Popen[bytes]") -> None:
    served.terminate()
    try:
        served.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        served.kill()
        served.wait()
