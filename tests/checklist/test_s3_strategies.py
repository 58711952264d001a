"""S3, strategies: the three that it names, as backtest, as a run and as its replay."""

from pathlib import Path

import pytest

from openbell.core.strategy import Strength, strength
from openbell.run import assemble, source
from openbell.run.backtest import backtest
from openbell.run.live import Settings, live
from openbell.run.reading import fold
from openbell.run.replay import replay
from openbell.run.sessions import sessions_of
from openbell.run.state import Origin, journal, make, write_origin
from openbell.run.verified import verify
from tests.parts.kernels import build as b

CONFIG = """\
title: Three strategies
source: {{kind: synthetic, seed: 5, days: 1, volatility: 70%, prices: {{AURA: 84, BOLT: 212}}}}
instruments: {{default: {{kind: stock, calendar: 24x7}}}}
accounts:
  main: {{broker: sim, cash: 100000 USD, spread: 0.02%}}
deployments:
  - name: only
    strategy: {strategy}
    instruments: [AURA, BOLT]
    bars: 1m
    account: main
    short: true
    budget: {{capital: 100000 USD, per_position: 20%, positions: 2}}
    exits: {{stop_loss: 1%, take_profit: 3%}}
rules:
  preset: none
  kill: {{}}
  session_hours: {{}}
  daily_loss: {{}}
  max_position: {{limit: 25%}}
  max_positions: {{}}
  duplicate: {{}}
"""
STRATEGIES = {
    "ema_cross": "{kind: ema_cross, fast: 20, slow: 60}",
    "vwap": "{kind: vwap, band: 0.5%}",
    "volume_breakout": "{kind: volume_breakout, period: 60, exit_period: 30}",
}

b.begin()


def prepare(folder: Path) -> tuple[assemble.Prepared, source.Source]:
    loaded, shelves = assemble.read(folder / "config.yaml", {})
    prepared = assemble.prepare(loaded, shelves)
    look_up = sessions_of(loaded.config.calendars, None)
    assert prepared.feed is not None and prepared.feed_options is not None
    return prepared, source.load(prepared.spec, prepared.feed, prepared.feed_options, look_up, None)


@pytest.mark.parametrize("kind", sorted(STRATEGIES))
def test_it_ships_and_gives_the_same_in_backtest_run_replay_and_compiled(kind: str, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG.format(strategy=STRATEGIES[kind]), encoding="utf-8")
    tested = backtest(*prepare(tmp_path)).figures
    assert tested["trades"] > 4
    state = tmp_path / "state"
    make(state)
    write_origin(state, Origin(folder=str(tmp_path)))
    ran = live(*prepare(tmp_path), Settings(state=state)).figures
    again = replay(state, {})
    assert again.difference == ""
    assert tested["orders_hash"] == ran["orders_hash"] == again.orders_hash
    assert tested["equity_end"] == ran["equity_end"]
    b.compiled_once()
    found = verify(*prepare(tmp_path), b.CACHE)
    assert (found["reason"], found["difference"], found["compiled"]["orders_hash"]) == ("", "", tested["orders_hash"])
    assert fold(journal(state))[0].truth.orders_hash.hex() == tested["orders_hash"]


def test_a_signals_strength_has_words() -> None:
    assert [strength(x) for x in (0.0, 0.2, 0.5, 0.9)] == [
        Strength.NONE,
        Strength.WEAK,
        Strength.MODERATE,
        Strength.STRONG,
    ]
    assert f"{Strength.STRONG}" == "STRONG"
