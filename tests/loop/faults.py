"""What goes wrong in one run, drawn from its seed: at the venue, on the way, on the machine and to the process."""

from typing import Any

import msgspec

from openbell.core.types import NS
from openbell.wire.plain.hands import GROUND
from openbell.wire.script import Rule, rule_of
from tests.sim.chance import Draws

MS = NS // 1000
_LASTS = {"mute", "mute_data", "stall", "nightly_reset"}
_AFTER = {"duplicate_fill", "reorder", "late_fill", "correction", "bust", "async_reject", "rate_limited"}
_FRAMES = ("submit", "cancel", "amend", "order", "state", "executions", "hello", "subscribe", "ping")
ACTS = ("cut", "silence", "refuse", "slow", "kill", "kill", "power", "stall", "clock", "halt")
"""What happens beside the venue's faults. A kill ends the process alone, a loss of power also what the disk had not."""


class Act(msgspec.Struct, frozen=True):
    """Something that happens at an instant (ns of the run), with a size in [0, 1)."""

    at: int
    what: str
    size: float


def venue_faults(draws: Draws) -> list[dict[str, Any]]:
    """Draw a fault script, as one would write it."""
    return [_fault(draws) for _ in range(draws.pick((0, 1, 2, 3, 5, 8)))]


def rules_of(script: list[dict[str, Any]]) -> list[Rule]:
    """Return a script's rules."""
    return [rule_of(fields, GROUND) for fields in script]


def _fault(draws: Draws) -> dict[str, Any]:
    do = draws.pick(GROUND.faults)
    fields: dict[str, Any] = {"do": do, "at": draws.pick(GROUND.at(do)), "nth": draws.between(1, 12)}
    if draws.chance(0.3):
        fields |= {"every": draws.between(2, 9), "times": draws.between(2, 5)}
    if do in _LASTS:
        fields["lasts"] = f"{draws.between(1, 25) * 100}ms"
    if do in _AFTER:
        fields["after"] = f"{draws.between(0, 20) * 50}ms"
    if do == "skew":
        fields["by"] = f"{draws.pick(('', '-'))}{draws.between(1, 30) * 50}ms"
    if do in ("garbage", "disconnect"):
        fields["accept"] = draws.chance(0.5)
    if do == "lost_subscription":
        fields["confirm"] = draws.chance(0.5)
    if do == "failed_positions":
        fields["how"] = draws.pick(("null", "missing", "error"))
    if do == "stale_snapshot":
        fields["changes"] = draws.between(1, 6)
    return fields


def acts(draws: Draws, span: int) -> list[Act]:
    """Draw what happens within `span` ns, in order of time."""
    kinds = [what for what in dict.fromkeys(ACTS) if draws.chance(0.5)]
    count = draws.pick((0, 1, 2, 4, 7)) if kinds else 0
    found = [Act(int(span * draws.unit()), draws.pick(kinds), draws.unit()) for _ in range(count)]
    return sorted(found, key=lambda act: act.at)
