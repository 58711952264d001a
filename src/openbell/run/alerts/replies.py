"""What a person is answered who asks how things stand. Pure."""

from collections.abc import Iterator
from decimal import Decimal

from openbell.core.book import Book
from openbell.core.effects import Decision
from openbell.core.types import E8, ZERO, div
from openbell.report.figures import amount, code_label, percent, price, quantity, utc

HELP = """\
/status how it stands
/positions what is held
/pnl what it came to
/why SYMBOL the last decision
/pause no new entries
/resume entries again (asks for a code)
/kill every order back, no new risk (asks for a code)
/kill close the same, and everything is closed"""
MOST = 30
"""Positions named one by one."""


def status(book: Book, *, is_well: bool) -> str:
    """Return how a run stands: mode, life, deployments, what is closed."""
    lines = [f"mode {book.spec.mode}, the engine {'runs' if is_well else 'does not run or is silent'}"]
    lines += [f"{name}: {one.strategy} on {', '.join(one.instruments)}" for name, one in book.spec.deployments.items()]
    lines += [f"killed: {one.scope}, {one.stage}, by {one.actor}: {one.reason}" for one in book.truth.kills.values()]
    lines += [f"closed for entries: {one.scope} ({one.kind}: {one.reason})" for one in book.truth.latches.values()]
    lines += [f"frozen: {name}: {why}" for name, why in book.truth.frozen.items()]
    return "\n".join([*lines, *_equity(book)])


def _equity(book: Book) -> Iterator[str]:
    for account in book.truth.accounts.values():
        result, start = account.session_result, account.session_equity
        share = div(result, start, E8) if start else ZERO
        money = account.currency
        yield (
            f"{account.name}: equity {amount(account.equity, money)}, today {amount(result, money, signed=True)}"
            f" ({percent(share, signed=True)})"
        )


def pnl(book: Book) -> str:
    """Return what each account and deployment came to."""
    lines = list(_equity(book))
    for account in book.truth.accounts.values():
        whole = account.equity - account.equity_start - account.net_flows
        lines.append(f"{account.name}: since the start {amount(whole, account.currency, signed=True)}")
    for name, spec in book.spec.deployments.items():
        money = book.truth.accounts[spec.account].currency
        lines.append(f"{name}: {amount(book.deployment_equity(name) - spec.capital, money, signed=True)}")
    return "\n".join(lines)


def positions(book: Book) -> str:
    """Return what is held."""
    held = [one for one in book.all_positions() if one.qty]
    lines = []
    for one in held[:MOST]:
        instrument, mark = book.instrument(one.instrument), book.mark_px(one.instrument)
        at = price(mark, instrument) if mark is not None else "an unknown price"
        result: Decimal = one.unrealised
        lines.append(
            f"{quantity(one.qty)} {one.instrument} at {price(one.average(instrument), instrument)}, now {at},"
            f" {amount(result, instrument.currency, signed=True)} ({one.deployment})"
        )
    if len(held) > MOST:
        lines.append(f"and {len(held) - MOST} more")
    return "\n".join(lines) or "nothing is held"


def why(latest: dict[tuple[str, str], tuple[int, Decision]], symbol: str) -> str:
    """Return the last decision on a symbol, of each deployment."""
    lines = [
        f"{name} {known} at {utc(ts)}: {code_label(one.signal)}, ended as {code_label(one.code)}"
        for (name, known), (ts, one) in latest.items()
        if symbol.upper() in ("", known)
    ]
    return "\n".join(lines[:MOST]) or f"nothing was decided on {symbol.upper() or 'anything'} since this notifier began"
