"""Modes: what each means, in words and in parts. Nobody else asks for the mode."""

from collections.abc import Collection

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
        ModeRefused: The mode needs a broker connection that is not there, or real money without being armed.
    """
    require(mode in VENUES, f"unknown mode {mode}")
    if mode == "live":
        raise ModeRefused("live needs a broker and an unexpired `arm` command; start with --mode sim or dry_run")
    if mode == "paper" and mode not in reached:
        raise ModeRefused("paper needs a broker's own paper account, and no broker is connected; use --mode sim")
    return VENUES[mode]


def badge(mode: str) -> tuple[str, str]:
    """Return the badge of a mode: its text and its colour."""
    return BADGES.get(mode, (mode.upper(), "grey"))
