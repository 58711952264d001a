"""Limits changed while a run lives, worked out from the events alone: tighter ones at once, looser ones flat or confirmed."""

from fractions import Fraction
from typing import Any

from msgspec.structs import replace

from openbell.core import effects as fx
from openbell.core import events as ev
from tests.sim.house import House
from tests.sim.verdict import demand

SHARES = ("daily_loss", "drawdown", "max_position")


class InForce:
    """The limits that are in force: those of the account, and how many instruments each deployment may hold."""

    def __init__(self, house: House) -> None:
        """Begin with the house's own."""
        self.house, self.limits, self.own = house, house.limits, own_of(house)

    def take(self, change: ev.ConfigChange, *, may_loosen: bool) -> None:
        """Take over what a change may change, each limit by itself."""
        wanted, own = self.house.variants[int(change.digest)]
        for name in (*SHARES, "max_positions", "leverage"):
            new, old = getattr(wanted, name), getattr(self.limits, name)
            if new != old and (may_loosen or _number(new) <= _number(old)):
                self.limits = replace(self.limits, **{name: new})
        for name, most in own.items():
            if may_loosen or (most or 1 << 30) < (self.own[name] or 1 << 30):
                self.own = self.own | {name: most}


def _number(limit: Any) -> Fraction:
    return Fraction(*limit) if isinstance(limit, tuple) else Fraction(limit)


def own_of(house: House) -> dict[str, int]:
    """Return how many instruments each deployment may hold from the beginning."""
    return {name: spec.max_positions for name, spec in house.prepared.spec.deployments.items()}


def judge_change(judge: Any, event: ev.Event, effects: list[fx.Effect]) -> None:
    """What the engine says is in force is what may be, and a change passes in silence never (B25)."""
    if not isinstance(event, ev.ConfigChange):
        return
    force = judge.books.force
    wanted, own = judge.house.variants[int(event.digest)]
    said = [e for e in effects if type(e) is fx.Alert and e.key.startswith("config/")]
    set_to = [e.limits for e in effects if type(e) is fx.SetLimits]
    is_whole = (force.limits, force.own) == (wanted, own)
    demand(is_whole or said, "B25", f"{event.digest} is not in force as a whole, and nobody says so")
    for kind in ("daily_loss", "drawdown") if set_to and not judge.unsure else ():
        # Where all is sold it is a kill that closes.
        is_closed = any((one, f"account:{judge.house.account}") in judge.gates.closed for one in (kind, "kill"))
        text = f"{kind} is reached by its new limit, and nothing closes"
        demand(is_closed or not judge.gates.is_reached(kind), "B23", text)
    for limits in set_to:
        demand(said, "B25", "limits were changed in silence")
        told = (limits.leverage[judge.house.account], limits.positions)
        demand(told == (force.limits.leverage, force.own), "B25", f"{told} are in force, it should be {force.own}")
        rules = {one.kind: one.params for one in limits.rules}
        for kind in (*SHARES, "max_positions"):
            due = getattr(force.limits, kind)
            found = rules.get(kind, ())[: 2 if kind in SHARES else 1]
            demand(due is None or Fraction(*found) == _number(due), "B25", f"{kind} is {found}, it should be {due}")
