"""The kill ladder's own state: tiers, names, what waits."""

from openbell.core.ladder import CANCEL, FLATTEN, NO_RISK, KillState, Left, Stage, scopes_of, tier_over
from openbell.core.types import ZERO


def kill(scope: str, tier: int, **changes: object) -> KillState:
    return KillState(scope=scope, tier=tier, actor="me", reason="x", ts=1, **changes)  # type: ignore[arg-type]  # a test's own words


def test_the_highest_tier_over_a_pair_counts() -> None:
    kills = {one.scope: one for one in (kill("all", NO_RISK), kill("instrument:SPY", FLATTEN), kill("account:b", 2))}
    assert tier_over(kills, "a", "d", "SPY") == FLATTEN
    assert tier_over(kills, "a", "d", "QQQ") == NO_RISK
    assert tier_over(kills, "b", "d", "QQQ") == CANCEL
    assert tier_over({}, "a", "d", "SPY") == 0


def test_a_pair_is_covered_by_five_scopes() -> None:
    assert scopes_of("a", "d", "SPY") == ("all", "account:a", "deployment:d", "instrument:SPY", "deployment:d/SPY")


def test_a_kill_waits_until_it_is_done_or_while_something_left_is_worth_a_try() -> None:
    tried = Left("a", "d", "SPY", ZERO, "not filled", is_final=True)
    dust = Left("a", "d", "SPY", ZERO, "less than a lot", is_final=True, is_tried=False)
    assert kill("all", 3).waits
    assert not kill("all", 3, stage=Stage.DONE, left=(dust,)).waits
    assert kill("all", 3, stage=Stage.DONE, left=(dust, tried)).waits
