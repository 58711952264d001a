"""What rules need to know, and which of them a run has nothing to tell."""

from pathlib import Path
from types import ModuleType

import pytest

from openbell.core.spec import OutsideSpec
from openbell.run import assemble
from openbell.run.needs import lacking
from tests.core import build as b
from tests.core.build import d
from tests.run.small import write


def needing(*needs: str) -> dict[str, ModuleType]:
    rule = ModuleType("rule")
    rule.NEEDS = needs  # type: ignore[attr-defined]
    return {"rule": rule}


BARE = b.run_spec(b.deployment_spec())


@pytest.mark.parametrize(
    ("need", "why"),
    [
        ("stops", "no deployment declares a stop"),
        ("adv", "the daily volume (adv) of AAPL is not stated"),
        ("history", "no closes of sessions from before the start are at hand"),
        ("outside", "no account is at a venue outside the process"),
        ("person", "no account trades real money"),
        ("venue", "no account has a venue that could reject: orders are sent nowhere"),
        ("signals", "no deployment listens to a source outside"),
        ("oracle", "nothing tells this run of oracle"),
    ],
)
def test_a_need_that_is_not_met_has_a_reason(need: str, why: str) -> None:
    bare = BARE if need != "venue" else b.run_spec(b.deployment_spec(), accounts=[b.account_spec(venue="none")])
    assert lacking(bare, needing(need)) == {"rule": why}


def test_a_need_that_is_met_has_none() -> None:
    stopped = b.run_spec(b.deployment_spec(exits=b.exits(stop_loss=d("0.02")), signals="news"))
    assert lacking(stopped, needing("stops", "signals")) == {}
    outside = b.run_spec(b.deployment_spec(), accounts=[b.account_spec(outside=OutsideSpec(), venue="live")])
    assert lacking(outside, needing("outside", "person")) == {}
    known = b.run_spec(b.deployment_spec(), instruments=[b.instrument("AAPL", adv=d(1_000_000))])
    assert lacking(known, needing("adv")) == {}
    assert lacking(BARE, {"plain": ModuleType("plain")}) == {}


def test_a_file_that_says_nothing_has_every_control_that_has_its_data(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_text(path.read_text().partition("rules:")[0])
    prepared = assemble.prepare(*assemble.read(path, {}))
    assert [rule.kind for rule in prepared.rules] + [*prepared.loaded.rules_off] == [
        *(kind for kind in assemble.STANDARD if kind not in prepared.loaded.rules_off),
        *prepared.loaded.rules_off,
    ]
    assert sorted(prepared.loaded.rules_off) == [
        "armed", "confirmation", "correlation", "disconnect", "liquidity", "portfolio_volatility", "source_budget",
        "symbol_volatility",
    ]  # fmt: skip
    # These are no rows of the table: they are asked for by name.
    assert {*assemble.shelves(None).rules} - set(assemble.STANDARD) == {
        "cool_down", "cut", "loss_streak", "max_per_instrument", "recovery", "trading_hours", "volatility_size", "watch",
    }  # fmt: skip


def test_real_money_needs_a_person_daily_loss_order_notional_order_rate_and_collar() -> None:
    assert assemble.LIVE == ("armed", "daily_loss", "order_notional", "order_rate", "price_collar")
    assert assemble.catalog(assemble.shelves(None)).live_rules == assemble.LIVE
