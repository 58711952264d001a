import asyncio
from pathlib import Path

from openbell.core.types import MINUTE_NS, NS
from tests.wire.plain.stand import bar, running


def test_bars_are_stamped_with_the_venues_clock_and_follow_each_other(tmp_path: Path) -> None:
    async def play() -> None:
        async with running(tmp_path, bars=[[bar(100.0)], [bar(101.0, n=2)]]) as (hands, market, _):
            await hands.hello()
            await hands.ask("subscribe", stream="bars", symbol="AAA")
            await hands.ask("subscribe", stream="quotes", symbol="AAA")
            assert market.play(5) == 2
            frames = [await hands.next() for _ in range(4)]
            first, quote, second, _last = frames
            assert (first["close"], second["close"], second["every"]) == (100.0, 101.0, MINUTE_NS)
            assert second["opened"] == first["time"]
            assert quote["bid"] < 100.0 < quote["ask"]
            assert market.played == 2

    asyncio.run(play())


def test_a_halted_symbol_is_silent(tmp_path: Path) -> None:
    async def play() -> None:
        async with running(tmp_path, bars=[[bar(100.0)]]) as (hands, market, _):
            await hands.hello()
            await hands.ask("subscribe", stream="bars", symbol="AAA")
            hands.server.desk.clerk.halted.add("AAA")
            market.play(1)
            await hands.send("ping")
            assert "re" in await hands.next()

    asyncio.run(play())


def test_a_market_ends_with_its_source(tmp_path: Path) -> None:
    async def play() -> None:
        async with running(tmp_path, bars=[[bar(100.0)], [bar(101.0, n=2)]]) as (_, market, _base):
            await market.run(NS // 1_000_000)
            assert market.played == 2

    asyncio.run(play())
    assert '"market_ended"' in (tmp_path / "venue.log").read_text()
