"""The gate: every order passes here and nowhere else.

`Approved` is made here and nowhere else. Core checks first, then the rules of the configuration. All failures are
reported together. Entry rules never see a risk-reducing order.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

import msgspec

from openbell.core.age import is_overdue
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.exposure import Draft, Exposure, measure, reducible
from openbell.core.types import E8, Instrument, OrderType, Side, div, money


class Facts(NamedTuple):
    """What rules may look at, in integers.

    Money is in 1e-8 of the account's base currency, times are in ns.

    Attributes:
        is_in_session: 1 while the instrument's session runs. since_open, to_close: Time from and to its bounds.
        equity, session_equity, session_flows: Of the account: now, when the session began, deposits since.
        peak: Highest equity, moved along by deposits.
        order_value: Value of the order. instrument_value: Worst case in its instrument with it.
        gross_value: Worst case of the account with it. positions: Pairs held or entered with it.
        entries: Entry orders of the session before it.
        repeat: Time since an equal entry of the same deployment, -1 for none.
        is_killed: 1 while a kill latch covers the order.
    """

    is_in_session: int
    since_open: int
    to_close: int
    equity: int
    session_equity: int
    session_flows: int
    peak: int
    order_value: int
    instrument_value: int
    gross_value: int
    positions: int
    entries: int
    repeat: int
    is_killed: int


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule bound to its options.

    Attributes:
        kind: Its name. applies: entry, exit or both.
        params: Its options as integers. check: `(params, facts) -> code`, 0 to let pass.
        watch: True when `check` is also made after every change of equity, and a failure closes the account's gate.
        release: How that gate opens again: session or manual.
        text: The rule in words, with its values.
        tighter: The way its numbers go when it gets tighter: `less`, `more`, `ratio` for a numerator and denominator
            that get less, empty where nothing can be said.
    """

    kind: str
    applies: str
    params: tuple[int, ...]
    check: Callable[[tuple[int, ...], Facts], int]
    watch: bool = False
    release: str = "manual"
    text: str = ""
    tighter: str = ""


class Approved(msgspec.Struct, frozen=True):
    """An order that has passed the gate; `execution.submit` takes nothing else."""

    draft: Draft


class Denied(msgspec.Struct, frozen=True):
    """An order that has not: every reason, the first one first."""

    codes: tuple[int, ...]


def review(book: Book, rules: tuple[Rule, ...], draft: Draft, ts: int) -> Approved | Denied:
    """Return the verdict on an order at `ts` (ns).

    Pure; a rule that fails to answer counts as a refusal.
    """
    codes = _shape(book.instrument(draft.instrument), draft)
    if draft.reduce_only:
        if draft.qty > reducible(book, draft):
            codes.append(Code.WOULD_FLIP)
        facts = None
    else:
        exposure = measure(book, draft)
        codes += _entry(book, draft, exposure)
        facts = _facts(book, draft, exposure, ts)
    for rule in rules:
        if rule.applies == "both" or (rule.applies == "exit") == draft.reduce_only:
            if facts is None:
                facts = _facts(book, draft, measure(book, draft), ts)
            code = ask(rule, facts)
            if code:
                codes.append(code)
    return Denied(tuple(codes)) if codes else Approved(draft)


def ask(rule: Rule, facts: Facts) -> int:
    """Return the rule's code, 0 to let pass.

    A rule that raises answers RULE_ERROR: the gate fails closed.
    """
    try:
        return rule.check(rule.params, facts)
    except Exception:  # noqa: BLE001 - guard: a rule's fault refuses the order and nothing else
        return Code.RULE_ERROR


def _shape(instrument: Instrument, draft: Draft) -> list[int]:
    """Is it an order the venue could take at all: whole lots, prices on their tick, enough of it?"""
    codes: list[int] = []
    if draft.qty <= 0 or instrument.order_qty(draft.qty) != draft.qty:
        codes.append(Code.OFF_LOT)
    for px in (draft.limit, draft.stop):
        if px is None:
            continue
        if instrument.positive and px <= 0:
            codes.append(Code.BAD_PRICE)
        elif not instrument.is_on_tick(px):
            codes.append(Code.OFF_TICK)
    needs_limit = draft.type in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    needs_stop = draft.type in (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING)
    if needs_limit != (draft.limit is not None) or needs_stop != (draft.stop is not None):
        codes.append(Code.BAD_PRICE)
    return codes


def _entry(book: Book, draft: Draft, exposure: Exposure) -> list[int]:
    truth = book.truth
    account = truth.accounts[draft.account]
    spec = book.spec.accounts[draft.account]
    instrument = book.instrument(draft.instrument)
    kinds = book.latches_over(draft.account, draft.deployment, draft.instrument)
    position = book.position(draft.deployment, draft.instrument)
    found = (
        ("kill" in kinds, Code.KILLED),
        (any(kind not in ("kill", "stale") for kind in kinds), Code.LATCHED),
        (not truth.is_disk_healthy, Code.DISK),
        (not truth.is_ready(draft.account), Code.NOT_READY),
        (f"{draft.account}/{draft.instrument}" in truth.mismatched, Code.MISMATCH),
        (draft.deployment in truth.frozen, Code.FROZEN),
        (not exposure.is_priced, Code.NO_MARK),
        ("stale" in kinds or is_overdue(book, draft.instrument, truth.ts), Code.STALE_DATA),
        (draft.instrument in truth.halted, Code.HALTED),
        (draft.qty < instrument.min_qty or exposure.quoted < instrument.min_notional, Code.BELOW_MINIMUM),
        (draft.side is Side.SELL and not instrument.can_short and position.qty < draft.qty, Code.SHORT_NOT_ALLOWED),
        (exposure.has_opposite and not spec.netting, Code.NETTING),
        (exposure.gross > money(account.equity * spec.leverage), Code.BUYING_POWER),
        (exposure.used > book.deployment_equity(draft.deployment), Code.BUDGET),
        (_too_many(book, draft), Code.MAX_POSITIONS),
    )
    return [code for is_bad, code in found if is_bad]


def _too_many(book: Book, draft: Draft) -> bool:
    """Would the deployment hold or enter more instruments than its own budget allows?"""
    most = book.spec.deployments[draft.deployment].max_positions
    if not most:
        return False
    symbols = {symbol for symbol, p in book.truth.positions[draft.deployment].items() if p.qty}
    symbols.add(draft.instrument)
    for symbol in book.spec.deployments[draft.deployment].instruments:
        orders = book.open_orders[symbol].values()
        if any(o.deployment == draft.deployment and not o.reduce_only for o in orders):
            symbols.add(symbol)
    return len(symbols) > most


def _facts(book: Book, draft: Draft, exposure: Exposure, ts: int) -> Facts:
    session = book.session(draft.instrument)
    last = book.truth.last_entry.get(f"{draft.deployment}/{draft.instrument}")
    is_repeat = last is not None and last[1:] == (draft.side, format(draft.qty, "f")) and not draft.moves
    kinds = book.latches_over(draft.account, draft.deployment, draft.instrument)
    return account_facts(book, draft.account)._replace(
        is_in_session=int(session.open < ts <= session.close),
        since_open=ts - session.open,
        to_close=session.close - ts,
        order_value=cents(exposure.order),
        instrument_value=cents(exposure.instrument),
        gross_value=cents(exposure.gross),
        positions=exposure.positions,
        repeat=ts - last[0] if last is not None and is_repeat else -1,
        is_killed=int("kill" in kinds),
    )


_PER_UNIT = Decimal(100_000_000)


def cents(amount: Decimal) -> int:
    """Return money, a whole multiple of 1e-8, as the number of those."""
    return int(amount * _PER_UNIT)


def as_money(amount: int) -> str:
    """Return a number of 1e-8 as money with two digits, for people."""
    return format(div(amount * E8, Decimal(1), Decimal("0.01")), "f")


def account_facts(book: Book, name: str) -> Facts:
    """Return the facts of an account without any order, for the rules that watch its equity."""
    account = book.truth.accounts[name]
    return Facts(
        is_in_session=1,
        since_open=0,
        to_close=0,
        equity=cents(account.equity),
        session_equity=cents(account.session_equity),
        session_flows=cents(account.session_flows),
        peak=cents(account.peak),
        order_value=0,
        instrument_value=0,
        gross_value=0,
        positions=0,
        entries=account.entries,
        repeat=-1,
        is_killed=0,
    )
