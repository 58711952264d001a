"""Limits with their use: at, below and above the edge of being near, and after one was hit."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from openbell.core.book import LatchState
from openbell.core.types import ZERO
from openbell.run.assemble import shelves
from openbell.run.web.follow import Follower
from openbell.run.web.limits import Bound, bounds, rows
from tests.run.web.stage import played

OPTIONS = {
    "daily_loss": {"limit": "4%", "warn": "off"},
    "drawdown": {"limit": "10%"},
    "weekly_loss": {"limit": "5%"},
    "monthly_loss": {"limit": "5%"},
    "max_positions": {"limit": 4},
    "max_position": {"limit": "30%"},
    "gross_exposure": {"limit": "50%"},
    "net_exposure": {"limit": "20000 USD"},
    "leverage": {"limit": 2},
    "daily_trades": {"limit": 10},
    "open_orders": {},
    "duplicate": {},
}


@pytest.fixture
def follower() -> Follower:
    found = Follower(played())
    while found.look(100_000):
        pass
    return found


@pytest.fixture
def found() -> list[Bound]:
    return bounds(OPTIONS, shelves(None).rules)


def test_every_option_recorded_becomes_a_limit_and_what_cannot_be_read_is_left_out(found: list[Bound]) -> None:
    assert [one.kind for one in found] == list(OPTIONS)
    assert found[0].id == "D25" and "4%" in found[0].text
    odd = {"preset": "none", "nowhere": {}, "daily_loss": {"limit": "no share"}, "kill": {}}
    assert [one.kind for one in bounds(odd, shelves(None).rules)] == ["kill"]


@pytest.mark.parametrize(
    ("lost", "share", "state"),
    [("0", 0.0, "ok"), ("3199", 0.79975, "ok"), ("3200", 0.8, "near"), ("4000", 1.0, "near"), ("-50", 0.0, "ok")],
)
def test_a_loss_of_the_day_is_measured_from_its_beginning(
    lost: str, share: float, state: str, follower: Follower, found: list[Bound]
) -> None:
    account = follower.book.truth.accounts["main"]
    follower.book.truth.accounts["main"] = replace(
        account, session_equity=Decimal(100_000), session_flows=ZERO, equity=Decimal(100_000) - Decimal(lost)
    )
    row = rows(follower.book, found)["main/daily_loss"]
    assert (row["share"], row["state"], row["limit"]) == (pytest.approx(share), state, 0.04)


def test_what_stands_is_measured(follower: Follower, found: list[Bound]) -> None:
    shown = rows(follower.book, found)
    assert all(row["state"] in ("ok", "near") for row in shown.values())
    stake = follower.book.stakes.total("main")
    equity = follower.book.truth.accounts["main"].equity
    assert shown["main/max_positions"]["used"] == stake.pairs
    assert shown["main/gross_exposure"]["used"] == pytest.approx(float(stake.gross) / float(equity))
    assert shown["main/net_exposure"]["limit"] == 20000.0
    assert shown["main/duplicate"]["used"] is None and shown["main/duplicate"]["share"] is None


@pytest.mark.parametrize(("worth", "limit"), [("1000 USD", 0.01), ("31000 USD", 0.3)])
def test_the_tighter_of_a_positions_two_limits_is_shown(worth: str, limit: float, follower: Follower) -> None:
    account = follower.book.truth.accounts["main"]
    follower.book.truth.accounts["main"] = replace(account, equity=Decimal(100_000))
    found = bounds({"max_position": {"limit": "30%", "worth": worth}}, shelves(None).rules)
    assert rows(follower.book, found)["main/max_position"]["limit"] == pytest.approx(limit)


def test_a_gate_that_a_limit_closed_is_a_hit(follower: Follower, found: list[Bound]) -> None:
    latch = LatchState(kind="daily_loss", scope="account:main", release="session", reason="lost 4%", ts=1)
    follower.book.truth.latches["daily_loss/account:main"] = latch
    row = rows(follower.book, found)["main/daily_loss"]
    assert (row["state"], row["why"]) == ("hit", "lost 4%")
    follower.book.truth.latches["daily_loss/account:main"] = replace(latch, scope="account:other")
    assert rows(follower.book, found)["main/daily_loss"]["state"] != "hit"
