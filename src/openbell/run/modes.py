"""Modes: what each means, in words and in parts. Nobody else asks for the mode."""

from collections.abc import Collection, Iterable

from openbell.core.spec import RunSpec
from openbell.core.types import require

BADGES = {
    "dry_run": ("DRY RUN", "grey"),
    "sim": ("PAPER · SIMULATED", "blue"),
    "paper": ("PAPER · BROKER", "blue"),
    "live": ("LIVE", "red"),
    "backtest": ("BACKTEST", "grey"),
    "replay": ("REPLAY", "grey"),
    "demo": ("DEMO", "grey"),
}
"""Badge text and colour by mode."""

VENUES = {"dry_run": "none", "sim": "sim", "paper": "paper", "live": "live"}
"""Kind of venue behind each mode."""


class ModeRefused(Exception):
    """A mode that this run may not have; the text says why and what to do."""


def venue_kind(mode: str, reached: Collection[str] = ()) -> str:
    """Return the kind of venue an account in `mode` trades at: none, sim, paper or live.

    `reached` holds the modes in which its broker can be connected to.

    Raises:
        ModeRefused: The mode needs a broker connection that is not there.
    """
    require(mode in VENUES, f"unknown mode {mode}")
    if mode == "live" and mode not in reached:
        raise ModeRefused(
            "live needs a broker that takes real money and an account that a person has armed; use --mode sim"
        )
    if mode == "paper" and mode not in reached:
        raise ModeRefused("paper needs a broker's own paper account, and no broker is connected; use --mode sim")
    return VENUES[mode]


def mode_of(venues: Iterable[str]) -> str:
    """Return the mode that a run is shown in: that of the venue nearest to real money."""
    kinds = list(VENUES.values())
    return list(VENUES)[max(map(kinds.index, venues))]


def is_simulated(spec: RunSpec) -> bool:
    """Return True where an account is at a local server that only speaks its broker's words."""
    return any(account.is_simulated for account in spec.accounts.values())


def badge(mode: str, *, is_simulated: bool = False) -> tuple[str, str]:
    """Return the badge of a mode: its text and its colour.

    `is_simulated` is for a broker's mode at a local server that only speaks the broker's protocol.
    """
    text, colour = BADGES.get(mode, (mode.upper(), "grey"))
    if is_simulated and "SIMULATED" not in text:
        text = "PAPER · SIMULATED" if mode == "paper" else f"{text} · SIMULATED"
    return text, colour
