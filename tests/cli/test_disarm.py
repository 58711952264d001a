"""`openbell disarm`."""

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.cli.process import Said


def test_it_waits_for_the_next_start_where_no_engine_runs(
    call: Callable[..., Said], finished: Path, tmp_path: Path
) -> None:
    state = shutil.copytree(finished, tmp_path / "state")
    said = call("disarm", state, "--reason", "done for today", "--json")
    assert (said.data["kind"], said.data["by"], said.data["is_taken"]) == ("disarm", "file", False)
    assert "exits and protection go on" in said.data["told"]
