"""The control room beside a run: started with it, shown, ended with it."""

import os
import subprocess
import sys
import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openbell.cli.shell.drive import room_words
from openbell.cli.shell.output import tell
from openbell.core.types import NS
from openbell.run.clock import WallClock
from openbell.run.supervise import MARK

PATIENCE_NS = 20 * NS
"""How long the control room may take to answer, ns."""
_NAP_NS, _GRACE_S = NS // 20, 5.0


@contextmanager
def control_room(folder: Path, port: int) -> Iterator[None]:
    """Serve one state while what is inside lasts, and say where.

    Where somebody sits at a screen it is opened in a browser. A control room that does not come up is said, and keeps
    nothing from running.
    """
    with tempfile.TemporaryDirectory() as place:
        ready = Path(place) / "address"
        words = [*room_words(folder, port), "--ready-file", str(ready)]
        served = subprocess.Popen(  # noqa: S603  # our own words
            words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            env={**os.environ, MARK: str(os.getpid())},
        )  # fmt: skip
        try:
            _show(_link(served, ready))
            yield
        finally:
            _end(served)


def _link(served: "subprocess.Popen[bytes]", ready: Path) -> str:
    """Return the link of a control room, empty where it does not come up."""
    clock = WallClock()
    deadline = clock.now() + PATIENCE_NS
    while served.poll() is None and clock.now() < deadline:
        link = ready.read_text(encoding="utf-8") if ready.exists() else ""
        if link:
            return link
        clock.sleep(_NAP_NS)
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
