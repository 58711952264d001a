"""A home of its own for every test, a small configuration, and one finished state that tests only read."""

from pathlib import Path

import pytest

from tests.cli.process import CONFIG, Said, config_of, perform


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a file that trades one invented symbol for two days."""
    file = tmp_path / "small.yaml"
    file.write_text(CONFIG, encoding="utf-8")
    return file


@pytest.fixture
def few_bars(config: Path) -> None:
    """Let the file trade bars of five minutes: each of many runs is short."""
    config.write_text(config_of(interval="5m"), encoding="utf-8")


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> "Call":
    """Return a caller of verbs that keeps what they said."""
    return Call(capfd)


class Call:
    """Performs verbs in this process."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture

    def __call__(self, *words: object) -> Said:
        self._capture.readouterr()
        code = perform([str(word) for word in words])
        out, err = self._capture.readouterr()
        assert "Traceback" not in err
        return Said(code, out, err)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the state of a finished run; tests read it and change nothing."""
    folder = tmp_path_factory.mktemp("finished")
    file = folder / "small.yaml"
    file.write_text(CONFIG, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENBELL_HOME", str(folder))
        assert perform(["run", str(file), "--speed", "max", "--state", str(folder / "state"), "--json"]) == 0
    return folder / "state"
