"""A home apart from the user's, and verbs that keep what they said."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.process import Said, begin, perform, until


@pytest.fixture(scope="session")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one home for all: states are named everywhere, and calendars are worked out once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def _home(_shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(_shared))
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Return a caller of verbs in this process."""

    def say(*words: object) -> Said:
        capfd.readouterr()
        code = perform([str(word) for word in words])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return Said(code, out, err)

    return say


@pytest.fixture
def venue(tmp_path: Path) -> Iterator[str]:
    """The plain venue in a process of its own, a bar of a minute four times a second; its address."""
    log = tmp_path / "venue.log"
    process = begin(tmp_path, "venue", "plain", "--port", "0", "--log", log, "--speed", "240x", "--symbols", "SPY")
    ports = log.with_suffix(".ports")
    until(ports.is_file, "the venue's port")
    yield f"ws://127.0.0.1:{ports.read_text(encoding='utf-8').split()[0]}/v1"
    process.terminate()
    process.communicate(timeout=180)
