"""Real money at the terminal: who has to be there, what is said, who is asked meanwhile."""

import os
import select
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from openbell.cli.shell.output import styled, tell
from openbell.cli.shell.session import CAUTION, asks_person, sends_in_silence
from openbell.core.types import NS
from openbell.run import arming
from openbell.run import state as states
from openbell.run.clock import WallClock
from openbell.run.people import People

if TYPE_CHECKING:
    from openbell.cli.shell.begin import Asked
    from openbell.cli.shell.drive import Drive
    from openbell.run.assemble import Prepared

LASTS_NS = 8 * 3600 * NS
"""For how long a run is armed that was armed at its start."""


def demand_person(prepared: "Prepared", asked: "Asked", drive: "Drive") -> "Drive":
    """Return how a run is driven once every account with real money may be started.

    It is armed, or has something to be looked after. At a terminal the account's last digits are asked for.

    Raises:
        ModeRefused: It is not armed, and nobody is here. Wrong: Other digits were typed.
    """
    spec = prepared.spec
    if not arming.real_names(spec):
        return drive
    now = WallClock().now()
    if drive.as_json or not sys.stdin.isatty():
        arming.demand_armed(spec, drive.state, now)
        return drive
    from openbell.cli.arm import leave_arm

    bare = [one for one in arming.standing(spec, drive.state, now) if not one.until and not one.is_busy]
    if not bare:
        return drive
    folder = drive.state or states.create(os.environ, drive.name, now)
    states.make(folder)
    for one in bare:
        leave_arm(folder, spec, (f"account:{one.account}", None, "at the start", now + LASTS_NS))
    return msgspec.structs.replace(drive, state=folder)


def announce_real(prepared: "Prepared", folder: Path) -> None:
    """Say where the orders of a run go, and with real money until when."""
    from openbell.cli.shell.options import shown_time

    spec = prepared.spec
    for name, wire in prepared.wires.items():
        account, place = spec.accounts[name], " ".join(wire.broker.place(wire.options)[:2])
        kind = "SIMULATED, a local server" if account.is_simulated else "REAL MONEY" if account.is_real else "paper"
        nothing = "; a dry run: nothing is sent there" if account.venue == "none" else ""
        tell(f"account {name}: {place}, {kind}{nothing}")
    if any(account.is_real for account in spec.accounts.values()):
        tell(arming.RISK)
    for one in arming.standing(spec, folder, WallClock().now()):
        until = f"armed until {shown_time(one.until)}" if one.until else "NOT ARMED: exits go on, no entry is sent"
        tell(
            styled(
                f" {one.account}: real money, {until}; openbell arm {folder}, openbell disarm {folder} ",
                "red",
                sys.stderr,
            )
        )


def people_of(prepared: "Prepared", *, agrees: bool, is_quiet: bool) -> People | None:
    """Return who is asked about entries during a run, None where no rule asks.

    Args:
        prepared: The run.
        agrees: Every question is answered with yes.
        is_quiet: Nobody types at this terminal.
    """
    if not asks_person(prepared):
        return None
    if agrees:
        tell(CAUTION)
    listens = not is_quiet and sys.stdin.isatty()
    return People(tell, _typed if listens else _nothing, agrees=agrees, sends=sends_in_silence(prepared))


def _typed() -> str | None:
    """Return a line that was typed, None for none; it never waits."""
    ready, _, _ = select.select([sys.stdin], [], [], 0)
    return sys.stdin.readline() or None if ready else None


def _nothing() -> str | None:
    return None
