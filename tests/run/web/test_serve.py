"""The web process as a browser sees it."""

from pathlib import Path

import pytest

from openbell.run.web.public import PublicBind
from tests.run.web.stage import Stage, on_stage


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", ""])  # what is refused
def test_E1_only_this_machine_is_listened_to(host: str, tmp_path: Path) -> None:
    async def act(stage: Stage) -> None:
        raise AssertionError(stage)

    with pytest.raises(PublicBind):
        on_stage(tmp_path, act, host=host)
