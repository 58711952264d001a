import asyncio
from pathlib import Path
from typing import Any

import aiohttp

from openbell.core.types import NS
from tests.wire.plain.stand import TOKEN, Hands, bar, running


class Operator:
    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self.session, self.base = session, base

    async def post(self, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        async with self.session.post(self.base + path, json=body) as reply:
            return reply.status, await reply.json()

    async def truth(self) -> dict[str, Any]:
        async with self.session.get(self.base + "/truth") as reply:
            found: dict[str, Any] = await reply.json()
            return found


def with_operator(folder: Path, play: Any, token: str = TOKEN) -> None:
    async def scene() -> None:
        async with running(folder, bars=[[bar(99.0)], [bar(98.0, n=2)]]) as (hands, _, base):
            await hands.hello()
            headers = {"Authorization": f"Bearer {token}"}
            async with aiohttp.ClientSession(headers=headers) as session:
                await play(Operator(session, base.rstrip("/")), hands)

    asyncio.run(scene())


def test_without_the_token_nothing_is_told(tmp_path: Path) -> None:
    async def play(operator: Operator, hands: Hands) -> None:
        assert (await operator.post("/trade", symbol="AAA", side="buy", qty="1"))[0] == 401
        assert hands.server.desk.books.positions == {}

    with_operator(tmp_path, play, token="wrong")


def test_the_operator_fills_trades_halts_and_reads_the_truth(tmp_path: Path) -> None:
    async def play(operator: Operator, hands: Hands) -> None:
        await hands.order("a")
        assert (await operator.post("/fill", cid="a", qty="4"))[1] == {"ok": True}
        assert (await hands.event("execution"))["qty"] == "4"
        assert (await operator.post("/trade", symbol="BBB", side="sell", qty="2"))[1]["positions"]["BBB"] == "-2"
        assert (await operator.post("/halt", symbol="BBB", halted=True))[0] == 200
        assert (await hands.event("status"))["halted"] is True
        truth = await operator.truth()
        assert (truth["positions"], truth["halted"]) == ({"AAA": "4", "BBB": "-2"}, ["BBB"])
        await operator.post("/halt", symbol="BBB", halted=False)
        assert (await operator.truth())["halted"] == []

    with_operator(tmp_path, play)


def test_the_operator_plays_the_market(tmp_path: Path) -> None:
    async def play(operator: Operator, hands: Hands) -> None:
        await hands.order("a")
        assert (await operator.post("/play", instants=5))[1] == {"ok": True, "played": 2}
        assert (await hands.event("execution"))["cid"] == "a"
        assert (await operator.post("/play", instants=0))[0] == 400

    with_operator(tmp_path, play)


def test_calm_sets_a_clock_right_that_was_moved(tmp_path: Path) -> None:
    async def play(operator: Operator, hands: Hands) -> None:
        await operator.post("/fault", do="skew", at="ping", by="-90s")
        await hands.ask("ping")
        assert hands.server.windows.skew == -90 * NS
        assert (await operator.post("/calm"))[0] == 200
        assert hands.server.windows.skew == 0

    with_operator(tmp_path, play)


def test_the_operator_adds_a_fault(tmp_path: Path) -> None:
    async def play(operator: Operator, hands: Hands) -> None:
        assert (await operator.post("/fault", do="cancel_refused"))[0] == 200
        await hands.order("a")
        assert (await hands.ask("cancel", cid="a", epoch=1))["code"] == "too_late"
        status, told = await operator.post("/fault", do="cancel_refuse")
        assert (status, "did you mean" in told["text"]) == (400, True)

    with_operator(tmp_path, play)


def test_the_operator_cuts_the_connections(tmp_path: Path) -> None:
    async def play(operator: Operator, hands: Hands) -> None:
        await operator.post("/cut")
        message = await hands.socket.receive(timeout=180)
        assert message.type is not aiohttp.WSMsgType.TEXT

    with_operator(tmp_path, play)


def test_a_wrong_wish_is_told_and_changes_nothing(tmp_path: Path) -> None:
    async def play(operator: Operator, hands: Hands) -> None:
        for path, body in (
            ("/trade", {"symbol": "ZZZ", "side": "buy", "qty": "1"}),
            ("/trade", {"symbol": "AAA", "side": "buy", "qty": "-1"}),
            ("/trade", {"symbol": "AAA"}),
            ("/fill", {"cid": "a", "qty": "x"}),
        ):
            assert (await operator.post(path, **body))[0] == 400
        assert hands.server.desk.books.executions == []

    with_operator(tmp_path, play)
