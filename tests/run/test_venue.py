import json
import os
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from openbell.core.types import MINUTE_NS
from openbell.run.source import SourceError
from openbell.run.venue import Goods, instants_of, instruments_of
from tests.house.source import ROOT

GOODS = Goods(symbols=("AAA", "BTCUSDT:crypto"), interval=MINUTE_NS, seed=3)


def test_symbols_may_name_their_kind() -> None:
    made = instruments_of(GOODS)
    assert [instrument.calendar for instrument in made.values()] == ["NYSE", "24x7"]


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="AAA"):
        instruments_of(Goods(symbols=("AAA:bond",), interval=MINUTE_NS))


def test_an_invented_market_goes_on_where_a_day_ended() -> None:
    instants = instants_of(GOODS, instruments_of(GOODS))
    day = 24 * 60
    before, after = list(islice(instants, day - 1, day + 1))
    assert [bar.instrument for bar in before] == ["AAA", "BTCUSDT"]
    assert abs(after[0].open - before[0].close) < before[0].close * 0.2


def test_data_without_a_symbol_are_refused(tmp_path: Path) -> None:
    (tmp_path / "AAA.csv").write_text("ts,open,high,low,close,volume\n2024-01-02T15:00:00Z,1,1,1,1,1\n")
    goods = Goods(symbols=("ZZZ",), interval=MINUTE_NS, data=tmp_path)
    with pytest.raises(SourceError):
        next(instants_of(goods, instruments_of(goods)))


def test_a_venue_runs_as_a_process_until_it_is_told_to_end(tmp_path: Path) -> None:
    log = tmp_path / "venue.log"
    command = [sys.executable, "-m", "openbell", "venue", "plain", "--port", "0", "--log", str(log), "--speed", "0x"]
    venue = subprocess.Popen(
        [*command, "--control-port", "0"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert venue.stderr is not None
    lines = [venue.stderr.readline(), venue.stderr.readline()]
    assert "plain venue: account PLAIN-0001 (paper)" in lines[0]
    assert "open at ws://127.0.0.1:" in lines[1]
    assert len((tmp_path / "venue.ports").read_text().split()) == 2
    venue.send_signal(signal.SIGTERM)
    venue.communicate(timeout=180)
    assert venue.returncode == 0
    kinds = [json.loads(line)["kind"] for line in log.read_text().splitlines()]
    assert (kinds[0], kinds[-1]) == ("opened", "closed")
    assert (tmp_path / "venue.token").stat().st_mode & 0o077 == 0
