"""What the linter is told of a run."""

from pathlib import Path

import pytest

from openbell.run import assemble
from openbell.run.lore import lore_of, warmup

MINUTE_NS = 60_000_000_000
FILE = """\
source: {{kind: synthetic, days: 2, interval: {interval}}}
instruments: {{default: {{calendar: {calendar}}}}}
accounts: {{main: {{broker: sim, cash: 1000 USD}}}}
deployments:
  - {{name: one, strategy: {strategy}, instruments: [AURA], bars: {interval}, account: main, budget: {{capital: 1000 USD}}}}
"""


def prepared(folder: Path, strategy: str, calendar: str = "NYSE", interval: str = "1m") -> assemble.Prepared:
    path = folder / "c.yaml"
    path.write_text(FILE.format(strategy=strategy, calendar=calendar, interval=interval), encoding="utf-8")
    return assemble.prepare(*assemble.read(path, {}))


@pytest.mark.parametrize(
    ("strategy", "bars"),
    [
        ("{kind: ema_cross, fast: 12, slow: 26}", 26),
        ("{kind: momentum, fast_period: 12, slow_period: 28}", 27),
        ("{kind: breakout, period: 20}", 20),
        ("{kind: mean_reversion, period: 20}", 19),
        ("{kind: vwap, min_bars: 5}", 4),
        ("{kind: pullback}", 0),
    ],
)
def test_the_warm_up_of_a_strategy_is_measured(strategy: str, bars: int, tmp_path: Path) -> None:
    one = prepared(tmp_path, strategy).strategies["one"]
    assert warmup(one, MINUTE_NS, 1000) == bars


def test_a_strategy_that_never_decides_takes_all_there_is(tmp_path: Path) -> None:
    one = prepared(tmp_path, "{kind: ema_cross, fast: 12, slow: 900}").strategies["one"]
    assert warmup(one, MINUTE_NS, 500) == 500
    assert warmup(one, MINUTE_NS, 0) == 0


@pytest.mark.parametrize(
    ("calendar", "interval", "bars"), [("NYSE", "1m", 780), ("24x7", "1m", 2880), ("NYSE", "1d", 2), ("KRX", "5m", 156)]
)
def test_an_invented_source_holds_so_many_bars(calendar: str, interval: str, bars: int, tmp_path: Path) -> None:
    made = prepared(tmp_path, "{kind: ema_cross}", calendar, interval)
    lore = lore_of(made.loaded, made.spec, made.strategies, {})
    assert lore.bars == {"one": bars}
    assert lore.rates == {}
