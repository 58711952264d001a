"""What a venue cannot do for a deployment is refused before anything runs."""

from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

from openbell.core.spec import AccountSpec, OutsideSpec, RunSpec
from openbell.core.types import Caps, OrderType
from openbell.run.fit import demand_fit
from openbell.run.modes import ModeRefused
from tests.core import build as b

BLANK = cast(ModuleType, SimpleNamespace())


def run(account: AccountSpec, **deployment: Any) -> RunSpec:
    return b.run_spec(b.deployment_spec(**deployment), accounts=[account])


def far(**changes: Any) -> AccountSpec:
    return b.account_spec(outside=OutsideSpec(), **changes)


KEEPING = Caps(oco=False, reserves=True)


@pytest.mark.parametrize(
    ("account", "exits", "why"),
    [
        (far(caps=KEEPING, netting=True), {}, "leave netting out"),
        (far(caps=KEEPING), {"stop_loss": "0.01", "trail_frac": "0.02"}, "leave stop_loss or trailing out"),
        (far(caps=Caps(trailing=False)), {"trail_frac": "0.02"}, "write stop_loss in its place"),
        (far(caps=Caps(trailing=False, reserves=True)), {"trail_amount": 2}, "write stop_loss in its place"),
        (far(caps=KEEPING), {"stop_atr": 2, "trail_frac": "0.02"}, "leave stop_loss or trailing out"),
    ],
)
def test_what_cannot_be_held_where_resting_exits_keep_units_is_refused(
    account: AccountSpec, exits: dict[str, object], why: str
) -> None:
    with pytest.raises(ModeRefused, match=rf"^deployment alpha, account main: .*{why}$"):
        demand_fit(run(account, exits=b.exits(**exits)), lambda _: BLANK)


@pytest.mark.parametrize(
    ("account", "exits"),
    [
        (far(caps=KEEPING), {"stop_loss": "0.01", "take_profit": "0.02"}),
        (far(caps=KEEPING), {"trail_frac": "0.01", "take_profit": "0.02"}),
        (far(netting=True), {"stop_loss": "0.01", "trail_frac": "0.02"}),
        (b.account_spec(netting=True), {"stop_loss": "0.01", "trail_frac": "0.02"}),
    ],
)
def test_everything_else_passes(account: AccountSpec, exits: dict[str, object]) -> None:
    demand_fit(run(account, exits=b.exits(**exits)), lambda _: BLANK)


def test_an_adapter_is_told_symbols_bars_and_the_number_of_exits_and_its_word_counts() -> None:
    told: list[Any] = []
    adapter = cast(ModuleType, SimpleNamespace(unfit=lambda *facts: told.append(facts) or "not here"))
    exits = b.exits(stop_loss="0.01", take_profit="0.02")
    with pytest.raises(ModeRefused, match="^deployment alpha, account main: not here$"):
        demand_fit(run(far(), exits=exits), lambda _: adapter)
    assert told == [(("AAPL",), 60_000_000_000, 2)]


def test_an_adapter_is_not_asked_about_an_account_in_the_process() -> None:
    adapter = cast(ModuleType, SimpleNamespace(unfit=lambda *_: "not here"))
    demand_fit(run(b.account_spec()), lambda _: adapter)


@pytest.mark.parametrize("kind", [OrderType.STOP, OrderType.STOP_LIMIT])
def test_an_entry_by_stop_needs_a_venue_that_keeps_it(kind: OrderType) -> None:
    with pytest.raises(ModeRefused, match=r"its venue keeps no stop orders; enter by market or limit$"):
        demand_fit(run(far(caps=Caps(resting_stop=False)), entry_type=kind), lambda _: BLANK)
    asked: list[int] = []
    broker = cast(ModuleType, SimpleNamespace(unfit=lambda symbols, bars, exits: asked.append(exits) or ""))
    demand_fit(run(far(), entry_type=kind), lambda _: broker)
    demand_fit(run(far()), lambda _: broker)
    assert asked == [1, 0]
