"""Who may start with real money: what the journal says, what waits, and what has to be looked after."""

import os
from pathlib import Path

import pytest

from openbell.core import events as ev
from openbell.core.spec import OutsideSpec, RunSpec
from openbell.core.types import NS
from openbell.run import state
from openbell.run.arming import armings, demand_armed, standing
from openbell.run.modes import ModeRefused
from tests.core import build as b
from tests.parts.rules.scene import hold, priced

NOW = 1_700_000_000 * NS


def spec() -> RunSpec:
    return b.run_spec(
        b.deployment_spec(),
        accounts=[b.account_spec(venue="live", is_real=True, digits="4821", outside=OutsideSpec())],
    )


def leave(folder: Path, kind: str, n: int = 1, **fields: object) -> None:
    told = {"digits": "4821", "until": NOW + NS} if kind == "arm" else {}
    state.make(folder)
    state.leave_command(folder, ev.Command(ts=0, id=f"{n}", kind=kind, actor="op", **{**told, **fields}))  # type: ignore[arg-type]  # a test's own


def test_B28_no_file_and_no_environment_arms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ARM", "OPENBELL_ARM", "OPENBELL__ARM", "OPENBELL_LIVE"):
        monkeypatch.setitem(os.environ, name, "4821")
    with pytest.raises(ModeRefused, match="account main trades real money and is not armed"):
        demand_armed(spec(), None, NOW)
    with pytest.raises(ModeRefused, match=f"openbell arm FILE --state {tmp_path}"):
        demand_armed(spec(), tmp_path, NOW)


def test_an_arm_that_waits_counts_with_its_digits_until_its_end(tmp_path: Path) -> None:
    leave(tmp_path, "arm")
    (one,) = demand_armed(spec(), tmp_path, NOW)
    assert (one.account, one.digits, one.until, one.is_busy) == ("main", "4821", NOW + NS, False)
    with pytest.raises(ModeRefused):
        demand_armed(spec(), tmp_path, NOW + NS)


@pytest.mark.parametrize("wrong", [{"digits": "4812"}, {"scope": "account:other"}])
def test_an_arm_that_the_engine_would_refuse_counts_for_nothing(tmp_path: Path, wrong: dict[str, str]) -> None:
    leave(tmp_path, "arm", **wrong)
    assert [one.until for one in standing(spec(), tmp_path, NOW)] == [0]


def test_a_disarm_behind_it_takes_it_back(tmp_path: Path) -> None:
    leave(tmp_path, "arm", 1)
    leave(tmp_path, "disarm", 2)
    assert [one.until for one in standing(spec(), tmp_path, NOW)] == [0]


def test_B21_what_is_held_is_known_as_something_to_be_looked_after() -> None:
    book = priced(is_real=True, digits="4821")
    assert [one.is_busy for one in armings(book)] == [False]
    hold(book, 5)
    assert [one.is_busy for one in armings(book)] == [True]


def test_money_that_is_not_real_needs_nobody() -> None:
    assert demand_armed(b.run_spec(b.deployment_spec()), None, NOW) == []
