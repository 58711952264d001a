"""One run whose market changed; tests that only read it share it."""

from pathlib import Path

import pytest

from tests.run.study.drifted import run


@pytest.fixture(scope="session")
def drifted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the state of the run."""
    folder = tmp_path_factory.mktemp("drifted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENBELL_HOME", str(folder / "home"))
        return run(folder)
