"""S2 and S1, recovery: what a restart gives back, isolation of strategies, audit."""

import json
from collections.abc import Callable
from pathlib import Path

from openbell.core import effects as fx
from openbell.core.record import digest
from openbell.core.types import Side
from openbell.edges.logs.book import ERRORS
from openbell.run import assemble
from openbell.run.logbook import FOLDER
from openbell.run.recover import start
from tests.checklist.market import AGAIN, FAIL, FLAT, LONG, Market, config, deployment, rows
from tests.cli.process import LASTS, Said, begin, records, until

Caller = Callable[..., Said]


def test_a_killed_process_starts_again_with_the_orders_and_positions_of_the_venue(tmp_path: Path) -> None:
    entry = deployment(symbols="AAA, BBB", more="exits: {stop_loss: 2%, take_profit: 5%}")
    bars = rows([(100, LONG), *[100] * 4_000], "AAA") + rows([(50, LONG), 50, (50, FLAT), *[50] * 4_000], "BBB")
    market = Market(tmp_path, config(deployments=[entry]), bars)
    process = begin(tmp_path, "run", market.file, "--state", market.state, "--speed", LASTS, "--json")
    until(lambda: records(market.state) > 60, "the first bars")
    process.kill()
    process.communicate(timeout=180)
    prepared, told = market.prepare()
    started = start(prepared, market.state / "journal", told)
    book, venue = started.engine.book, started.loop.ports.venues["main"]
    assert started.recovered_seq > 60
    assert isinstance(venue, assemble.Exchange)
    for symbol, qty in (("AAA", 100), ("BBB", 0)):
        assert book.position("alpha", symbol).qty == venue.floor.held(symbol) == qty
    ours = {(o.oid, o.qty, o.stop, o.limit) for orders in book.open_orders.values() for o in orders.values()}
    theirs = {(o.oid, o.qty, o.stop, o.limit) for o in venue.floor.state.orders.values()}
    assert ours == theirs
    assert len(ours) == 2
    # None of this took a decision: nothing was written.
    assert started.journal.seq == started.recovered_seq
    started.journal.close()


def test_strategy_state_counters_and_kill_switch_are_restored(call: Caller, tmp_path: Path) -> None:
    path = [(100, LONG), (101, FLAT), 99, (98, LONG), 97, 96, (95, FLAT), 95, (95, LONG), 95]
    market = Market(tmp_path, config(), rows(path))
    market.live(until_bars=5)
    call("kill", market.state, "--reason", "drill")
    market.live(until_bars=7)
    before = market.told.book.truth
    prepared, told = market.prepare()
    started = start(prepared, market.state / "journal", told)
    truth, pair = started.engine.book.truth, started.engine.traders.pair("alpha", "AAA")
    assert digest(truth) == digest(before)
    assert pair is not None
    assert (pair.state.d[0], pair.state.q[0]) == (95.0, 7)
    assert (truth.counts.bars, truth.counts.orders, truth.accounts["main"].entries) == (7, 4, 2)
    assert list(truth.latches) == ["kill/all"]
    started.journal.close()
    market.live()
    assert market.told.codes()[8] == "KILLED"


def test_an_exception_pauses_its_deployment_with_log_and_alert_and_the_other_trades_on(
    call: Caller, tmp_path: Path
) -> None:
    both = [deployment("aa", symbols="AAA", budget="capital: 50000 USD"),
            deployment("bb", symbols="BBB", budget="capital: 50000 USD")]  # fmt: skip
    bars = rows([(100, LONG), 100, (100, FAIL), (100, FLAT), (100, AGAIN), 100], "AAA")
    bars += rows([(100, LONG), 100, (100, FLAT), (100, LONG), 100, (100, FLAT)], "BBB")
    market = Market(tmp_path, config(deployments=both), bars)
    assert call("run", market.file, "--state", market.state, "--json").code == 0
    told = market.told
    assert told.codes("AAA")[2:] == ["STRATEGY_ERROR", "FROZEN", "FROZEN", "FROZEN"]
    assert told.codes("BBB") == ["SIGNAL_LONG", "NO_SIGNAL", "SIGNAL_FLAT", "SIGNAL_LONG", "NO_SIGNAL", "SIGNAL_FLAT"]
    (latch,) = call("status", market.state, "--json").data["latches"]
    assert (latch["kind"], latch["scope"]) == ("frozen", "deployment:aa")
    assert "ValueError: the strategy fell over" in latch["reason"]
    assert [note.kind for note in told.effects(fx.Note)] == ["strategy_error"]
    (alert,) = told.effects(fx.Alert)
    assert (alert.level, alert.key) == ("critical", "frozen/aa")
    assert "the strategy fell over" in alert.text
    logged = [json.loads(line) for line in (market.state / FOLDER / ERRORS).read_text(encoding="utf-8").splitlines()]
    assert [line["message"] for line in logged] == ["gate frozen closed", alert.text, "S020 strategy_error on AAA"]
    # With the line of the file in which it was raised.
    assert 'raise ValueError("the strategy fell over")' in logged[2]["error.stack_trace"]


def test_a_failure_on_one_ticker_does_not_stop_the_next(call: Caller, tmp_path: Path) -> None:
    entry = deployment(symbols="AAA, BBB", more="exits: {stop_loss: 20%}")
    bars = rows([(100, LONG), 100, (100, FAIL), (100, FLAT), (100, AGAIN), 100], "AAA")
    bars += rows([(50, LONG), 50, (50, FLAT), (50, LONG), 50, (50, FLAT)], "BBB")
    market = Market(tmp_path, config(deployments=[entry]), bars)
    assert call("run", market.file, "--state", market.state, "--json").code == 0
    told = market.told
    assert told.codes("AAA") == ["SIGNAL_LONG", "NO_SIGNAL", "STRATEGY_ERROR", "FROZEN", "FROZEN", "FROZEN"]
    assert told.codes("BBB") == ["SIGNAL_LONG", "NO_SIGNAL", "SIGNAL_FLAT", "SIGNAL_LONG", "NO_SIGNAL", "SIGNAL_FLAT"]
    (latch,) = call("status", market.state, "--json").data["latches"]
    assert (latch["kind"], latch["scope"]) == ("frozen", "deployment:alpha/AAA")
    (alert,) = told.effects(fx.Alert)
    assert (alert.level, alert.key) == ("critical", "frozen/alpha/AAA")
    # What is held stays, with its protection, and the reason is told to whoever asks.
    assert told.book.position("alpha", "AAA").qty == 100
    assert [str(order.type) for order in told.book.open_orders["AAA"].values()] == ["stop"]
    why = call("why", market.state, "AAA")
    assert "frozen" in why.out
    assert "ValueError: the strategy fell over on AAA" in why.out
    resumed = call("resume", market.state, "--scope", "deployment:alpha/AAA", "--reason", "mended")
    assert resumed.code == 0
    assert call("replay", market.state, "--json").code == 0
    backtest = call("backtest", market.file, "--json").data
    assert backtest["orders_hash"] == call("status", market.state, "--json").data["orders_hash"]


def test_the_eleventh_position_over_all_strategies_is_refused(tmp_path: Path) -> None:
    symbols = [f"S{chr(65 + n)}" for n in range(12)]
    both = [deployment("one", symbols=", ".join(symbols[::2]), budget="capital: 50000 USD"),
            deployment("two", symbols=", ".join(symbols[1::2]), budget="capital: 50000 USD")]  # fmt: skip
    bars = [bar for symbol in symbols[:11] for bar in rows([(100, LONG), 100], symbol)] + rows([100, 100], symbols[11])
    rules = ("{max_position: off}", "{kind: max_positions, limit: 10}")
    market = Market(tmp_path, config(deployments=both, rules=rules), bars)
    market.run()
    entered = {order.instrument for order in market.told.entered}
    (left,) = set(symbols[:11]) - entered
    assert market.told.codes(left)[0] == "MAX_POSITIONS"
    assert {order.deployment for order in market.told.entered} == {"one", "two"}


def test_what_stop_does_with_positions_is_said_and_done(call: Caller, tmp_path: Path) -> None:
    market = Market(tmp_path, config(), rows([(100, LONG), *[100] * 4_000]))
    process = begin(tmp_path, "run", market.file, "--state", market.state, "--speed", LASTS, "--json")
    until(lambda: records(market.state) > 60, "the first bars")
    assert "positions and resting protection stay" in call("stop", market.state).out
    process.communicate(timeout=180)
    assert market.told.book.position("alpha", "AAA").qty == 100
    told = call("stop", market.state, "--close")
    assert "positions are being closed, then the run ends" in told.out
    data = call("run", market.file, "--state", market.state, "--json").data
    assert data["is_complete"] is False
    assert market.told.book.position("alpha", "AAA").qty == 0
    assert market.told.fills[-1].side is Side.SELL


def test_the_record_only_grows_and_can_be_verified(call: Caller, tmp_path: Path) -> None:
    market = Market(tmp_path, config(), rows([(100, LONG), (101, FLAT)] * 20))
    raw = []
    for n, end in enumerate(("00:05", "00:21", "00:40")):
        market.run("--until", f"2024-01-02T{end}")
        target = tmp_path / f"{n}.raw"
        call("journal", "export", market.state, "--raw", "--out", target)
        raw.append(target.read_bytes())
        assert call("journal", "verify", market.state).code == 0
    assert raw[1].startswith(raw[0])
    assert raw[2].startswith(raw[1])
    segment = market.state / "journal" / "000001.seg"
    data = bytearray(segment.read_bytes())
    data[len(raw[0]) // 2] ^= 1
    segment.write_bytes(data)
    said = call("journal", "verify", market.state)
    assert (said.code, "DAMAGED" in said.out, "000001.seg" in said.out) == (3, True, True)
