"""S2, components: one way to the venue, positions as the venue has them, alerts and blocks, order of start and stop."""

import ast
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openbell import LiveTrader, LiveTradingConfig, Status, StrategyConfig
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.run import assemble, embedded
from openbell.run.live import Settings, live
from openbell.run.logbook import FOLDER
from openbell.run.state import journal
from tests.checklist.market import AGAIN, FLAT, HALF, LONG, SHORT, Market, Told, config, deployment, rows
from tests.house.source import sources, walk


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))


def calls(name: str, owner: str) -> set[str]:
    """Return the files in which something called `owner` is asked to `name` (a method) anything."""
    found = set()
    for source in sources():
        for node in walk(source.tree):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name
            if is_call and owner in ast.unparse(node.func.value):  # type: ignore[attr-defined]  # it is a call
                found.add(source.inner)
    return found


def test_one_component_alone_hands_orders_to_a_venue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert calls("take", "venues") == {"run/loop.py"}
    assert calls("send", "transport") == {"run/outbox.py"}
    assert calls("send", "_line") == {"run/door.py"}
    # And what it hands over is what the engine has decided and the journal holds: nothing more, nothing else.
    handed: list[fx.Effect] = []
    take = assemble.Exchange.take

    def spy(self: assemble.Exchange, effect: fx.Effect, ts: int) -> None:
        handed.append(effect)
        take(self, effect, ts)

    monkeypatch.setattr(assemble.Exchange, "take", spy)
    entry = deployment(more="exits: {stop_loss: 2%}")
    market = Market(
        tmp_path, config(deployments=[entry]), rows([(100, LONG), 100, (100, FLAT), 100, (100, LONG), 95, 95])
    )
    assert market.run() == 0
    out = (fx.Submit, fx.Amend, fx.Cancel, fx.Query)
    written = [effect for entry in market.told.entries for effect in entry.effects if isinstance(effect, out)]
    assert len(written) == 5
    assert handed == written


@pytest.mark.parametrize("participation", ["0", "0.5"])
def test_positions_are_those_of_the_venue_after_every_update(tmp_path: Path, participation: str) -> None:
    path = [
        (100, LONG),
        101,
        (99, HALF),
        98,
        (97, SHORT),
        96,
        (99, FLAT),
        99,
        (100, AGAIN),
        103,
        (95, SHORT),
        94,
        97,
        90,
    ]
    both = [deployment("alpha", symbols="AAA, BBB", more="short: true\n    exits: {stop_loss: 3%}")]
    account = f"cash: 100000 USD, participation: {participation}"
    bars = rows(path, "AAA") + rows(
        [(px, wish) for px, wish in zip([50] * 14, [w for _, w in map(_pair, path)], strict=True)], "BBB"
    )
    market = Market(tmp_path, config(deployments=both, account=account), bars)
    prepared, source = market.prepare()
    compared, held = 0, set()
    venues: list[assemble.Exchange] = []
    made = assemble.Exchange.__init__

    def keep(self: assemble.Exchange, *words: object, **named: object) -> None:
        made(self, *words, **named)  # type: ignore[arg-type]  # handed on as they are
        venues.append(self)

    def compare(book: Book, event: ev.Event, effects: list[fx.Effect]) -> None:
        nonlocal compared
        # The venue speaks before the bar that it spoke of: behind a bar everything has been told.
        if isinstance(event, ev.Bar):
            compared += 1
            told = venues[0].floor.held(event.instrument)
            held.add(told)
            assert book.position("alpha", event.instrument).qty == told

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assemble.Exchange, "__init__", keep)
        live(prepared, source, Settings(state=market.state, watch=compare))
    assert compared == 28 and len(held) > 1
    book = market.told.book
    assert {s: book.position("alpha", s).qty for s in ("AAA", "BBB")} == {
        s: venues[0].floor.held(s) for s in ("AAA", "BBB")
    }


def _pair(one: object) -> tuple[float, int]:
    return one if isinstance(one, tuple) else (float(one), 1)  # type: ignore[arg-type,return-value]  # prices and wishes


def test_risk_alerts_first_and_then_blocks_entries_but_no_exit(tmp_path: Path) -> None:
    one = deployment(symbols="AAA, BBB", budget="capital: 100000 USD, per_position: 50%")
    rules = ("{max_position: off}", "{max_positions: off}", "{kind: daily_loss, limit: 2%, warn: 1%, release: manual}")
    # Half the capital falls by 2.4 %, then by 5 %.
    path = [(100, LONG), 100, 97.6, 95, 95, (95, FLAT), 95, (95, LONG), 95]
    bars = rows(path, "AAA") + rows([50, 50, 50, 50, (50, LONG), 50, 50, 50, 50], "BBB")
    market = Market(tmp_path, config(deployments=[one], rules=rules), bars)
    assert market.run() == 0
    told = market.told
    alerts = [(alert.level, alert.key.split("/")[0]) for alert in told.effects(fx.Alert)]
    assert alerts[0] == ("warning", "daily_loss:warn")
    assert [latch.scope for latch in told.book.truth.latches.values() if latch.kind == "daily_loss"] == ["account:main"]
    entered = [order.instrument for order in told.entered]
    assert entered == ["AAA"]
    assert "LATCHED" in told.codes("BBB") and "LATCHED" in told.codes("AAA")[-2:]
    assert told.book.position("alpha", "AAA").qty == 0


def test_a_symbol_that_the_venue_does_not_have_is_refused_before_the_start(tmp_path: Path) -> None:
    lines = ["ts,symbol,open,high,low,close,volume", *(f"2024-01-02 15:{n:02},AAPL,1,1,1,1,1" for n in range(20))]
    (tmp_path / "bars.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    made = LiveTradingConfig(data=tmp_path / "bars.csv")
    made.add_strategy(StrategyConfig(name="momentum", symbols=["AAPL", "NOPE"], parameters={"timeframe": "M1"}))
    trader = LiveTrader(made)
    assert trader.start() is False
    assert trader.reason.endswith("no bars of NOPE; the files hold bars of: AAPL")
    assert trader.state is None or not journal(trader.state).exists()


def spied(monkeypatch: pytest.MonkeyPatch, names: Iterable[str]) -> list[str]:
    """Return a list in which the begin and the end of each named part of a run will be noted."""
    order: list[str] = []

    def noted(name: str, part: Callable[..., Any]) -> Callable[..., Any]:
        def begin(*words: Any, **named: Any) -> Any:
            order.append(name)
            one = part(*words, **named)
            if name == "live":
                order.append("live ended")
            elif hasattr(one, "close"):
                end = one.close
                monkeypatch.setattr(one, "close", lambda: (order.append(f"{name} closed"), end()))
            return one

        return begin

    for name in names:
        monkeypatch.setattr(embedded, name, noted(name, getattr(embedded, name)))
    return order


def test_a_trader_starts_and_stops_its_parts_in_order_and_stop_is_idempotent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = spied(monkeypatch, ("keep_logs", "Hooks", "monitor_of", "live"))
    made = LiveTradingConfig(speed="60x")
    made.add_strategy(StrategyConfig(name="momentum", symbols=["EURUSD"], parameters={"timeframe": "M1"}))
    seen: list[str] = []
    made.schedule.on_open = lambda calendar, date: seen.append("session")
    trader = LiveTrader(made)
    assert (trader.state, trader.get_status()) == (None, Status.STOPPED)
    trader.stop()
    assert trader.start(), trader.reason
    state = trader.state
    assert state is not None
    assert (state / "config.yaml").is_file()
    while trader.get_statistics().market_status == "closed":
        trader.wait(0.05)
    assert journal(state).is_dir() and (state / FOLDER).is_dir()
    for _ in range(3):
        trader.stop()
        assert trader.get_status() is Status.STOPPED
    # What hears and watches begins before the engine, and ends behind it, the logs last of all.
    begun = ["keep_logs", "Hooks", "monitor_of", "live"]
    assert order == [*begun, "live ended", "Hooks closed", "keep_logs closed"]
    # All is closed behind it: every order is on record, the same state can be opened by the next.
    told = Told(journal(state))
    assert {order.oid for order in told.orders} == set(told.book.truth.orders)
    count = len(told.entries)
    assert trader.start() and trader.wait(0.2) is False
    trader.stop()
    assert len(Told(journal(state)).entries) >= count
    assert seen[:1] == ["session"]
    assert Decimal(0) < trader.get_statistics().equity
