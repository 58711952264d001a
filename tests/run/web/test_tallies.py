"""Where a deployment stands, its day and its fall."""

from decimal import Decimal

import pytest

from openbell.core.book import LatchState
from openbell.core.ladder import CANCEL, NO_RISK, KillState
from openbell.run.money import in_money
from openbell.run.web.follow import Follower
from openbell.run.web.tallies import standing
from tests.run.web.stage import played


def ended() -> Follower:
    found = Follower(played())
    while found.look(100_000):
        pass
    return found


def test_the_figures_are_those_of_the_run() -> None:
    follower = ended()
    book = follower.book
    with in_money():
        row = follower.tallies.rows(book, is_running=True)["cross"]
    account = book.truth.accounts["main"]
    # The only deployment of its account, without deposits: its result is the account's.
    assert Decimal(row["pnl"]) == account.equity - account.equity_start
    assert Decimal(row["day_pnl"]) == account.session_result
    assert row["trades"] == follower.recorder.ledger.count
    assert row["wins"] == sum(one.wins for one in follower.recorder.totals.values())
    assert row["win_rate"] == pytest.approx(row["wins"] / row["trades"])
    fall = float(account.peak - account.equity) / float(account.peak)
    assert row["drawdown"] == pytest.approx(fall, abs=1e-7)
    assert (row["status"], row["bars"], row["strategy"]) == ("active", "1m", "ema_cross")


@pytest.mark.parametrize(
    ("scope", "status"),
    [("all", "paused"), ("account:main", "paused"), ("deployment:cross", "paused"), ("deployment:other", "active"),
     ("account:other", "active"), ("instrument:CCC", "active")],
)  # fmt: skip
def test_a_closed_gate_over_it_pauses_it(scope: str, status: str) -> None:
    book = ended().book
    book.truth.latches["x"] = LatchState(kind="daily_loss", scope=scope, release="session", reason="lost", ts=1)
    found, why = standing(book, "cross", is_running=True)
    assert found == status
    assert why == ("daily_loss: lost" if status == "paused" else "")


def test_one_instrument_that_is_paused_is_named_and_the_deployment_goes_on() -> None:
    book = ended().book
    scope = "deployment:cross/AAA"
    book.truth.latches["x"] = LatchState(kind="frozen", scope=scope, release="manual", reason="it raised", ts=1)
    assert standing(book, "cross", is_running=True) == ("active", "AAA paused: it raised")


def test_data_that_do_not_come_pause_it_once_none_of_its_instruments_has_any() -> None:
    book = ended().book
    found = []
    for symbol in ("BBB", "AAA"):
        latch = LatchState(
            kind="stale", scope=f"instrument:{symbol}", release="evidence", reason=f"{symbol}: no bars", ts=1
        )
        book.truth.latches[f"stale/instrument:{symbol}"] = latch
        found.append(standing(book, "cross", is_running=True))
    assert found == [("active", "BBB paused: BBB: no bars"), ("paused", "stale: AAA: no bars")]
    assert standing(book, "cross", is_running=False) == ("stopped", "no engine runs it")


@pytest.mark.parametrize(("tier", "status"), [(NO_RISK, "paused"), (CANCEL, "stopped")])
def test_a_kill_stops_it_from_the_tier_on_that_takes_orders_back(tier: int, status: str) -> None:
    book = ended().book
    book.truth.kills["all"] = KillState(scope="all", tier=tier, actor="me", reason="drill", ts=1)
    assert standing(book, "cross", is_running=True) == (status, "me: drill")


def test_an_engine_that_is_gone_and_a_holding_that_was_sold_by_hand_are_told_apart() -> None:
    book = ended().book
    assert standing(book, "cross", is_running=False) == ("stopped", "no engine runs it")
    book.truth.frozen["cross"] = "5 AAA are gone"
    told = "5 AAA are gone; openbell adopt or openbell release lets it trade again"
    # What may go on once somebody says so is paused; an error is what ended an engine.
    assert standing(book, "cross", is_running=True) == ("paused", told)
    assert standing(book, "cross", is_running=False, fault="the disk is full") == ("error", "the disk is full")
    del book.truth.frozen["cross"]
    raised = "strategy ema_cross raised ValueError: it fell over on AAA"
    book.truth.latches["x"] = LatchState(kind="frozen", scope="deployment:cross", release="manual", reason=raised, ts=1)
    assert standing(book, "cross", is_running=True) == ("paused", f"frozen: {raised}")
