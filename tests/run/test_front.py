import asyncio
import json
import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest

from openbell.core.types import MINUTE_NS, NS
from openbell.run.clock import WallClock
from openbell.run.front import house_of, instruments_of, play
from openbell.run.source import SourceError
from openbell.run.venue import Goods, Pace
from openbell.wire.alpaca.market import Booth
from openbell.wire.log import Log
from openbell.wire.market import Market
from tests.house.source import ROOT
from tests.wire.alpaca.stand import HEADERS, T0


def test_stocks_and_coins_are_told_apart_by_their_slash_and_are_traded_in_parts() -> None:
    made = instruments_of(("AAPL", "BTC/USD"))
    assert [(one.calendar, one.lot) for one in made.values()] == [("NYSE", Decimal("1E-9")), ("24x7", Decimal("1E-9"))]


def test_recorded_bars_are_played_as_they_are(tmp_path: Path) -> None:
    rows = "".join(f"2024-01-02T15:0{n}:00Z,{n + 1},{n + 1},{n + 1},{n + 1},10\n" for n in range(3))
    (tmp_path / "AAPL.csv").write_text(f"ts,open,high,low,close,volume\n{rows}")
    house, instants = house_of(Goods(symbols=("AAPL",), interval=MINUTE_NS, data=tmp_path), Decimal(5), T0)
    assert [bars[0].close for bars in instants] == [1.0, 2.0, 3.0]
    assert (house.tape.minutes("AAPL"), house.desk.books.cash) == ([], 5)
    goods = Goods(symbols=("SPY",), interval=MINUTE_NS, data=tmp_path)
    with pytest.raises(SourceError):
        list(house_of(goods, Decimal(5), T0)[1])


def test_the_front_quotes_within_a_second_and_ends_when_it_is_told(tmp_path: Path) -> None:
    words = ["--port", "0", "--log", str(tmp_path / "v.log"), "--ready-file", str(tmp_path / "ready")]
    words += ["--key", "PKMINE", "--secret", "hush-hush", "--account", "PA2026", "--cash", "25000USD"]
    keys = {"APCA-API-KEY-ID": "PKMINE", "APCA-API-SECRET-KEY": "hush-hush"}
    front = subprocess.Popen(
        [sys.executable, "-m", "openbell", "venue", "alpaca", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert front.stderr is not None
    lines = [front.stderr.readline(), front.stderr.readline()]
    assert "SIMULATED account PA2026 of 25000 USD, key PKMINE with the given secret" in lines[0]
    assert "hush" not in "".join(lines)
    url = (tmp_path / "ready").read_text().strip()
    assert url in lines[1]

    async def first_quote() -> str:
        async with aiohttp.ClientSession(headers=keys) as http, http.ws_connect(f"{url}/v2/iex") as socket:
            async with http.get(f"{url}/v2/account") as answer:
                account = await answer.json()
            assert (account["account_number"], account["cash"]) == ("PA2026", "25000")
            async with http.get(f"{url}/v2/account", headers=HEADERS) as answer:
                assert answer.status == 401
            await socket.send_json({"action": "subscribe", "quotes": ["SPY"]})
            while (frame := await socket.receive_json(timeout=60))[0]["T"] != "q":
                pass
            return str(frame[0]["S"])

    assert asyncio.run(first_quote()) == "SPY"
    front.send_signal(signal.SIGTERM)
    front.communicate(timeout=180)
    assert front.returncode == 0
    entries = [json.loads(line) for line in (tmp_path / "v.log").read_text().splitlines()]
    assert (entries[0]["kind"], entries[-1]["kind"]) == ("opened", "closed")
    assert "hush" not in (tmp_path / "v.log").read_text()
    assert (tmp_path / "ready").stat().st_mode & 0o077 == 0
    assert entries[-1]["time"] - entries[0]["time"] < 600 * NS


def test_the_end_of_a_recording_is_said(tmp_path: Path) -> None:
    (tmp_path / "AAPL.csv").write_text(
        "ts,open,high,low,close,volume\n2024-01-02T15:00:00Z,1,1,1,1,10\n2024-01-02T15:01:00Z,1,1,1,1,10\n"
    )
    house, instants = house_of(Goods(symbols=("AAPL",), interval=MINUTE_NS, data=tmp_path), Decimal(5), T0)
    log, said = Log(tmp_path / "v.log"), list[str]()
    market = Market(Booth(house, lambda *_: None), instants, (MINUTE_NS, 60_000.0))
    asyncio.run(play(market, log, Pace(speed=60_000.0, now=WallClock().now, say=said.append)))
    log.close()
    assert said == ["all 2 minutes are played: prices stand still from now on"]
    assert json.loads((tmp_path / "v.log").read_text())["bars"] == 2
