"""The gate: every order passes here and nowhere else.

`Approved` is made here and nowhere else. Core checks first, then the rules of the configuration. All failures are
reported together. Entry rules never see a risk-reducing order.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar, cast

import msgspec

from openbell.core.account import Account
from openbell.core.age import is_overdue
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.exposure import Draft, Exposure, measure, reducible
from openbell.core.types import E8, Instrument, OrderType, Side, div, is_multiple, money, require

Answer = TypeVar("Answer")


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


class Scene(NamedTuple):
    """Where a rule with facts of its own looks.

    The book, and the order in question if there is one.

    Attributes:
        book: Truth and its indices. account: Whose limits are asked. ts: Instant, ns.
        draft: The order, None where equity is watched. exposure: Worst case with it.
    """

    book: Book
    account: str
    ts: int
    draft: Draft | None = None
    exposure: Exposure | None = None

    @property
    def order(self) -> tuple[Draft, Exposure]:
        """The order and the worst case with it."""
        require(self.draft is not None and self.exposure is not None, "a rule for orders was asked without one")
        return cast(tuple[Draft, Exposure], (self.draft, self.exposure))


NOTHING, WARN, HOLD, FLATTEN = range(4)
"""How far a limit on equity has been passed: alert, close the gate, get out of everything."""
AS_IT_IS, EASED = (1, 1), (4, 5)
"""What a warning's limit is multiplied by: once given, it is only given again after the loss was a fifth smaller."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule bound to its options.

    Attributes:
        kind: Its name. applies: entry, exit, both or none.
        params: Its options as integers. check: `(params, facts) -> code`, 0 to let pass.
        watch: True when `check` is also made after every change of equity, and a failure closes the account's gate.
        release: How that gate opens again: session, week, month or manual.
        text: The rule in words, with its values.
        tighter: The way its numbers go when it gets tighter: `less`, `more`, `ratio` for a numerator and denominator
            that get less, empty where nothing can be said.
        look: `(params, scene) -> facts` of its own, whole numbers, where those of `Facts` do not do.
        stages: `(params, facts, ease) -> stage` of a limit with more stages than one; `ease` is for the warning.
        scale: `(params, facts) -> (numerator, denominator)`, what a new position is multiplied by before the gate;
            `look` sees its draft and no exposure then.
        reprice: Gives an order another form before the gate asks about it.
        hears: Events and effects that it is told of. hear: What follows from one; see `core.conduct`.
        wait: How long a person has to confirm what it holds, ns; 0 for a rule that asks nobody.
    """

    kind: str
    applies: str
    params: tuple[int, ...]
    check: Callable[[tuple[int, ...], Any], int]
    watch: bool = False
    release: str = "manual"
    text: str = ""
    tighter: str = ""
    look: Callable[[tuple[int, ...], Scene], Any] | None = None
    stages: Callable[[tuple[int, ...], Any, tuple[int, int]], int] | None = None
    scale: Callable[[tuple[int, ...], Any], tuple[int, int]] | None = None
    reprice: Callable[[tuple[int, ...], Book, Draft], Draft] | None = None
    hears: tuple[type, ...] = ()
    hear: Callable[[tuple[int, ...], Book, Any], Iterable[Any]] | None = None
    wait: int = 0

    @property
    def warns(self) -> bool:
        """True for a limit with stages whose warning is on.

        Its share is the second of the options.
        """
        return self.stages is not None and len(self.params) > 2 and self.params[2] > 0


class Approved(msgspec.Struct, frozen=True):
    """An order that has passed the gate; `execution.submit` takes nothing else.

    `passed` and `seen` are as in `effects.Submit`.
    """

    draft: Draft
    passed: tuple[int, ...] = ()
    seen: tuple[int, ...] = ()


class Denied(msgspec.Struct, frozen=True):
    """An order that has not: every reason, the first one first."""

    codes: tuple[int, ...]


def review(book: Book, rules: tuple[Rule, ...], draft: Draft, ts: int) -> Approved | Denied:
    """Return the verdict on an order at `ts` (ns).

    Pure; a rule that fails to answer counts as a refusal.
    """
    codes, passed = _shape(book.instrument(draft.instrument), draft), list[int]()
    exposure = facts = scene = None
    asked = ("both", "exit" if draft.reduce_only else "entry")
    if draft.reduce_only:
        if draft.qty > reducible(book, draft):
            codes.append(Code.WOULD_FLIP)
    else:
        exposure = measure(book, draft)
        codes += _entry(book, draft, exposure)
    for n, rule in enumerate(rules):
        if rule.applies in asked:
            scene = scene or Scene(book, draft.account, ts, draft, exposure or measure(book, draft))
            if rule.look is None:
                facts = facts or facts_of(scene)
            if code := ask(rule, facts, scene):
                codes.append(code)
            else:
                passed.append(n)
    return Denied(tuple(codes)) if codes else Approved(draft, tuple(passed), facts or ())


def ask(rule: Rule, facts: Facts | None, scene: Scene | None = None) -> int:
    """Return the rule's code, 0 to let pass.

    A rule that raises answers RULE_ERROR: the gate fails closed.
    """
    if rule.look is None:
        return safely(rule.check, _FAILED, rule.params, facts)
    return safely(_answer, _FAILED, rule, facts, scene)


_FAILED = int(Code.RULE_ERROR)


def _answer(rule: Rule, facts: Facts | None, scene: Scene | None) -> int:
    return rule.check(rule.params, seen(rule, facts, scene))


def seen(rule: Rule, facts: Facts | None, scene: Scene | None) -> Any:
    """Return the facts that a rule is asked with."""
    return facts if rule.look is None or scene is None else rule.look(rule.params, scene)


def safely(call: Callable[..., Answer], otherwise: Answer, *given: Any) -> Answer:
    """Return what a rule says, or `otherwise` if it raises."""
    try:
        return call(*given)
    except Exception:  # noqa: BLE001 - guard: a rule's fault refuses the order and nothing else
        return otherwise


def _shape(instrument: Instrument, draft: Draft) -> list[int]:
    """Is it an order the venue could take at all.

    Whole lots, prices on their tick, enough of it?
    """
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
    truth, instrument = book.truth, book.instrument(draft.instrument)
    account, spec = truth.accounts[draft.account], book.spec.accounts[draft.account]
    kinds = book.latches_over(draft.account, draft.deployment, draft.instrument)
    told = truth.relisted.get(draft.instrument)
    can_short = instrument.can_short and (told is None or told.can_short)
    found = (
        ("kill" in kinds, Code.KILLED),
        (any(kind not in ("kill", "stale", draft.past) for kind in kinds), Code.LATCHED),
        (not truth.is_disk_healthy, Code.DISK),
        (not truth.is_ready(draft.account), Code.NOT_READY),
        (f"{draft.account}/{draft.instrument}" in truth.mismatched, Code.MISMATCH),
        (draft.deployment in truth.frozen, Code.FROZEN),
        (not exposure.is_priced, Code.NO_MARK),
        ("stale" in kinds or is_overdue(book, draft.instrument, truth.ts), Code.STALE_DATA),
        (draft.instrument in truth.halted, Code.HALTED),
        (draft.qty < instrument.min_qty or exposure.quoted < instrument.min_notional, Code.BELOW_MINIMUM),
        (
            draft.side is Side.SELL
            and not can_short
            and book.position(draft.deployment, draft.instrument).qty < draft.qty,
            Code.SHORT_NOT_ALLOWED,
        ),
        (told is not None and told.step > 0 and not is_multiple(draft.qty, told.step), Code.OFF_LOT),
        (exposure.has_opposite and not spec.netting, Code.NETTING),
        (exposure.gross > money(account.equity * spec.leverage), Code.BUYING_POWER),
        (exposure.used > book.deployment_equity(draft.deployment), Code.BUDGET),
        (_too_many(book, draft), Code.MAX_POSITIONS),
        (_has_traded(book, draft), Code.DAILY_TRADES),
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
        if any(o.deployment == draft.deployment and not o.reduce_only for o in book.open_orders[symbol].values()):
            symbols.add(symbol)
    return len(symbols) > most


def _has_traded(book: Book, draft: Draft) -> bool:
    """Has the deployment sent as many entries in this session as its own budget allows?"""
    most, conduct = book.spec.deployments[draft.deployment].max_entries, book.truth.conduct.get(draft.deployment)
    return bool(most) and conduct is not None and conduct.orders >= most


def facts_of(scene: Scene) -> Facts:
    """Return the facts of an order that all rules share."""
    book, ts, (draft, exposure) = scene.book, scene.ts, scene.order
    session = book.session(draft.instrument)
    last = book.truth.last_entry.get(f"{draft.deployment}/{draft.instrument}")
    is_repeat = last is not None and last[1:] == (draft.side, format(draft.qty, "f")) and not draft.moves
    kinds = book.latches_over(draft.account, draft.deployment, draft.instrument)
    account = book.truth.accounts[draft.account]
    return Facts(
        int(session.open < ts <= session.close), ts - session.open, session.close - ts, *_money_facts(account),
        cents(exposure.order), cents(exposure.instrument), cents(exposure.gross), exposure.positions, account.entries,
        ts - last[0] if last is not None and is_repeat else -1, int("kill" in kinds),
    )  # fmt: skip


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
    return Facts(1, 0, 0, *_money_facts(account), 0, 0, 0, 0, account.entries, -1, 0)


def _money_facts(account: Account) -> tuple[int, int, int, int]:
    return (
        cents(account.equity), cents(account.session_equity), cents(account.session_flows), cents(account.peak)
    )  # fmt: skip
