"""The tester tests itself: that it repeats, that it sees, that its parts are what they say. The campaign is `make sim`."""

import ast
import itertools
import json
import os
import subprocess
import sys
import tomllib
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Truth
from openbell.core.codes import Code
from openbell.core.conduct import Conduct
from openbell.core.types import NS, OrderType, Side, Status, Tif
from openbell.core.view import Memory
from tests.sim import (
    broker,
    canon,
    codec,
    confirming,
    counting,
    keeping,
    long,
    offline,
    page,
    playing,
    refusing,
    table,
    wanting,
)
from tests.sim.again import is_effective
from tests.sim.books import Before
from tests.sim.campaign import Sums
from tests.sim.chance import Draws, Tape
from tests.sim.disk import Crashed, SimDisk
from tests.sim.freshness import Freshness
from tests.sim.house import house
from tests.sim.limiting import InForce
from tests.sim.mutate import mutants, plant, planted
from tests.sim.one import Outcome, play, sample
from tests.sim.script import ratio, write_script
from tests.sim.shrink import shrink
from tests.sim.verdict import Violation
from tests.sim.world import World

HERE = Path(__file__).parent
SLICE = range(300, 390)
"""Seeds of the slice that runs with the other tests."""


def test_the_engine_passes_a_slice_of_the_campaign():
    failed = {seed: (o.code, o.text) for seed in SLICE for o in [play(seed)[1]] if o.code}
    assert failed == {}


def hashes(seeds, **environment):
    text = f"from tests.sim.one import play\nfor seed in {list(seeds)}: print(play(seed)[1].trace)"
    variables = {**os.environ, **environment, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    found = subprocess.run([sys.executable, "-c", text], env=variables, capture_output=True, text=True, check=True)
    return found.stdout.split()


def test_B32_traces_are_the_same_with_another_hash_seed_zone_and_locale():
    seeds = range(1, 60, 2)
    one = hashes(seeds, PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C")
    other = hashes(seeds, PYTHONHASHSEED="4711", TZ="Asia/Seoul", LC_ALL="C.UTF-8")
    assert len(one) == len(seeds) and len(set(one)) > len(seeds) // 2
    assert one == other


def test_a_muted_fault_never_comes_and_moves_no_other_stream():
    tape = Tape(7, {"drop": 0.5, "dup": 0.5})
    first = [(bool(tape.ask("drop")), bool(tape.ask("dup"))) for _ in range(50)]
    muted = tape.fired[3]
    again = Tape(7, {"drop": 0.5, "dup": 0.5}, (muted,))
    second = [(bool(again.ask("drop")), bool(again.ask("dup"))) for _ in range(50)]
    assert sum(a != b for one, two in zip(first, second, strict=True) for a, b in zip(one, two, strict=True)) == 1
    assert muted not in again.fired


def test_a_fault_counts_only_where_the_trace_is_another_one_without_it():
    found = {True: 0, False: 0}
    for seed in (*range(1, 16), 56, 103, 141, 171, 175):
        first, outcome = play(seed)
        for fault in {*outcome.faults[:2], *sample(outcome)}:
            is_another = play(seed, (fault,))[1].trace != outcome.trace
            assert is_effective(first, fault) == is_another, (seed, fault)
            found[is_another] += 1
    assert found[True] > 10 and found[False] > 3


def test_the_offline_checker_imports_nothing_of_openbell():
    for name in ("offline.py", "codec.py", "verdict.py", "broker.py", "chance.py"):
        tree = ast.parse((HERE / name).read_text(encoding="utf-8"))
        names = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
        names += [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
        assert not [name for name in names if name.startswith("openbell")], name


def may_be_there(fold, said, counts):
    """Check that what is `said` may be at the venue after a fold, and no other one of some counts."""
    for there in counts:
        log = [(0, "executed", "E1", "", "HE1", "COIN", there, 9)]
        if there in said:
            offline._compare(fold, log, "main")
        else:
            with pytest.raises(Violation, match="B12"):
                offline._compare(fold, log, "main")


def test_B12_what_waited_for_a_name_at_a_split_may_count_at_either_of_its_terms_and_at_no_other():
    bought = [3, 0, "main", "COIN", "", "HE1", "E1", "buy", "5", "9", "0", "USD", 7, False, "", False]
    halved = [11, 9, "COIN", "split", "s1", 1, 2]
    for orders, said in (([], {2}), ([[0, "T-1", 1, "main", "a", "COIN", "buy"]], {2, 5})):
        fold = offline._Fold({"COIN": 1})
        fold.step([8], orders)
        fold.step(bought, [])
        fold.step(halved, [])
        may_be_there(fold, said, range(8))


def test_B12_the_end_of_an_execution_that_waits_for_a_name_at_a_split_may_count_at_either_of_its_terms():
    bought = [3, 0, "main", "COIN", "", "HE1", "E1", "buy", "2", "9", "0", "USD", 7, False, "", False]
    busted = [*bought[:6], "E1.B", *bought[7:14], "E1", True]
    own = [[0, "T-1", 1, "main", "a", "COIN", "buy"]]
    for orders, said in (([], {1}), (own, {0, 1})):
        fold = offline._Fold({"COIN": 1})
        fold.step(bought, [])
        fold.step([11, 9, "COIN", "split", "s1", 2, 1], orders)
        fold.step([busted[0], 10, *busted[2:]], [])
        fold.step([11, 10 + 2 * offline.WAIT, "COIN", "split", "s2", 1, 2], [])
        may_be_there(fold, said, range(5))


def test_B12_what_looks_like_an_execution_told_before_its_name_was_may_wait_at_a_split():
    def bought(number, moment):
        return [3, 0, "main", "COIN", "", "HE1", number, "buy", "2", "9", "0", "USD", moment, False, "", False]

    for moment, said in ((7, range(8)), (8, {2})):
        fold = offline._Fold({"COIN": 1})
        fold.step([8], [[0, "T-1", 1, "main", "a", "COIN", "buy"]])
        fold.step(bought("E1", 7), [])
        fold.step([4, 1, "main", "T-1", "accepted", 7, "HE1"], [])
        fold.step(bought("E2", moment), [])
        fold.step([11, 9, "COIN", "split", "s1", 1, 2], [])
        may_be_there(fold, said, range(8))


def test_a_market_goes_on_at_the_price_that_a_split_leaves_whatever_else_comes_in_its_minute():
    script = write_script(1, house(0), Tape(1, {"split": 0.5, "dividend": 1.0, "rest_by_hand": 1.0, "deposit": 1.0}))
    splits = {item.args[0]: [] for item in script if item.kind == "split"}
    for symbol, follows in splits.items():
        close, ratios = None, []
        for item in (item for item in script if item.args[0] == symbol):
            if item.kind == "split":
                ratios.append(ratio(item.args[1]))
            elif item.kind == "bar":
                _, begin, _, _, end, _ = item.args
                if ratios:
                    num, den = ratios.pop()
                    follows.append(abs(begin * num - close * den) <= 2 * num * house(0).sorts[symbol].tick)
                close = end
    assert splits and all(follows and all(follows) for follows in splits.values()), splits


def test_only_what_is_durable_can_rot():
    world = World(1039466)
    world.run()
    assert world.disk.lost


def test_L5_a_killed_holding_goes_in_slices_and_the_one_try_at_a_limit_goes_whole():
    judge, symbol, mark = World(1036817).judge, "AAPL", 10**12
    deployment = next(iter(judge.house.prepared.spec.deployments))
    tried = fx.Submit(
        oid="x", index=1, account=judge.house.account, deployment=deployment, instrument=symbol, side=Side.SELL,
        qty=Decimal(1000), type=OrderType.LIMIT, tif=Tif.DAY, reduce_only=True, reason=Code.EMERGENCY_STOP,
    )  # fmt: skip
    wanting._slice(judge, tried, mark)
    judge.gates.tiers["all"] = 3
    with pytest.raises(Violation, match="are to go at once"):
        wanting._slice(judge, tried, mark)


def test_L5_behind_a_split_a_kill_sells_at_one_tick_what_is_worth_less():
    judge = World(1036817).judge
    symbol, deployment = "AAPL", next(iter(judge.house.prepared.spec.deployments))
    sort = judge.house.sorts[symbol]
    judge.books.marks[symbol] = 0
    for ticks, is_right in ((1, True), (3, False)):
        tried = fx.Submit(
            oid="x", index=1, account=judge.house.account, deployment=deployment, instrument=symbol, side=Side.SELL,
            qty=Decimal(1), type=OrderType.LIMIT, tif=Tif.GTC, limit=Decimal(ticks * sort.tick) / sort.steps,
            reduce_only=True, reason=Code.EMERGENCY_STOP,
        )  # fmt: skip
        if is_right:
            wanting.judge_exit(judge, tried)
        else:
            with pytest.raises(Violation, match="the market is at 0 quanta"):
                wanting.judge_exit(judge, tried)


def ordered(judge, **changes):
    """Let the judge's books know an order of one unit, `T-1`, and return its deployment and symbol."""
    pair = next(iter(judge.house.prepared.spec.deployments)), next(iter(judge.house.sorts))
    made = fx.Submit(
        oid="T-1", index=1, account=judge.house.account, deployment=pair[0], instrument=pair[1], side=Side.BUY,
        qty=Decimal(1), type=OrderType.MARKET, tif=Tif.GTC,
    )  # fmt: skip
    judge.submits["T-1"] = made = replace(made, **changes)
    judge.books.emit(made, 1)
    return pair


def at_its_collar(judge):
    """Let the judge's books know that `T-1` sells at a limit which the market, a tenth lower, has left behind."""
    sort = next(iter(judge.house.sorts.values()))
    limit = Decimal(100 * sort.tick) / sort.steps
    _, symbol = ordered(
        judge, side=Side.SELL, type=OrderType.LIMIT, tif=Tif.DAY, limit=limit, reduce_only=True, reason=Code.EMERGENCY_STOP
    )  # fmt: skip
    order = judge.books.open["T-1"]
    order.status, judge.books.marks[symbol] = "working", 90 * sort.tick
    return order, sort


@pytest.mark.parametrize(("ticks", "lots", "wrong"), [(88, 1, ""), (88, 2, "it was for"), (80, 1, "the market is at")])
def test_B27_an_exit_follows_the_market_with_the_size_it_has_whatever_else_is_under_way(ticks, lots, wrong):
    judge = World(1036817).judge
    order, sort = at_its_collar(judge)
    judge.books.holding(order.deployment, order.symbol).lots = 5 * order.qty
    amend = fx.Amend(
        oid="T-1", account=judge.house.account, qty=Decimal(lots), limit=Decimal(ticks * sort.tick) / sort.steps,
        reason=Code.EMERGENCY_STOP,
    )  # fmt: skip
    with pytest.raises(Violation, match=wrong) if wrong else nullcontext():
        wanting.judge_amend(judge, amend, order)


def test_B27_an_exit_that_the_market_can_take_is_left_where_it_is_and_one_that_it_has_left_is_moved():
    judge = World(1036817).judge
    order, sort = at_its_collar(judge)
    quote = ev.Quote(ts=9, instrument=order.symbol, bid=1.0, ask=1.0, bid_size=1.0, ask_size=1.0)
    with pytest.raises(Violation, match="the market has left it"):
        wanting.judge_behind(judge, quote, [])
    amend = fx.Amend(oid="T-1", account=judge.house.account, qty=Decimal(1), limit=Decimal(99 * sort.tick) / sort.steps)
    wanting.judge_behind(judge, quote, [amend])
    judge.books.marks[order.symbol] = 100 * sort.tick
    wanting.judge_behind(judge, quote, [])
    with pytest.raises(Violation, match="can take it"):
        wanting.judge_amend(judge, amend, order)


def executed(judge, symbol, exec_id, supersedes="", *, is_bust=False):
    """Return an execution of one unit of `T-1`."""
    return ev.Fill(
        ts=5, account=judge.house.account, instrument=symbol, oid="T-1", venue_order="V1", exec_id=exec_id,
        side=Side.BUY, qty=Decimal(1), px=Decimal(50), fee=Decimal(0), fee_currency="USD", time=5,
        supersedes=supersedes, is_bust=is_bust,
    )  # fmt: skip


@pytest.mark.parametrize(("undone", "claimed", "counts"), [("E", 0, 0), ("", 0, 1), ("E", 1, 1)])
def test_B6_what_was_undone_before_it_had_a_name_counts_where_the_venues_sum_has_room_for_it(undone, claimed, counts):
    judge = World(1092852).judge
    books, pair = judge.books, ordered(judge)
    books.undone, books.left_out, books.orders["T-1"].claimed = {undone}, {("V1", "E"): False}, claimed
    books.end(books.orders["T-1"], "cancelled")
    books.take(executed(judge, pair[1], "E"))
    assert books.orders["T-1"].filled == counts * judge.house.sorts[pair[1]].lots_per_unit


def test_B4_a_rejection_that_counts_again_when_it_is_told_again_is_seen():
    judge, truth = World(1092852).judge, Truth()
    name, _ = ordered(judge)
    word = ev.OrderUpdate(ts=2, account=judge.house.account, oid="T-1", happening="rejected", time=2)
    truth.orders["T-1"] = SimpleNamespace(status=Status.REJECTED)
    for ended, counted in (("", 1), ("rejected", 1)):
        truth.conduct[name] = Conduct(rejects=counted)
        counting.judge_step(judge, word, Before(name, ended, 0, 1), truth)
    truth.conduct[name] = Conduct(rejects=2)
    with pytest.raises(Violation, match="B4"):
        counting.judge_step(judge, word, Before(name, "rejected", 0, 1), truth)


def test_B4_what_is_booked_along_with_a_rejection_came_before_it():
    judge, truth = World(1092852).judge, Truth()
    name, _ = ordered(judge)
    word = ev.OrderUpdate(ts=2, account=judge.house.account, oid="T-1", happening="rejected", time=2)
    truth.orders["T-1"] = SimpleNamespace(status=Status.REJECTED)
    wrong = []
    for told in (0, 1, 2):
        judge.books.rejects[name], judge.books.executed = 1, {name}
        truth.conduct[name] = Conduct(rejects=told)
        try:
            counting.judge_step(judge, word, Before(name, "", 0, 2), truth)
        except Violation as violation:
            wrong.append((told, violation.code))
    assert wrong == [(0, "B4"), (2, "B4")]


def test_B6_of_two_alike_one_that_is_booked_under_the_others_name_counts_beside_it():
    judge = World(1129748).judge
    books, pair = judge.books, ordered(judge)
    lots = judge.house.sorts[pair[1]].lots_per_unit
    books.take(executed(judge, pair[1], "E1", ""))
    books.end(books.orders["T-1"], "cancelled")
    for left_out, held in ((("RE1", "RE2"), 1), (("RE2",), 2)):
        books.left_out = {("V1", name): False for name in left_out}
        waited = [executed(judge, pair[1], name, "") for name in ("RE2", "RE1")]
        books.note_swaps(waited)
        for fill in waited:
            books.take(fill)
        assert books.holding(*pair).lots == held * lots, left_out


def test_B27_a_stop_is_executed_where_it_stood_or_at_an_open_beyond_it():
    judge = World(1039711).judge
    symbol = ordered(judge, type=OrderType.TRAILING, stop=Decimal(51), trail=Decimal(2))[1]
    sort, minute = judge.house.sorts[symbol], 60 * NS
    bar = ev.Bar(ts=2 * minute, instrument=symbol, open=50.5, high=60, low=50, close=52, volume=1, interval=minute)
    told = []
    for px, opened, stood in ((51, 50.5, 51), (53, 53, 51), (53, 50.5, 51), (51, 50.5, 50)):
        fill = replace(executed(judge, symbol, "E"), px=Decimal(px))
        try:
            playing._bear_price(fill, judge.books.orders["T-1"], stood * sort.steps, replace(bar, open=opened), sort)
        except Violation as violation:
            told.append((px, stood, violation.code))
    assert told == [(53, 51, "B27"), (51, 50, "B27")]


def test_B24_the_largest_fall_is_the_largest_part_of_its_peak():
    kept = keeping.Kept((Decimal(100), Decimal(90)), Decimal(190), {}, {}, {}, {}, {}, {})
    told = []
    for equity, fall in ((185, (100, 90)), (179, (200, 179)), (179, (100, 90)), (185, (200, 185))):
        now = kept._replace(equity=Decimal(equity), fall=(Decimal(fall[0]), Decimal(fall[1])))
        try:
            keeping._fall(kept, now, Decimal(200))
        except Violation as violation:
            told.append((equity, violation.code))
    assert told == [(179, "B24"), (185, "B24")]


def test_B19_a_cancel_that_comes_again_too_soon_is_seen():
    judge = next(w.judge for w in (World(seed) for seed in range(90_000, 90_050)) if w.house.is_outside)
    ordered(judge)
    gap = judge.house.prepared.spec.accounts[judge.house.account].outside.query_gap
    told = []
    for cancels, pause in ((1, 1), (2, 2), (3, 2), (9, 64)):
        judge.books.orders["T-1"].cancels = cancels
        timer = fx.SetTimer(deployment="", name="cancel/T-1", at=judge.books.ts + pause * gap)
        try:
            keeping._pace(judge, timer)
        except Violation as violation:
            told.append((cancels, violation.code))
    assert told == [(3, "B19")]


def test_B4_an_order_known_with_another_stop_than_its_venue_told_is_seen():
    judge, truth = World(1092852).judge, Truth()
    ordered(judge, type=OrderType.STOP, stop=Decimal(50))
    lots = judge.house.sorts[judge.books.orders["T-1"].symbol].lots_per_unit
    word = ev.OrderUpdate(ts=2, account=judge.house.account, oid="T-1", happening="replaced", time=2)
    told = []
    for qty, stop in ((1, 50), (1, 51), (2, 50)):
        judge.books.orders["T-1"].qty = lots
        truth.orders["T-1"] = SimpleNamespace(
            status=Status.WORKING, wanted=None, qty=Decimal(qty), limit=None, stop=Decimal(stop)
        )
        try:
            keeping._in_force(judge, word, truth)
        except Violation as violation:
            told.append((qty, stop, violation.code))
    assert told == [(1, 51, "B4"), (2, 50, "B4")]


def test_B10_a_correction_that_has_ended_takes_the_place_of_none_but_the_one_it_names():
    judge = World(1039711).judge
    books, pair = judge.books, ordered(judge)
    books.corrects = {"E.2": "E", "E.3": "E.2"}
    links = (("E", "", False, 1), ("E.3", "E.3", True, 1), ("E.3", "E.2", False, 1), ("E.2", "E", False, 0))
    for exec_id, supersedes, is_bust, held in links:
        if exec_id == "E.2":
            books.left_out = {("V1", exec_id): False}
        books.take(executed(judge, pair[1], exec_id, supersedes, is_bust=is_bust))
        assert books.holding(*pair).lots == held * judge.house.sorts[pair[1]].lots_per_unit, exec_id


def test_B10_what_looks_like_another_is_left_out_only_where_the_engine_has_left_it_out():
    judge = World(1039711).judge
    books, pair = judge.books, ordered(judge)
    for exec_id, is_out, held in (("E1", False, 1), ("E2", True, 1), ("E2", False, 2)):
        books.left_out = {("V1", exec_id): False} if is_out else {}
        books.take(executed(judge, pair[1], exec_id))
        assert books.holding(*pair).lots == held * judge.house.sorts[pair[1]].lots_per_unit, exec_id


@pytest.mark.parametrize(
    ("said", "is_granted"), [(-497, True), (-995, True), (-498, True), (-496, False), (-999, False)]
)
def test_B12_links_told_late_change_what_the_venue_holds_by_what_it_has_changed_since_it_told(said, is_granted):
    judge = World(1101816).judge
    symbol, account = ordered(judge)[1], judge.house.account
    lots = judge.house.sorts[symbol].lots_per_unit
    chain = (("E.2", "E", -498, 3), ("E.3", "E.2", -498, 7), ("E.4", "E.3", -497, 8))
    judge.broker.executions = [broker.Execution(key, None, symbol, (qty, 50, 0, at)) for key, _, qty, at in chain]
    fills = [replace(executed(judge, symbol, key, named), side=Side.SELL, time=at) for key, named, _, at in chain]
    # The venue told that it holds 498 short behind the first link; all of them were booked at once.
    judge.books.as_of, judge.there[symbol] = 5, -1493
    judge.books.holding("other", symbol).lots = -497
    told = SimpleNamespace(positions={symbol: Decimal(said) / lots})
    judge._divide_figures(fills, {symbol: 0}, {symbol: -498}, SimpleNamespace(contacts={account: told}))
    assert (judge.there[symbol] == said) is is_granted


def test_B10_the_cost_of_what_one_moment_corrects_is_that_of_some_order_of_its_trades():
    judge = World(1024923).judge
    pair = next(iter(judge.house.prepared.spec.deployments)), next(iter(judge.house.sorts))
    unit = judge.house.sorts[pair[1]].unit
    # Fourteen are held; thirteen and two are sold, and two that were sold before come back.
    judge.books.trades = [(pair, -13, 5150), (pair, 2, 5150), (pair, -2, 5151), (("other", pair[1]), 9, 1)]
    starts = {pair: (14, 14 * 5070 * unit)}
    found = {round(cost / unit) for cost in judge._orders_of(pair, starts, 5123 * unit)}
    assert found == {5080, 5081, 5123, 5150}
    judge.books.trades *= 3
    assert list(judge._orders_of(pair, starts, 7)) == [7], "of many, the order in which they were told alone"
    # Forty-one are short, twelve bought; what they correct may have been bought and given back before them, or not.
    judge.books.trades, starts = [(pair, 12, 4985)], {pair: (-41, -41 * 4835 * unit)}
    costs = [round(cost / unit / 29) for cost in judge._orders_of(pair, starts, -29 * 4835 * unit, [(12, 4984)])]
    assert set(costs) == {-4835, -4869, -4879, -4897}


def test_B10_a_link_that_the_engine_has_dropped_passed_through_nothing():
    judge = World(1039711).judge
    _, symbol = ordered(judge)
    links = [executed(judge, symbol, "E.4", "E.3"), executed(judge, symbol, "E.3", "E.2")]
    for known, out in (("E", {"E.3", "E.4"}), ("E.3", {"E.4"})):
        order = SimpleNamespace(executions={f"V1/{known}": SimpleNamespace(qty=Decimal(0))})
        truth = SimpleNamespace(orders={"T-1": order}, ended={})
        assert {exec_id for _, exec_id in judge._left_out(links[1], links[:1], truth)} == out
        # Of what had waited nothing tells whether it was ever booked: what names it takes its place in any case.
        assert {exec_id for _, exec_id in judge._left_out(ev.Timer(ts=9, deployment="", name=""), links, truth)} == {
            "E.3",
            "E.4",
        }


def test_B10_what_an_answer_lists_no_more_counts_no_more_where_the_broker_has_undone_it():
    judge = World(1044697).judge
    books, pair = judge.books, ordered(judge, qty=Decimal(2))
    lots = judge.house.sorts[pair[1]].lots_per_unit
    for exec_id in ("E1", "E2"):
        books.take(executed(judge, pair[1], exec_id))
    known = {"V1/E1": SimpleNamespace(qty=Decimal(0)), "V1/E2": SimpleNamespace(qty=Decimal(0))}
    truth = SimpleNamespace(orders={"T-1": SimpleNamespace(executions=known)})
    judge.broker.executions = [SimpleNamespace(key="E1", undone=True), SimpleNamespace(key="E2", undone=False)]
    judge._drop_unlisted([executed(judge, pair[1], "E3")], truth)
    assert (books.holding(*pair).lots, books.orders["T-1"].filled) == (lots, lots)


def test_B27_a_trailing_stop_follows_the_prices_to_come_at_its_changed_distance():
    judge = World(4002171).judge
    _, symbol = ordered(judge, side=Side.SELL, type=OrderType.TRAILING, stop=Decimal(90), trail=Decimal(10))
    books, played = judge.books, judge.played
    books.session = (0, 10**18)
    bar = ev.Bar(
        ts=10**12, instrument=symbol, open=120.0, high=120.0, low=105.0, close=120.0, volume=1.0, interval=60 * NS
    )
    played._must(books.orders["T-1"], bar, judge.house.sorts[symbol])
    books.emit(fx.Amend(oid="T-1", account="main", qty=Decimal(1), stop=Decimal(100), trail=Decimal(20)), 2)
    told = ev.OrderUpdate(
        ts=3, account="main", oid="T-1", happening="replaced", time=3, qty=Decimal(1), stop=Decimal(100)
    )
    books.take(told)
    played.take(told)
    for low in (102.0, 101.0):
        played._must(books.orders["T-1"], replace(bar, low=low), judge.house.sorts[symbol])
    with pytest.raises(Violation, match="B27"):
        played._must(books.orders["T-1"], replace(bar, low=98.0), judge.house.sorts[symbol])


def test_synced_bytes_survive_a_loss_of_power_and_others_may_not():
    lost = kept = 0
    for seed in range(40):
        disk = SimDisk()
        disk.create("a", 0)
        disk.write("a", 0, b"x" * 700)
        disk.sync("a")
        disk.write("a", 700, b"y" * 900)
        disk.lose_power(Draws(seed, "power"))
        data = disk.read("a")
        assert data[:700] == b"x" * 700
        kept += data[700:] == b"y" * 900
        lost += b"y" not in data
    assert kept and lost and kept + lost < 40


def test_a_process_can_be_stopped_at_every_boundary_of_the_disk():
    names = []
    disk = SimDisk()
    disk.boundary = names.append
    disk.create("a", 0)
    disk.write("a", 0, b"x")
    disk.sync("a")
    assert names == ["create", "created", "write", "written", "sync", "synced"]

    def stop(name):
        if name == "written":
            raise Crashed(name)

    disk.boundary = stop
    with pytest.raises(Crashed):
        disk.write("a", 1, b"y")
    assert disk.cache["a"] == b"xy" and disk.durable["a"] == b"x"


def forget_costs(world):
    """Make an engine whose positions lose a cent with every fill."""
    engine = world.engine
    step = engine.step

    def bent(event):
        effects = step(event)
        if isinstance(event, ev.Fill):
            account = engine.book.truth.accounts["main"]
            account.cash["USD"] -= Decimal("0.01")
        return effects

    engine.step = bent


def code_of(world):
    try:
        world.run()
    except Violation as violation:
        return violation.code
    return ""


def test_a_lost_cent_is_found():
    found = []
    for seed in range(1, 60):
        world = World(seed)
        began = world.feed.resume
        world.feed.resume = lambda world=world, began=began: (forget_costs(world), began())
        if any(item.kind == "bar" for item in world.script) and not world.house.is_outside:
            found += [code_of(world)]
    assert set(found) <= {"", "B10", "B11", "B24"} and set(found) != {""}


UNTRUE = (Code.DISK, Code.KILLED, Code.LATCHED, Code.FROZEN, Code.MISMATCH, Code.WAITING_FOR_ORDER, Code.WOULD_FLIP,
          Code.BUYING_POWER, Code.SHORT_NOT_ALLOWED, Code.DAILY_LOSS)  # fmt: skip


@pytest.mark.parametrize("code", UNTRUE)
def test_B21_a_refusal_without_its_reason_is_seen(code):
    world = next(w for w in (World(seed) for seed in range(1, 50)) if w.house.sizes["alpha"][0] == "quantity")
    symbol = next(iter(world.house.sorts))
    world.judge.books.marks[symbol] = 1
    world.judge.books.rates["EUR"] = 10_000
    decision = fx.Decision(deployment="alpha", instrument=symbol, signal=1, code=code, target=1.0)
    event = ev.Answer(ts=1, ask="", deployment="alpha", is_ok=True, value="")
    with pytest.raises(Violation, match="B21"):
        refusing.judge_decision(world.judge, decision, event)


def test_B17_a_gate_that_opens_on_a_sick_disk_is_seen():
    world = World(1)
    world.judge.gates.take(ev.DiskState(ts=1, is_healthy=False, text=""))
    command = ev.Command(ts=2, id="c", kind="enable", actor="op", scope="all")
    opened = fx.Latch(kind="daily_loss", scope="account:main", is_on=False)
    with pytest.raises(Violation, match="B17"):
        refusing.judge_enable(world.judge, command, opened, Truth())


def test_B17_a_warning_that_ends_with_a_refused_enable_opens_no_gate():
    world = World(1)
    world.judge.gates.take(ev.DiskState(ts=1, is_healthy=False, text=""))
    command = ev.Command(ts=2, id="c", kind="enable", actor="op", scope="all")
    ended = fx.Latch(kind="daily_loss", scope="account:main", is_on=False, level="warn")
    refusing.judge_enable(world.judge, command, ended, Truth())


def test_B7_a_number_is_given_again_only_where_the_disk_has_lied_and_nothing_has_named_it():
    world = World(1)
    judge = world.judge
    judge.judge_number("S1MTAG-1")
    with pytest.raises(Violation, match="B7"):
        judge.judge_number("S1MTAG-1")
    judge.forgotten = {"S1MTAG-1", "S1MTAG-2"}
    judge.hear_of(ev.OrderUpdate(ts=1, account="main", oid="S1MTAG-1", happening="accepted", time=1))
    with pytest.raises(Violation, match="B7"):
        judge.judge_number("S1MTAG-1")
    assert not world.end
    judge.judge_number("S1MTAG-2")
    assert "the disk had lied" in world.end


def test_a_failing_run_is_made_small(monkeypatch):
    def fails(seed, muted=(), dropped=()):
        world, outcome = play(seed, muted, dropped)
        bars = sum(item.kind == "bar" for item in world.script)
        outcome.code = "X" if bars >= 2 else ""
        return world, outcome

    monkeypatch.setattr("tests.sim.shrink.play", fails)
    small = shrink(5, "X", 20.0)
    assert small.items == 2 and small.faults == 0


def test_every_house_can_be_built():
    kinds = {(house(n).is_outside, bool(house(n).session_bars)) for n in range(48)}
    assert len(kinds) == 4


def test_client_ids_are_written_as_the_manual_says():
    assert [codec.base32(n) for n in (1, 31, 32, 1025)] == ["1", "Z", "10", "101"]


def test_every_mutant_can_be_planted_and_there_are_41_and_a_control(tmp_path):
    found = mutants()
    assert [m.number for m in found] == list(range(42))
    for mutant in found:
        plant(mutant, tmp_path / str(mutant.number))
    assert all(m.changes for m in found if m.number)
    tests = [m.by.partition("::") for m in found if m.layer > 1]
    assert [m.number for m in found if m.layer > 1] == [31, 36]
    assert all(f"def {name}(" in (HERE.parent.parent / file).read_text(encoding="utf-8") for file, _, name in tests)


def test_the_page_is_what_the_tester_writes():
    assert page.PAGE.read_text(encoding="utf-8") == page.text()


def test_a_stop_at_any_boundary_is_survived():
    covered = canon.cover((9_001, 37))
    assert covered.single + covered.double > 3
    assert covered.failures == []


def test_a_long_campaign_goes_on_through_the_scenarios_where_it_stopped(monkeypatch):
    asked, told = [], {}

    def cover(step, seconds, jobs, done):
        asked.append((step, done))
        return canon.Covered(scenarios=120, single=7, double=1, failures=[])

    monkeypatch.setattr("tests.sim.canon.run", cover)
    for _ in range(2):
        long._cover(told, 1.0, 1)
    assert asked == [(1, 0), (1, 120)]
    assert told["canon"] == {"done": 40, "rounds": 1, "stops": 14, "double_stops": 2, "violations": []}


def test_campaigns_are_kept_once_and_no_seed_counts_twice(tmp_path):
    report, kept = tmp_path / "report.json", tmp_path / "campaigns.toml"

    def keep(**changed):
        run = {"first": 10, "end": 50, "seeds": 30, "faults": 900, "effective": 800, "commit": "abc", "violations": []}
        report.write_text(json.dumps({"runs": [run | changed]}))
        return table.keep(report, kept)[0].partition(": ")[2]

    assert keep(violations=[[12, "B1", "twice"]]).startswith("added, 800")
    assert keep() == "kept before"
    assert keep(first=49, end=60).startswith("refused, it meets those from 10")
    assert keep(first=50, end=90, commit="abc-dirty").startswith("refused, no commit")
    assert keep(first=50, end=90, effective=10**6).startswith("added")
    assert [(row["first"], row["violations"]) for row in table.rows(kept)] == [(10, ["seed 12: B1"]), (50, [])]
    told = table.text(kept)
    assert "| all | | 60 | | 1800 | 1000800 | 1 |" in told and "1,000,800 of 10,000,000" in told


def test_a_stop_that_goes_wrong_counts_as_a_violation():
    assert "violations=3 " in Sums(failures=[Outcome(seed=1)], stopped=2).line()


@pytest.mark.parametrize("seed", [835, 1832])
def test_F14_brokers_that_name_only_their_own_orders_and_count_them_by_instrument_are_played(seed):
    world, outcome = play(seed)
    fills = [event for event, _, _ in world.history if isinstance(event, ev.Fill)]
    assert fills and not any(fill.oid for fill in fills)
    numbers = {(update.venue_order, update.oid) for update in _told(world)}
    assert len({number for number, _ in numbers}) < len(numbers), "an id means an order in each of two instruments"
    assert (outcome.code, outcome.text) == ("", "")


def _told(world):
    return [e for e, _, _ in world.history if isinstance(e, ev.OrderUpdate) and e.venue_order]


def test_B22_silence_and_its_end_are_judged_by_the_record_alone():
    fresh = Freshness(replace(house(0), max_age=75 * NS))
    symbol = fresh.symbols[0]
    fresh.take(ev.Schedule(ts=NS, calendar="24x7", date="d0", open=NS, close=9000 * NS, is_open=True))
    closed, opened = (
        fx.Latch(kind="stale", scope=f"instrument:{symbol}", is_on=is_on, reason="") for is_on in (True, False)
    )
    with pytest.raises(Violation, match="is not"):
        fresh.judge_latch(closed, ev.Timer(ts=70 * NS, deployment="", name="fresh"))
    with pytest.raises(Violation, match="unnoticed"):
        fresh.judge_step({}, ev.Timer(ts=90 * NS, deployment="", name="x"), wakes=set())
    fresh.judge_latch(closed, ev.Timer(ts=76 * NS, deployment="", name="fresh"))
    bar = ev.Bar(ts=100 * NS, instrument=symbol, open=1.0, high=1.0, low=1.0, close=1.0, volume=0.0, interval=60 * NS)
    fresh.take(bar)
    with pytest.raises(Violation, match="are not over"):
        fresh.judge_latch(opened, ev.Timer(ts=159 * NS, deployment="", name="clear"))
    with pytest.raises(Violation, match="not by evidence"):
        fresh.judge_latch(opened, ev.Command(ts=160 * NS, id="c", kind="resume", actor="op", scope="all"))
    fresh.judge_latch(opened, ev.Timer(ts=160 * NS, deployment="", name="clear"))


def test_B29_what_a_process_forgets_with_its_death_is_seen():
    world = World(1)
    world.left_behind = ((5, b"head"), b"truth", b"memory")
    engine = SimpleNamespace(book=SimpleNamespace(truth=Truth()), memory=Memory)
    journal = SimpleNamespace(seq=5, head_hash=b"head")
    with pytest.raises(Violation, match="B29"):
        world.judge._compare_with_the_dead(SimpleNamespace(journal=journal, engine=engine))
    journal.seq = 6
    world.judge._compare_with_the_dead(SimpleNamespace(journal=journal, engine=engine))


def test_every_bug_of_another_mind_that_is_kept_can_be_planted():
    found = planted()
    assert len(found) >= 25 and len({bug.title for bug in found}) == len(found)
    for change in (change for bug in found for change in bug.changes):
        text = (HERE.parent.parent / "src" / "openbell" / change["file"]).read_text(encoding="utf-8")
        assert text.count(change["search"]) == 1 and change["search"] != change["replace"], change


def asked(world, answer):
    """Let a person be asked about an entry, and judge the order that follows on an event."""
    symbol = next(iter(world.house.sorts))
    order = {"deployment": "alpha", "instrument": symbol, "side": "buy", "qty": "1", "held": 0}
    world.judge.asked.open["q"] = (100, order)
    world.judge.books.marks[symbol] = 1
    world.judge.books.rates["EUR"] = 10_000
    submit = fx.Submit(
        oid="S1MTAG-1", index=1, account="main", deployment="alpha", instrument=symbol, side=Side.BUY, qty=Decimal(1),
        type=OrderType.MARKET, tif=Tif.GTC, reason=1,
    )  # fmt: skip
    confirming.judge_entry(world.judge, submit, answer)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"ask": "other"}, "not open"),
        ({"ts": 101}, "was due"),
        ({"value": "no"}, "was 'no'"),
        ({"is_ok": False}, "nobody"),
    ],
)
def test_B16_an_entry_that_nobody_confirmed_is_seen(changes, word):
    world = next(w for w in (World(seed) for seed in range(1, 400)) if w.house.limits.confirm == "refuse")
    answer = ev.Answer(ts=99, ask="q", deployment="alpha", is_ok=True, value="yes")
    asked(world, answer)
    with pytest.raises(Violation, match=word):
        asked(world, replace(answer, **changes))


def test_B21_an_answer_that_leads_to_nothing_is_seen_until_its_question_is_forgotten():
    books, about = World(1).judge.books, {"deployment": "alpha", "instrument": "COIN"}
    answer = ev.Answer(ts=90 * NS, ask="q", deployment="alpha", is_ok=True, value="yes")
    for other, is_seen in (("alpha", False), ("beta", True), ("late", False)):
        asked = confirming.Asked()
        asked.open["q"] = (60 * NS, about)
        question = json.dumps(about | {"deployment": other, "held": 0})
        ask = fx.Ask(id="r", deployment=other, advisor=fx.PERSON, question=question, deadline=999 * NS)
        asked.take(books, ev.Timer(ts=90 * NS + (other == "late"), deployment="", name=""), [ask])
        judge = SimpleNamespace(asked=asked, books=books)
        if is_seen:
            with pytest.raises(Violation, match="led to nothing"):
                confirming.judge_step(judge, answer, [])
        else:
            confirming.judge_step(judge, answer, [])


def test_B25_limits_are_tightened_at_once_and_loosened_flat_or_confirmed():
    force = InForce(house(6))
    (tight, _), (loose, _) = house(6).variants[1:3]
    change = ev.ConfigChange(ts=1, config="{}", digest="1", actor="op")
    force.take(change, may_loosen=False)
    assert force.limits == tight
    for may_loosen, limits in ((False, tight), (True, loose)):
        force.take(replace(change, digest="2"), may_loosen=may_loosen)
        assert force.limits == limits


def two_accounts(count):
    """Return worlds of two accounts."""
    worlds = (World(seed) for seed in range(300, 2000))
    return list(itertools.islice((world for world in worlds if world.house.other is not None), count))


def test_two_accounts_trade_in_one_engine_and_each_is_judged_by_itself():
    traded = set()
    for world in two_accounts(8):
        assert code_of(world) == ""
        traded |= {e.account for _, effects, _ in world.history for e in effects if type(e) is fx.Submit}
        main, other = world.judges
        assert main.books.holdings.keys().isdisjoint(other.books.holdings) and main.books.marks is other.books.marks
    assert traded == {"main", "other"}


def test_B12_a_fault_of_one_line_that_reaches_the_other_account_is_seen():
    for world in two_accounts(3):

        def cut(world=world):
            if world.engine is not None and world.engine.book.truth.contacts["other"].is_ready:
                world.engine.book.truth.contacts["other"].is_ready = False

        for item in world.script:
            world.later(item.at, 5, cut)
        assert code_of(world) in ("B12", "B21")


def test_every_bug_of_another_mind_has_its_row():
    told = page.text().partition("## Bugs of another mind")[2]
    bugs = tomllib.loads((HERE / "planted.toml").read_text(encoding="utf-8"))["bug"]
    assert len(bugs) >= 30 and all(f"| {bug['what']} |" in told for bug in bugs)
