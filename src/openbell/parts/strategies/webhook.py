"""Signals from outside: each sets a target; of itself it wants nothing.

A signal is signed, posted, checked and written down by the receiver (`openbell receive`) and comes as an answer that
nobody asked for, so it is recorded, counts once and passes every limit. One that came too late is left alone.
"""

import math

import msgspec

from openbell.core.effects import Intent
from openbell.core.events import Answer, Bar
from openbell.core.strategy import View, signal
from openbell.schema import PartConfig

PREFIX = "signal/"
"""How the name of an answer begins that is a signal; behind it stand its source and its own id."""
KEPT = 256
"""So many signals are remembered, so that one that comes twice counts once."""


class Config(PartConfig):
    """No options: `signals:` of the file says who may send, by the deployment's name."""


class State(msgspec.Struct):
    """Memory of the strategy: names of the signals it was given, oldest first."""

    seen: list[str] = []


class Signal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signal as the engine is given it.

    Attributes:
        instrument: Symbol. target: Share of a full position, -1 to 1; 0 is flat. at: When it was signed, UTC ns.
        reason: Why, in the sender's words; for people.

    Raises:
        ValueError: `target` is none.
    """

    instrument: str
    target: float
    at: int
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no share of a position."""
        if not -1.0 <= self.target <= 1.0:
            raise ValueError(f"target {self.target} is not from -1 to 1")


def decide(config: Config, state: State, bar: Bar, view: View) -> list[Intent]:
    """Want nothing of a bar."""
    return []


def on_answer(config: Config, state: State, answer: Answer, view: View) -> list[Intent]:
    """Take a signal, once; what is none, or came too late, is left alone."""
    if not answer.ask.startswith(PREFIX) or answer.ask in state.seen:
        return []
    state.seen = [*state.seen[1 - KEPT :], answer.ask]
    said = signal_of(answer) if answer.is_ok else None
    if said is None or said.instrument not in view.instruments:
        return []
    return [
        Intent(
            instrument=said.instrument, target=said.target, reason=signal(said.target, math.nan),
            rebalance=_is_unmet(said, view),
        )
    ]  # fmt: skip


def _is_unmet(said: Signal, view: View) -> bool:
    """Say whether what is held is not what is wanted, and nothing is on its way to it.

    Then the same target said again counts anew: its entry was refused, or a stop has left it.
    """
    is_held = bool(view.qty(said.instrument))
    return is_held != bool(said.target) and not view.working(said.instrument)


def signal_of(answer: Answer) -> Signal | None:
    """Return the signal that an answer holds, None for none. Pure."""
    if not answer.ask.startswith(PREFIX):
        return None
    try:
        return msgspec.json.decode(answer.value, type=Signal)
    except msgspec.MsgspecError:
        return None
