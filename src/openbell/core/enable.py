"""Opening a gate again after a kill or a loss: never by itself.

It opens only where nothing speaks against it.
"""

from hashlib import sha256

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.desk import covers
from openbell.core.kill import accounts_in, reaches, summary
from openbell.core.ladder import Stage
from openbell.core.traders import Traders
from openbell.core.types import Status, seconds

PAUSES = ("pause", "frozen", "stop")
"""Latches that `resume` opens; all others need `enable`."""


def account_digits(book: Book, account: str) -> str:
    """Return the last four digits of an account's number.

    A simulated one is numbered by its instance.
    """
    made = int(sha256(f"{book.truth.instance}/{account}".encode()).hexdigest()[:8], 16)
    return book.spec.accounts[account].digits or str(made)[-4:].zfill(4)


def obstacles(book: Book, command: ev.Command) -> list[str]:
    """Return in words all that speaks against an `enable`; empty when nothing does."""
    scope, truth = command.scope, book.truth
    meant = accounts_in(book, scope)
    found = []
    if not command.reason.strip():
        found.append("no cause is given: say why it is safe again")
    if not [one for one in truth.latches.values() if one.kind not in PAUSES and scope in ("all", one.scope)]:
        found.append(f"no gate of {scope} is closed by a kill or a limit")
    wanted = ",".join(account_digits(book, name) for name in meant)
    if command.digits.replace(" ", "") != wanted:
        found.append(f"the digits typed are not the last four of account {', '.join(meant)}")
    found += [
        summary(book, state)
        for state in truth.kills.values()
        if state.stage is not Stage.DONE and scope in ("all", state.scope)
    ]
    if not truth.is_disk_healthy:
        found.append("the journal's disk is not healthy")
    found += [f"{name}: orders and positions are not reconciled yet" for name in meant if not truth.is_ready(name)]
    found += [f"{where} disagrees with the venue: {why}" for where, why in truth.mismatched.items()]
    found += [f"{name} is frozen: {why}" for name, why in truth.frozen.items() if reaches(book, scope, name)]
    found += [
        f"the fate of order {order.oid} is unknown"
        for orders in book.open_orders.values()
        for order in orders.values()
        if order.status is Status.UNKNOWN and covers(scope, order.account, order.deployment, order.instrument)
    ]
    return found


def enable(traders: Traders, command: ev.Command) -> None:
    """Open what a kill or a limit has closed, if nothing speaks against it.

    For a while sizes are smaller.
    """
    desk, book = traders.desk, traders.desk.book
    if against := obstacles(book, command):
        text = f"enable of {command.scope} by {command.actor} is refused: {'; '.join(against)}"
        desk.emit(fx.Alert(level="error", key=f"enable/{command.id}", text=text))
        return
    who = f"enable by {command.actor}: {command.reason}"
    smaller = f"for {seconds(book.spec.kill.ramp)} s entries have 1/{book.spec.kill.ramp_part} of their size"
    for latch in list(book.truth.latches.values()):
        if latch.kind not in PAUSES and latch.release != "evidence" and command.scope in ("all", latch.scope):
            desk.emit(fx.Latch(kind=latch.kind, scope=latch.scope, is_on=False, reason=who))
    until = desk.ts + book.spec.kill.ramp
    for scope in dict.fromkeys((*(one for one in book.truth.kills if command.scope == "all"), command.scope)):
        desk.emit(fx.Kill(scope=scope, ramp_until=until))
    desk.emit(fx.Alert(level="warning", key=f"enable/{command.id}", text=f"{who}; {smaller}"))
    guard_again(traders, command.scope)


def guard_again(traders: Traders, scope: str) -> None:
    """Protect what a scope holds, once nothing is being closed there any more."""
    for pairs in traders.pairs.values():
        for pair in pairs.values():
            if pair.position.qty and covers(scope, pair.spec.account, pair.name, pair.symbol):
                traders.desk.guard(pair)
