"""One run for a terminal: from its state, or from a server."""

import asyncio
from pathlib import Path

import pytest

from openbell.run.clock import WallClock
from openbell.run.web.desk import OwnDesk, ServedDesk, Unreachable
from tests.run.web.stage import Stage, home_with, on_stage, settled


def test_a_server_and_the_state_itself_show_the_same(tmp_path: Path) -> None:
    home = home_with(tmp_path, "small")

    async def act(stage: Stage) -> None:
        await stage.come_in()
        await settled(stage, "small")
        _, made, _ = await stage.ask("POST", "/api/tokens", {"name": "top", "scopes": ["read"]})
        desk = ServedDesk(stage.address, made["token"])
        shown = await asyncio.to_thread(desk.look)
        own = OwnDesk(home / "small", WallClock()).look()
        for section in ("accounts", "positions", "orders", "limits", "alerts"):
            assert shown[section] == own[section], section
        with pytest.raises(Unreachable, match="403: this needs the right to cancel"):
            await asyncio.to_thread(desk.stop)
        _, made, _ = await stage.ask("POST", "/api/tokens", {"name": "top", "scopes": ["read", "trade"]})
        desk = ServedDesk(stage.address, made["token"], "small")
        assert "kill" in await asyncio.to_thread(desk.stop)
        with pytest.raises(Unreachable, match="401"):
            await asyncio.to_thread(ServedDesk(stage.address, "obt_x_y").look)

    on_stage(home, act)


@pytest.mark.parametrize("address", ["http://elsewhere.example:8787", "ftp://127.0.0.1", "8787"])
def test_a_token_goes_to_no_other_machine_in_the_open(address: str) -> None:
    with pytest.raises(Unreachable):
        ServedDesk(address, "obt_a_b")


def test_a_server_that_is_not_there_is_said() -> None:
    with pytest.raises(Unreachable, match="does not answer"):
        ServedDesk("http://127.0.0.1:1", "obt_a_b").look()
