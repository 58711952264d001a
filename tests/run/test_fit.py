"""What a venue cannot do for a deployment is refused before anything runs."""

from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

from openbell.core.spec import AccountSpec, OutsideSpec, RunSpec
from openbell.core.types import Caps
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
