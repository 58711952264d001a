"""The web process as a browser sees it."""

from pathlib import Path

import pytest

from openbell.run.web.serve import PublicBind, check_host
from tests.run.web.stage import Stage, on_stage


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True),
        ("0.0.0.0", False), ("::", False), ("192.168.1.4", False), ("example.org", False), ("", False),
    ],
)  # fmt: skip
def test_E1_only_this_machine_is_listened_to(host: str, is_own: bool, tmp_path: Path) -> None:
    if is_own:
        check_host(host)
        return
    with pytest.raises(PublicBind):
        check_host(host)

    async def act(stage: Stage) -> None:
        raise AssertionError(stage)

    with pytest.raises(PublicBind):
        on_stage(tmp_path, act, host=host)
