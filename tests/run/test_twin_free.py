"""Free strategies in a compiled run: the same orders, the same world to look at, and an end where there is no twin."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openbell.core.codes import Code
from openbell.core.effects import Intent, SetTimer
from openbell.core.spec import SizeSpec
from openbell.core.types import OrderType
from openbell.run.backtest import backtest
from openbell.run.compiled import backtest_auto
from tests.core.build import d, exits, free
from tests.parts.kernels.build import CACHE, Twin, begin, compiled_once, flat, one, same

begin()
WAVE = [(100.0 + n % 7, 108.0 + n % 3, 97.0 - n % 4, 100.0 + n % 5) for n in range(60)]


def _run(decide, prices=None, **changes):
    run, told = one([0.0] * len(prices or WAVE), prices or WAVE, **changes)
    run.strategies["alpha"] = free(decide)
    return run, told


def _wishing(targets, seen=None):
    def decide(config, state, bar, view):
        place = state["n"] = state.get("n", -1) + 1
        if seen is not None:
            name = bar.instrument
            world = (view.ts, view.equity, view.instruments, view.session(name), view.qty(name), view.average(name))
            seen.append((bar, *world, view.close(name), view.working(name)))
        target = targets[place % len(targets)]
        return [] if target is None else [Intent(instrument=bar.instrument, target=target, reason=12 + int(target))]

    return decide


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([None, None, 0.0, 1.0, -1.0]), min_size=1, max_size=40),
    st.sampled_from(["0", "0.03"]),
    st.sampled_from([SizeSpec(kind="quantity", value=d(3)), SizeSpec(kind="weight", value=d("0.7"))]),
)
def test_it_sends_the_same_orders(targets, stop, size):
    same(_run(_wishing(targets), exits=exits(stop_loss=stop, take_profit="0.05"), size=size))


def test_it_sees_the_same_world():
    plain, compiled = [], []
    targets = [1.0, None, -1.0, None, None, 0.0, 1.0, 1.0, None]
    changes = {"exits": exits(stop_loss="0.03"), "size": SizeSpec(kind="weight", value=d("0.7"))}
    backtest(*_run(_wishing(targets, plain), **changes))
    compiled_once()
    assert Twin(*_run(_wishing(targets, compiled), **changes)).run() == ""
    assert len(plain) == len(WAVE)
    assert compiled == plain
    assert {bool(row[5]) for row in plain} == {True, False}


def test_more_of_the_same_is_asked_for_with_its_own_reason():
    def decide(config, state, bar, view):
        return [Intent(instrument=bar.instrument, target=1.0, reason=Code.REBALANCE, rebalance=True)]

    same(_run(decide, size=SizeSpec(kind="weight", value=d("0.4"))))


def _raise(*_):
    raise ValueError("no")


STRANGE = [
    (lambda c, s, bar, v: [Intent(instrument=bar.instrument, target=1.5)], "only the plain engine grants"),
    (lambda c, s, bar, v: [Intent(instrument="OTHER", target=1.0)], "only the plain engine grants"),
    (lambda c, s, bar, v: [Intent(instrument=bar.instrument, target=1.0)] * 2, "only the plain engine grants"),
    (lambda c, s, bar, v: [SetTimer(deployment="", name="x", at=bar.ts + 1)], "only the plain engine grants"),
    (lambda c, s, bar, v: [Intent(instrument=bar.instrument, target=1.0, rebalance=True)], "more of the same"),
    (
        lambda c, s, bar, v: [Intent(instrument=bar.instrument, target=1.0, type=OrderType.LIMIT, limit=99.0)],
        "only the plain engine grants",
    ),
    (_raise, "ValueError"),
]


@pytest.mark.parametrize(("decide", "why"), STRANGE)
def test_what_has_no_twin_is_done_by_the_plain_engine(decide, why, monkeypatch):
    monkeypatch.setattr("openbell.run.compiled.LEAST_BARS", 0)
    compiled_once()
    run = _run(decide, flat(6))
    assert why in Twin(*run).run()
    (CACHE / "ready").touch()
    result = backtest_auto(*run, cache=CACHE)
    assert result.figures["engine"] == "plain"
    assert result.figures["orders_hash"] == backtest(*run).figures["orders_hash"]


def test_an_interrupt_ends_the_run():
    def decide(config, state, bar, view):
        raise KeyboardInterrupt

    compiled_once()
    with pytest.raises(KeyboardInterrupt):
        Twin(*_run(decide)).run()


def test_wishes_may_come_one_by_one():
    def decide(config, state, bar, view):
        if bar.close > 102.0:
            yield Intent(instrument=bar.instrument, target=1.0)

    same(_run(decide))
