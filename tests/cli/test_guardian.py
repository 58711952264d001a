"""`openbell guardian`."""

import signal
from collections.abc import Callable
from pathlib import Path

from openbell.run.state import writer
from tests.cli.process import Said
from tests.run.trial import REST, trial

Caller = Callable[..., Said]


def test_it_needs_to_know_the_accounts(call: Caller, finished: Path, tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    said = call("guardian", tmp_path)
    assert (said.code, "does not say which file" in said.err) == (2, True)


def test_it_watches_over_a_state_until_told_to_end(tmp_path: Path) -> None:
    with trial(tmp_path) as world:
        engine = world.engine("s", "--no-guardian")
        guardian = world.start("guardian", str(tmp_path / "s"))
        while not writer(tmp_path / "s" / "guardian"):
            REST.wait(0.02)
        guardian.send_signal(signal.SIGTERM)
        _, told = guardian.communicate(timeout=180)
        assert (guardian.returncode, "guardian of" in told, ": main" in told) == (0, True, True)
        assert engine.poll() is None
