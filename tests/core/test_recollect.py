"""Memory across restarts: a recalled engine is the one that never stopped, in truth, memory and what it decides."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.effects import Intent
from openbell.core.engine import Engine
from openbell.core.record import decode_record, digest, encode_record
from openbell.core.risk import Rule
from openbell.core.spec import RunSpec
from openbell.core.strategy import Strategy
from openbell.core.view import Memory
from openbell.parts.rules import drawdown
from openbell.run.parts import bind_rule
from tests.core import build as b
from tests.core.build import at, bar, exits, fill, one, only, working

Story = Callable[[Engine], None]


class Log(msgspec.Struct):
    """What a free test strategy remembers."""

    events: list[str] = []
    total: float = 0.0


def remembering(**wishes: Any) -> Any:
    """Return a free strategy whose every hook changes its memory."""

    def hook(name: str) -> Any:
        def answer(config: object, state: Log, event: Any, view: Any) -> list[Any]:
            state.events.append(name)
            made = wishes.get(name, [])
            return made(event) if callable(made) else made

        return answer

    hooks = ("on_bars", "on_quote", "on_fill", "on_timer", "on_answer")
    return b.free(hook("decide"), Log, **{name: hook(name) for name in hooks})


class Recorder:
    """An engine that writes down what it does."""

    def __init__(self, spec: RunSpec, strategies: dict[str, Strategy], rules: tuple[Rule, ...] = ()) -> None:
        self.make = lambda: Engine(Book(spec), dict(strategies), rules, b.volatility)
        self.engine = self.make()
        self.records: list[bytes] = []
        self.book = self.engine.book

    def step(self, event: ev.Event) -> list[fx.Effect]:
        effects = self.engine.step(event)
        self.records.append(encode_record(event, effects))
        return effects

    def recalled(self) -> tuple[Engine, list[str]]:
        made, differing = self.make(), []
        for raw in self.records:
            differing += made.recall(*decode_record(raw))
        return made, differing


def recorded(*story: ev.Event, rules: tuple[Rule, ...] = (), strategy: Any = None, **spec: Any) -> Recorder:
    made = Recorder(b.run_spec(b.deployment_spec(**spec)), {"alpha": strategy or b.obey()}, rules)
    for event in (b.genesis(), b.session(), *story):
        for sent in only(fx.Submit, made.step(event)):
            if not sent.reduce_only:
                made.step(fill(sent, 100, ts=event.ts))
    return made


QUOTE = ev.Quote(ts=at(3), instrument="AAPL", bid=1.0, ask=2.0)


def refusing(code: Code) -> tuple[Rule, ...]:
    return (Rule(kind="refusing", applies="entry", params=(), check=lambda params, facts: int(code)),)


LONG = [Intent(instrument="AAPL", target=1.0)]
RANGE = exits(stop_atr=2, atr_period=2)
INSTANT = ev.Timer(ts=at(2), deployment="", name="instant")
DISCARD = ev.DeploymentChange(ts=at(3), deployment="alpha", kind="discard", reason="edited")


def past(*bars: ev.Bar) -> ev.History:
    return ev.History(ts=at(0), deployment="alpha", open=b.T0, close=b.T0 + b.DAY_NS, bars=bars)


def wide(n: int, close: float, target: float = 0.0) -> ev.Bar:
    return bar(n, close, target, high=close + n, low=close - 1.0)


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("nothing", recorded),
        ("a stock strategy", lambda: recorded(bar(1, 100.0, 1.0), bar(2, 101.0, 0.0), bar(3, 99.0, 1.0))),
        ("warming up", lambda: recorded(b.warming(1, 100.0), bar(2, 100.0, 1.0))),
        ("out of session", lambda: recorded(bar(0, 100.0, 1.0), bar(1, 100.0, 1.0))),
        ("volatility", lambda: recorded(wide(1, 100.0), wide(2, 101.0), wide(3, 99.0, 1.0), exits=RANGE)),
        ("volatility and a split", lambda: recorded(
            wide(1, 100.0), wide(2, 101.0), b.split(2, 1, n=2), wide(3, 50.0, 1.0), exits=RANGE)),
        ("frozen", lambda: recorded(wide(1, 100.0), bar(2, 100.0, b.BOOM), wide(3, 99.0), wide(4, 98.0), exits=RANGE)),
        ("frozen and resumed", lambda: recorded(bar(1, 100.0, b.BOOM), b.command("resume", n=2), bar(3, 100.0, 1.0))),
        ("a free strategy", lambda: recorded(bar(1, 100.0), bar(2, 100.0), QUOTE, strategy=remembering(decide=LONG))),
        ("bars together", lambda: recorded(bar(1, 100.0), bar(2, 100.0), INSTANT, strategy=remembering())),
        (
            "frozen hooks",
            lambda: recorded(bar(1, 100.0), QUOTE, QUOTE, bar(4, 1.0), strategy=remembering(on_quote=lambda event: 1 / 0)),
        ),
        ("answers", lambda: recorded(
            ev.Answer(ts=at(1), ask="q", deployment="alpha", is_ok=True, value="x"),
            ev.Timer(ts=at(1), deployment="alpha", name="x"), strategy=remembering(on_timer=LONG))),
        *((f"refused as {code.name}", lambda code=code: recorded(bar(1, 100.0, 1.0), bar(2, 101.0), rules=refusing(code)))
          for code in (Code.FROZEN, Code.OUT_OF_SESSION)),
        ("refused on a timer", lambda: recorded(
            bar(1, 100.0), ev.Timer(ts=at(1), deployment="alpha", name="x"), bar(2, 100.0),
            strategy=remembering(on_timer=LONG), rules=refusing(Code.FROZEN))),
        ("a wish that makes no sense", lambda: recorded(bar(1, 100.0, 5000.0), bar(2, 101.0, 1.0))),
        ("discarded", lambda: recorded(bar(1, 100.0, 1.0), DISCARD, bar(4, 100.0, 0.0), exits=RANGE)),
        ("discarded free", lambda: recorded(bar(1, 100.0), DISCARD, bar(4, 100.0), strategy=remembering(decide=LONG))),
        ("the past", lambda: recorded(past(wide(1, 100.0), wide(2, 101.0)), wide(3, 99.0, 1.0), exits=RANGE)),
        ("the past of a free strategy", lambda: recorded(
            past(bar(1, 100.0)), bar(2, 100.0), strategy=remembering(decide=LONG))),
        ("a past that raises", lambda: recorded(past(bar(1, 100.0, b.BOOM)), bar(2, 100.0, 1.0), bar(3, 100.0))),
        ("paused", lambda: recorded(msgspec.structs.replace(DISCARD, kind="pause"), bar(4, 100.0, 1.0))),
    ],
)  # fmt: skip
def test_B33_recalling_gives_the_same_truth_and_memory(name: str, made: Callable[[], Recorder]) -> None:
    live = made()
    again, differing = live.recalled()
    assert digest(again.book.truth) == digest(live.engine.book.truth), name
    assert digest(again.memory()) == digest(live.engine.memory()), name
    assert differing == []


def test_B33_recalling_a_recalled_engine_changes_nothing_more() -> None:
    live = recorded(wide(1, 100.0, 1.0), wide(2, 101.0, 0.0), exits=RANGE)
    first, second = live.recalled()[0], live.recalled()[0]
    assert digest(first.memory()) == digest(second.memory())
    assert digest(first.book.truth) == digest(second.book.truth)


def next_effects(made: Engine) -> list[bytes]:
    story = [wide(11, 100.0, 1.0), wide(12, 96.0, 1.0), b.flow(3, n=13), wide(14, 97.0, 0.0), wide(15, 90.0, 1.0)]
    return [encode_record(event, made.step(event)) for event in story]


def losing() -> Rule:
    return bind_rule("drawdown", drawdown, drawdown.Config(limit="3%", release="session"))


ALL = b.SizeSpec(kind="weight", value=b.d(1))


@pytest.mark.parametrize(
    "story",
    [
        [bar(1, 100.0, 1.0)],
        [bar(1, 100.0, 1.0), bar(2, 96.0, 1.0)],
        [bar(1, 100.0, 1.0), bar(2, 96.0, 1.0), bar(3, 95.0, 1.0), b.command("resume", n=4)],
        [bar(1, 100.0, 1.0), bar(2, 96.0, 1.0), b.session(1)],
        [bar(1, 100.0, 1.0), bar(2, 96.0, 0.0), b.command("resume", n=4)],
    ],
)
def test_B33_a_restarted_engine_decides_like_one_that_never_stopped(story: list[ev.Event]) -> None:
    for probe in (ev.Link(ts=at(10), account="main", channel="data", is_up=True), bar(10, 95.5, 1.0, symbol="AAPL")):
        live = recorded(*story, rules=(losing(),), size=ALL)
        again = live.recalled()[0]
        assert [*again.step(probe)] == [*live.engine.step(probe)]
        assert next_effects(again) == next_effects(live.engine)


def test_a_stop_by_range_is_placed_after_a_restart_too() -> None:
    live = recorded(*(wide(n, 100.0) for n in range(1, 6)), exits=RANGE)
    again = live.make()
    again.book = Book(live.book.spec, live.book.truth)
    again = Engine(again.book, {"alpha": b.obey()}, (), b.volatility)
    assert again.remember(live.engine.memory()) == []
    b.buy(again, 6, 100.0)
    assert [str(order.type) for order in working(again)] == ["stop"]


# --- another code than the record's -----------------------------------------------------------------------------


def differing(live: Recorder, strategy: Strategy) -> list[str]:
    made = Engine(Book(live.book.spec), {"alpha": strategy}, (), b.volatility)
    found: list[str] = []
    for raw in live.records:
        found += made.recall(*decode_record(raw))
    return found


def edited(change: str) -> Any:
    plain = b.obey()

    def step(state: Any, params: Any, row: Any) -> tuple[float, int]:
        if change == "raises" and row.close > 100.5:
            raise ValueError
        target, code = plain.step(state, params, row)
        if change == "numbers" and row.close > 100.5:
            state.d[0] += 1.0
        return (target, code + 1) if change == "code" and row.close > 100.5 else (target, code)

    return msgspec.structs.replace(plain, step=step)


@pytest.mark.parametrize(("change", "count"), [("none", 0), ("raises", 1), ("numbers", 1), ("code", 1)])
def test_an_edited_strategy_is_found_by_what_it_says(change: str, count: int) -> None:
    live = recorded(bar(1, 100.0, 1.0), bar(2, 101.0, 1.0), bar(3, 100.0, 0.0))
    assert differing(live, edited(change)) == ["alpha"] * count


def test_a_strategy_that_no_longer_explains_itself_the_same_way_differs() -> None:
    live = recorded(bar(1, 100.0, 1.0))
    wider = msgspec.structs.replace(b.obey(), layout=(("close", "f8", 1), ("more", "f8", 1), ("bars", "i8", 1)))
    assert differing(live, wider) == ["alpha"]


def test_a_strategy_that_no_longer_falls_over_differs() -> None:
    live = recorded(bar(1, 100.0, b.BOOM))
    still = msgspec.structs.replace(b.obey(), step=lambda state, params, row: (1.0, 12))
    assert differing(live, still) == ["alpha"]


@pytest.mark.parametrize("wish", [[], lambda event: 1 / 0, [Intent(instrument="AAPL", target=0.5)]])
def test_an_edited_free_strategy_is_found(wish: Any) -> None:
    live = recorded(bar(1, 100.0), strategy=remembering(decide=LONG))
    assert differing(live, remembering(decide=wish)) == ["alpha"]
    assert differing(live, remembering(decide=LONG)) == []


def test_a_free_strategy_that_no_longer_falls_over_differs() -> None:
    live = recorded(bar(1, 100.0), strategy=remembering(decide=lambda event: 1 / 0))
    assert differing(live, remembering(decide=LONG)) == ["alpha"]
    assert differing(live, remembering(decide=lambda event: 1 / 0)) == []


def test_a_bar_recorded_without_its_decision_is_not_run() -> None:
    made = b.engine()
    assert made.recall(bar(1, 100.0, 1.0), []) == []
    assert made.traders.pairs["alpha"]["AAPL"].state.q[0] == 0


def test_a_past_that_raises_now_and_did_not_then_differs() -> None:
    made = b.engine()
    assert made.recall(past(bar(1, 100.0, b.BOOM)), []) == ["alpha"]
    assert made.recall(past(bar(1, 100.0)), []) == []


# --- memory as bytes --------------------------------------------------------------------------------------------


def test_memory_survives_its_encoding() -> None:
    spec = b.run_spec(b.deployment_spec(exits=RANGE), b.deployment_spec("beta"))
    strategies = {"beta": remembering(decide=LONG)}
    made = b.engine(spec, strategies=strategies)
    b.run(made, *(wide(n, 100.0 + n) for n in range(1, 6)))
    stored = msgspec.msgpack.decode(msgspec.msgpack.encode(made.memory()), type=Memory)
    again = b.engine(spec, strategies=strategies)
    assert again.remember(stored) == []
    assert digest(again.memory()) == digest(made.memory())
    assert again.traders.free_states["beta"] == made.traders.free_states["beta"]


def test_memory_of_another_shape_is_refused_and_changes_nothing() -> None:
    spec = b.run_spec(b.deployment_spec(), b.deployment_spec("beta"))
    made = b.engine(spec, strategies={"beta": remembering()})
    blank = digest(made.memory())
    wider = msgspec.structs.replace(b.obey(), layout=(("close", "f8", 2), ("bars", "i8", 1)))
    other = b.engine(spec, strategies={"alpha": wider, "beta": b.free(b.silent, list)})
    assert made.remember(other.memory()) == ["alpha", "beta"]
    assert digest(made.memory()) == blank
    assert made.remember(Memory()) == ["alpha", "beta"]
    ranged = b.engine(b.run_spec(b.deployment_spec(exits=RANGE)))
    assert ranged.remember(b.engine().memory()) == ["alpha"]


def test_a_range_that_is_no_longer_asked_for_is_dropped() -> None:
    ranged = b.engine(b.run_spec(b.deployment_spec(exits=RANGE)))
    b.run(ranged, *(wide(n, 100.0) for n in range(1, 6)))
    assert b.engine().remember(ranged.memory()) == []


def test_what_a_recalled_engine_sends_has_the_next_id() -> None:
    live = recorded(bar(1, 100.0, 1.0), bar(2, 100.0, 0.0))
    again = live.recalled()[0]
    counter = again.book.truth.counter
    again.step(b.session(0, is_open=False))
    sent = one(fx.Submit, again.step(bar(3, 100.0, 2.0)))
    assert sent.index == counter + 1
