"""Whose bars and quotes are asked for, and who gets each quote."""

from pathlib import Path

from openbell.config.plan import BYTES_PER_BAR, BYTES_PER_QUOTE, plan
from openbell.core.types import NS
from openbell.run import assemble
from openbell.run.wanted import eager_of, quotes_of, streams_of

STRATEGY = """
import msgspec

from openbell.schema import PartConfig


class Config(PartConfig):
    pass


class State(msgspec.Struct):
    pass


def decide(config, state, bar, view):
    return []


def on_quote(config, state, quote, view):
    return []
"""
FILE = """
mode: paper
accounts:
  bare: {broker: plain, url: "ws://127.0.0.1:7001/v1", account: "1", cash: 1000 USD}
  full: {broker: plain, url: "ws://127.0.0.1:7002/v1", account: "2", cash: 1000 USD, quotes: true}
deployments:
  - {name: a, strategy: {kind: ema_cross}, instruments: [AAA, BBB], bars: 1m, account: bare, budget: {capital: 100 USD}}
  - {name: b, strategy: {kind: ./quoting.py}, instruments: [BBB], bars: 1m, account: bare, budget: {capital: 100 USD}}
  - {name: c, strategy: {kind: ema_cross}, instruments: [DDD], bars: 10m, account: full, budget: {capital: 100 USD}}
  - {name: d, strategy: {kind: ema_cross}, instruments: [CCC, DDD], bars: 5m, account: full, budget: {capital: 100 USD}}
instruments:
  AAA: {kind: stock}
  BBB: {kind: stock}
  CCC: {kind: stock}
  DDD: {kind: stock}
rules: []
"""


def prepared(folder: Path) -> assemble.Prepared:
    (folder / "quoting.py").write_text(STRATEGY)
    path = folder / "run.yaml"
    path.write_text(FILE)
    loaded, found = assemble.read(path, {})
    return assemble.prepare(loaded, found)


def test_the_plan_counts_the_bytes_of_quotes_once_an_instrument(tmp_path: Path) -> None:
    made = plan(prepared(tmp_path).loaded)
    bars, quotes = 3 * 1440 + 144 + 2 * 288, 2 * 86_400
    assert made.data["disk_bytes_a_day"] == bars * BYTES_PER_BAR + quotes * BYTES_PER_QUOTE
    told = f"({bars} bars x 220 bytes + {quotes} quotes x 120 bytes, a day of 24 hours assumed)"
    assert any(told in line for line in made.lines)


def test_quotes_come_for_an_account_that_wants_them_and_for_strategies_that_decide_on_them(tmp_path: Path) -> None:
    run = prepared(tmp_path)
    assert eager_of(run) == {"BBB"}
    assert quotes_of(run, "bare") == ("BBB",)
    assert quotes_of(run, "full") == ("DDD", "CCC")


def test_bars_come_once_for_each_instrument_with_the_longest_silence_of_the_shortest_of_them(tmp_path: Path) -> None:
    spec = prepared(tmp_path).spec
    assert streams_of(spec, "bare") == (("AAA", 75 * NS), ("BBB", 75 * NS))
    assert streams_of(spec, "full") == (("DDD", 360 * NS), ("CCC", 360 * NS))
    assert streams_of(spec, "nobody") == ()
