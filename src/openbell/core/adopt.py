"""Taking over what is not ours, giving away what is: the book changed without a trade.

Each is an `Adjust` with its cause, both figures and an alert.
"""

from decimal import Decimal

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import external_of
from openbell.core.codes import Code
from openbell.core.desk import covers, take_back
from openbell.core.exposure import book_qty, outside_part
from openbell.core.position import Position
from openbell.core.traders import Traders
from openbell.core.types import E8, ZERO, div


def adjust(traders: Traders, effect: fx.Adjust) -> None:
    """Change the book openly: the effect, its alert, and protection of what is held now."""
    desk = traders.desk
    desk.emit(effect)
    text = f"{effect.account} {effect.instrument}: {effect.cause} (before {effect.before}, after {effect.after})"
    desk.emit(fx.Alert(level="warning", key=f"adjustment/{effect.id}", text=text))
    traders.guard(effect.deployment, effect.instrument)


def move(traders: Traders, position: Position, change: tuple[Decimal, Decimal], cause: str, *, is_flow: bool) -> None:
    """Change a position by signed units and cost (quote currency)."""
    desk = traders.desk
    qty, cost = change
    deployment = position.deployment if position.deployment in desk.book.spec.deployments else ""
    adjust(
        traders,
        fx.Adjust(
            account=position.account,
            cause=cause,
            deployment=deployment,
            instrument=position.instrument,
            qty=qty,
            id=f"{position.account}/{position.deployment}/{position.instrument}/{desk.ts}/{desk.book.truth.counts.alerts}",
            cost=cost,
            before=f"{position.qty:f}",
            after=f"{position.qty + qty:f}",
            is_flow=is_flow,
        ),
    )


def external(traders: Traders, account: str, symbol: str) -> Position:
    """Return what the account holds of an instrument for no strategy.

    A blank position where it holds none.
    """
    name = external_of(traders.desk.book, account)
    found = traders.desk.book.truth.positions.get(name, {}).get(symbol)
    return found if found is not None else Position(account=account, deployment=name, instrument=symbol)


def take_over(traders: Traders, account: str, symbol: str, qty: Decimal, cause: str) -> None:
    """Let `external` take signed units at the mark; that is no profit."""
    book = traders.desk.book
    cost = book.instrument(symbol).value(qty, book.mark_px(symbol) or ZERO)
    move(traders, external(traders, account, symbol), (qty, cost), cause, is_flow=True)


# --- sold by hand ------------------------------------------------------------------------------------------------


def freeze_outsold(traders: Traders, account: str, symbol: str, why: str) -> None:
    """Freeze each deployment that thinks it holds more than the account does."""
    book, desk = traders.desk.book, traders.desk
    outside = outside_part(book, account, symbol)
    for position in list(book.holders[symbol]):
        is_ours = position.account == account and position.deployment in book.spec.deployments
        if not is_ours or outside * position.qty >= 0:
            continue
        if position.deployment not in book.truth.frozen:
            reason = f"{position.deployment} holds {position.qty:f} {symbol}, of which {outside:f} are gone: {why}"
            desk.emit(fx.Freeze(deployment=position.deployment, is_on=True, why=reason))
            text = f"FROZEN until adopt or release: {reason}"
            desk.emit(fx.Alert(level="critical", key=f"frozen/{position.deployment}", text=text))
        traders.guard(position.deployment, symbol)


# --- commands ----------------------------------------------------------------------------------------------------


def on_adopt(traders: Traders, command: ev.Command) -> None:
    """Make the book what the venue says, in a scope, and let its deployments trade again.

    What was bought or sold by hand against a deployment is taken off that deployment; the rest is `external`.
    """
    book, desk = traders.desk.book, traders.desk
    who = f"adopted by {command.actor}: {command.reason}"
    for account, contact in book.truth.contacts.items():
        if not contact.is_up or contact.as_of < contact.since:
            desk.emit(
                fx.Alert(
                    level="error",
                    key=f"adopt/{command.id}",
                    text=f"{account} has told nothing since its line is up; adopt again when it has",
                )
            )
            continue
        for symbol in (one for one in book.spec.instruments if covers(command.scope, account, "", one)):
            if book.mark_px(symbol) is not None or f"{account}/{symbol}" not in book.truth.mismatched:
                _adopt(traders, account, symbol, contact.positions.get(symbol, ZERO), who)
            else:
                # Taken over for nothing, it would be a profit or a loss as soon as it has a price.
                desk.emit(
                    fx.Alert(
                        level="error",
                        key=f"adopt/{command.id}/{symbol}",
                        text=f"{account} {symbol} has no price yet; adopt again when it has",
                    )
                )


def _adopt(traders: Traders, account: str, symbol: str, there: Decimal, who: str) -> None:
    book, desk = traders.desk.book, traders.desk
    if f"{account}/{symbol}" in book.truth.mismatched:
        here = book_qty(book, account, symbol)
        if there != here:
            take_over(traders, account, symbol, there - here, who)
        desk.emit(fx.Mismatch(account=account, instrument=symbol, is_on=False))
    for position in list(book.holders[symbol]):
        if position.account == account:
            _give_up(traders, position, who)
    meant = (n for n, spec in book.spec.deployments.items() if spec.account == account and symbol in spec.instruments)
    for name in [n for n in meant if n in book.truth.frozen and _is_whole(traders, n)]:
        desk.emit(fx.Freeze(deployment=name, is_on=False, why=who))


def _give_up(traders: Traders, position: Position, who: str) -> None:
    """Take off a deployment what its account no longer has."""
    other = external(traders, position.account, position.instrument)
    if other.qty * position.qty >= 0:
        return
    qty = min(abs(position.qty), abs(other.qty))
    _transfer(traders, position, qty if position.qty > 0 else -qty, who)


def _transfer(traders: Traders, position: Position, qty: Decimal, who: str) -> None:
    """Hand signed units of a deployment over to `external`, with their share of the cost."""
    cost = position.cost if qty == position.qty else div(position.cost * abs(qty), abs(position.qty), E8)
    other = external(traders, position.account, position.instrument)
    move(traders, position, (-qty, -cost), who, is_flow=False)
    move(traders, other, (qty, cost), who, is_flow=False)


def _is_whole(traders: Traders, deployment: str) -> bool:
    """Return True if the accounts hold everything that a deployment thinks it holds."""
    book = traders.desk.book
    return all(
        outside_part(book, p.account, p.instrument) * p.qty >= 0
        for p in book.truth.positions[deployment].values()
        if p.qty
    )


def on_release(traders: Traders, command: ev.Command) -> None:
    """Hand what the deployments of a scope hold over to `external`.

    They are flat then and may trade again. Who holds the other side of that has lost it, and is frozen.
    """
    book, desk = traders.desk.book, traders.desk
    who = f"released by {command.actor}: {command.reason}"
    given: dict[tuple[str, str], None] = {}
    for name, spec in book.spec.deployments.items():
        if not covers(command.scope, spec.account, name, ""):
            continue
        for symbol in spec.instruments:
            given[spec.account, symbol] = None
            _release(traders, book.position(name, symbol), who)
        if name in book.truth.frozen:
            desk.emit(fx.Freeze(deployment=name, is_on=False, why=who))
    for account, symbol in given:
        freeze_outsold(traders, account, symbol, who)


def _release(traders: Traders, position: Position, who: str) -> None:
    take_back(traders.desk, traders.desk.book.pair_orders(position.deployment, position.instrument), Code.OPERATOR)
    if position.qty:
        _transfer(traders, position, position.qty, who)
