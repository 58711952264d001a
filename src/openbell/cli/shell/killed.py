"""Kills for people and machines: how far each is, what became of each holding."""

import os
from pathlib import Path
from typing import Any

from openbell.core.book import Book
from openbell.core.enable import account_digits
from openbell.core.kill import summary
from openbell.core.ladder import KillState
from openbell.core.types import NS


def kill_lines(book: Book) -> list[str]:
    """Return a line for each kill in force, and one for each holding that it found."""
    lines = []
    for state in book.truth.kills.values():
        lines.append(summary(book, state))
        for one in _results(book, state):
            left = f"{one['left']} left" if one["left"] != "0" else "closed"
            lines.append(f"  {one['deployment']} {one['instrument']}: held {one['held']}, {left} {one['why']}".rstrip())
    if lines:
        shown = ", ".join(f"{name} ends in {digits}" for name, digits in digits_of(book).items())
        lines.append(f"accounts, for `openbell enable`: {shown}")
    return lines


def kills_as_data(book: Book) -> list[dict[str, Any]]:
    """Return the kills in force for machines; quantities are text."""
    return [
        {
            "scope": state.scope,
            "tier": state.tier,
            "stage": str(state.stage),
            "actor": state.actor,
            "reason": state.reason,
            "ts": state.ts,
            "confirmed_by": sorted(state.confirmed),
            "results": _results(book, state),
            "left": [
                {"account": x.account, "deployment": x.deployment, "instrument": x.instrument, "qty": f"{x.qty:f}",
                 "why": x.why}
                for x in state.left
            ],
        }
        for state in book.truth.kills.values()
    ]  # fmt: skip


def _results(book: Book, state: KillState) -> list[dict[str, str]]:
    """Return what became of each holding that a kill found: held then, left now, and why."""
    found = []
    for key, held in state.held.items():
        deployment, _, symbol = key.partition("/")
        position = book.truth.positions.get(deployment, {}).get(symbol)
        left = f"{position.qty:f}" if position is not None and position.qty else "0"
        whys = [x.why for x in state.left if (x.deployment, x.instrument) == (deployment, symbol)]
        found.append({
            "deployment": deployment, "instrument": symbol, "held": f"{held:f}", "left": left, "why": "; ".join(whys),
        })  # fmt: skip
    return found


def digits_of(book: Book) -> dict[str, str]:
    """Return the last four digits of each account, as `enable` wants them typed."""
    return {name: account_digits(book, name) for name in book.spec.accounts}


def drills_of(folder: Path) -> dict[str, dict[str, Any]]:
    """Return when each trigger was rehearsed last with a state's file, and how it went."""
    from openbell.run import rehearsals
    from openbell.run import state as states

    file = states.read_origin(folder).file
    found = rehearsals.outcomes(states.home(os.environ), file)
    return {
        name: {"ts": found[name].ts, "is_good": found[name].is_good} if name in found else {"ts": None, "is_good": None}
        for name in rehearsals.NAMES
    }


def drill_line(drills: dict[str, dict[str, Any]]) -> str:
    """Return when each trigger was last rehearsed, on a line."""
    from openbell.report.figures import utc

    said = []
    for name, one in drills.items():
        when = "never" if one["ts"] is None else (utc(one["ts"] - one["ts"] % NS) or "")[:10]
        said.append(f"{name} {when}{'' if one['is_good'] in (None, True) else ' FAILED'}")
    return f"kill triggers last rehearsed (openbell drill): {', '.join(said)}"
