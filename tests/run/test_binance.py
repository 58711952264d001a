import asyncio
import json
import os
import signal
import subprocess
import sys
from decimal import Decimal
from itertools import islice
from pathlib import Path

import aiohttp
import pytest

from openbell.core.types import MINUTE_NS
from openbell.run.binance import PRICES, Terms, house_of, instruments_of
from openbell.run.clock import WallClock
from openbell.run.venue import Goods
from tests.house.source import ROOT
from tests.wire.binance.stand import T0, signed

TERMS = Terms(coins={"USDT": Decimal(5)})


def test_pairs_have_the_vendors_steps() -> None:
    made = instruments_of((*PRICES, "ADAUSDT"))
    assert [(one.currency, one.lot) for one in made.values()] == [
        ("USDT", Decimal("0.00001")), ("USDT", Decimal("0.0001")), ("USDT", Decimal("0.0001")),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="like BTCUSDT"):
        instruments_of(("BTC/USDT",))


def test_an_invented_market_trades_coins_and_goes_on_from_its_past() -> None:
    house, instants = house_of(Goods(symbols=tuple(PRICES), interval=MINUTE_NS), TERMS, T0)
    last = house.tape.minutes("BTCUSDT")[-1]
    first, *_ = islice(instants, 1)
    assert (last.ts, house.desk.books.coins) == (T0, {"USDT": 5})
    assert abs(first[0].open / last.close - 1) < 0.02
    assert 0.5 < last.volume < 50


def test_recorded_bars_are_played_as_they_are(tmp_path: Path) -> None:
    rows = "".join(f"2024-01-02T15:0{n}:00Z,{n + 1},{n + 1},{n + 1},{n + 1},10\n" for n in range(3))
    (tmp_path / "BTCUSDT.csv").write_text(f"ts,open,high,low,close,volume\n{rows}")
    house, instants = house_of(Goods(symbols=("BTCUSDT",), interval=MINUTE_NS, data=tmp_path), TERMS, T0)
    assert [(bars[0].close, bars[0].volume) for bars in instants] == [(1.0, 10.0), (2.0, 10.0), (3.0, 10.0)]
    assert house.tape.minutes("BTCUSDT") == []


def test_the_front_quotes_within_a_second_and_ends_when_it_is_told(tmp_path: Path) -> None:
    words = ["--port", "0", "--log", str(tmp_path / "v.log"), "--ready-file", str(tmp_path / "ready")]
    words += ["--key", "mine", "--secret", "hush-hush", "--account", "7001", "--cash", "9000USDT,1BTC"]
    front = subprocess.Popen(
        [sys.executable, "-m", "openbell", "venue", "binance", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert front.stderr is not None
    lines = [front.stderr.readline(), front.stderr.readline()]
    assert "SIMULATED account uid 7001 of 9000 USDT, 1 BTC, key mine with the given secret" in lines[0]
    assert "hush" not in "".join(lines)
    url = (tmp_path / "ready").read_text().strip()

    async def first_quotes() -> set[str]:
        found: set[str] = set()
        place = f"{url}/stream?streams=btcusdt@bookTicker/ethusdt@bookTicker"
        sent = signed({}, WallClock().now(), "hush-hush")
        async with aiohttp.ClientSession(headers={"X-MBX-APIKEY": "mine"}) as http, http.ws_connect(place) as socket:
            async with http.get(f"{url}/api/v3/account?{sent}") as answer:
                account = await answer.json()
            coins = {row["asset"]: row["free"] for row in account["balances"]}
            assert (account["uid"], coins) == (7001, {"USDT": "9000.00000000", "BTC": "1.00000000"})
            while len(found) < 2:
                found.add((await socket.receive_json(timeout=60))["data"]["s"])
        return found

    assert asyncio.run(first_quotes()) == {"BTCUSDT", "ETHUSDT"}
    front.send_signal(signal.SIGTERM)
    front.communicate(timeout=180)
    assert front.returncode == 0
    entries = [json.loads(line) for line in (tmp_path / "v.log").read_text().splitlines()]
    assert (entries[0]["kind"], entries[-1]["kind"]) == ("opened", "closed")
