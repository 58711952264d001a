"""The seven sessions, run once for all tests that only read them."""

from pathlib import Path

import pytest

from tests.checklist.market import Market
from tests.run.operations.summer import summer


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> Market:
    """Return the finished run."""
    folder: Path = tmp_path_factory.mktemp("operations")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENBELL_HOME", str(folder / "home"))
        return summer(folder)
