"""Real money and the person who armed it: who may trade it now, and until when.

What is in force stands in the journal. An `arm` that was left for the next start counts too: it is the first thing that
the run takes.
"""

from pathlib import Path

import msgspec

from openbell.core.book import Book
from openbell.core.enable import account_digits
from openbell.core.events import Command
from openbell.core.spec import RunSpec
from openbell.parts.rules.armed import armed_until
from openbell.run import state
from openbell.run.modes import ModeRefused
from openbell.run.reading import read_book

RISK = (
    "For study, at your own risk: prices gap, lines fail, stops fill worse than where they stand, and you can lose more"
    " than the limits say. Nothing here is advice."
)
"""Said before real money is traded."""


class Arming(msgspec.Struct, frozen=True, kw_only=True):
    """One account with real money.

    Attributes:
        account: Its name. digits: The last four of its number. until: When its arming ends, UTC ns, 0 for not armed.
        is_busy: It holds something, or has orders at its venue.
    """

    account: str
    digits: str
    until: int
    is_busy: bool


def real_names(spec: RunSpec) -> list[str]:
    """Return the accounts of a run that hold real money."""
    return [name for name, account in spec.accounts.items() if account.is_real]


def armings(book: Book) -> list[Arming]:
    """Return how each account with real money stands in a book."""
    return [
        Arming(
            account=name, digits=account_digits(book, name), until=armed_until(book, name), is_busy=_is_busy(book, name)
        )
        for name in real_names(book.spec)
    ]


def _is_busy(book: Book, account: str) -> bool:
    held = any(position.qty and position.account == account for position in book.all_positions())
    return held or any(order.account == account for by_id in book.open_orders.values() for order in by_id.values())


def standing(spec: RunSpec, folder: Path | None, now: int) -> list[Arming]:
    """Return how each account with real money will stand when a state is started.

    Args:
        spec: The run.
        folder: Its state directory, None for one that is still to be made.
        now: UTC ns.
    """
    known = {name: Arming(account=name, digits=spec.accounts[name].digits, until=0, is_busy=False)
             for name in real_names(spec)}  # fmt: skip
    if folder is None:
        return list(known.values())
    if state.journal(folder).is_dir():
        known |= {one.account: one for one in armings(read_book(state.journal(folder)).book) if one.account in known}
    for _, command in state.commands(folder):
        if command is not None and command.kind in ("arm", "disarm"):
            _heed(known, command)
    return [one if one.until > now else msgspec.structs.replace(one, until=0) for one in known.values()]


def _heed(known: dict[str, Arming], command: Command) -> None:
    """Take note of a word that waits, as the engine will take it."""
    meant = [name for name in known if command.scope in ("all", f"account:{name}")]
    typed = ",".join(known[name].digits for name in meant)
    if command.kind == "arm" and command.digits.replace(" ", "") != typed:
        return
    for name in meant:
        known[name] = msgspec.structs.replace(known[name], until=command.until if command.kind == "arm" else 0)


def demand_armed(spec: RunSpec, folder: Path | None, now: int) -> list[Arming]:
    """Return how each account with real money will stand at a start that is allowed.

    A run that holds something, or has orders at a venue, may always start: unarmed it adds nothing and looks after it.

    Raises:
        ModeRefused: An account is not armed, and there is nothing in it to look after.
    """
    found = standing(spec, folder, now)
    bare = [one.account for one in found if not one.until and not one.is_busy]
    if bare:
        where = f"--state {folder}" if folder is not None else "--state DIR"
        todo = f"a person arms it first: openbell arm FILE {where}, which asks for the account's last four digits"
        raise ModeRefused(f"account {', '.join(bare)} trades real money and is not armed; {todo}")
    return found
