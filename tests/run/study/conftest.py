"""One run whose market changed; tests that only read it share it."""

from pathlib import Path

import pytest

from tests.run.study.drifted import run_apart


@pytest.fixture(scope="session")
def drifted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the state of the run."""
    return run_apart(tmp_path_factory)
