"""Limits too wide to bind: would each refuse ten times an account's usual order?"""

from decimal import Decimal

from openbell.core.book import Book, fresh_truth
from openbell.core.exposure import Draft, measure
from openbell.core.order import Order
from openbell.core.risk import Rule, Scene, as_money, ask, cents, facts_of
from openbell.core.types import DAY_NS, money

TIMES = 10
"""An order so many times the usual one is a mistake; a limit on size has to refuse it."""
HUGE = 1_000_000
"""Times the usual order at which every limit on size refuses: what does not is a limit on something else."""
WEEK_NS = 7 * DAY_NS
WIDE_BY_NATURE = frozenset(
    {"gross_exposure", "net_exposure", "leverage", "min_cash", "portfolio_risk", "max_positions"}
)
"""Limits on all that an account holds: one order of ten times the usual size need not reach them."""


def too_wide(book: Book, rules: tuple[Rule, ...]) -> list[str]:
    """Return in words the limits on size that let ten times the median order pass.

    Asked is about an account that holds nothing, at the prices of now.
    """
    found = []
    for name in book.truth.accounts:
        usual = usual_order(book, name)
        if usual is None:
            continue
        bare, worth = _bare(book), as_money(_worth(book, usual))
        wide = (rule for rule in rules if rule.kind not in WIDE_BY_NATURE and _is_wide(bare, rule, usual))
        words = f"lets {TIMES} times the usual order of {name}, {worth}, pass"
        found += [f"{rule.text}: {words}" for rule in wide]
    return found


class Weekly:
    """Asks the same again each week that a run lives."""

    def __init__(self, now: int) -> None:
        """Count from an instant (UTC ns) at which it has been asked."""
        self._next = now + WEEK_NS

    def look(self, book: Book, rules: tuple[Rule, ...], now: int) -> list[str]:
        """Return in words the limits that are too wide, once a week; `now` is UTC ns."""
        if now < self._next:
            return []
        self._next = now + WEEK_NS
        return too_wide(book, rules)


def usual_order(book: Book, account: str) -> Order | None:
    """Return the entry order of median value of an account; None where there was none."""
    orders = [
        order
        for order in book.truth.orders.values()
        if order.account == account and not order.reduce_only and _worth(book, order)
    ]
    return sorted(orders, key=lambda order: _worth(book, order))[len(orders) // 2] if orders else None


def _worth(book: Book, order: Order) -> int:
    """Return the value of an order in 1e-8 of its account's currency, 0 where it has no price."""
    px, account = order.limit or order.stop or book.mark_px(order.instrument), book.truth.accounts[order.account]
    if px is None:
        return 0
    return cents(
        abs(money(book.instrument(order.instrument).value(order.qty, px) * book.rate(account, order.instrument)))
    )


def _is_wide(bare: Book, rule: Rule, usual: Order) -> bool:
    return (
        rule.applies in ("entry", "both")
        and _refuses(bare, rule, usual, HUGE)
        and not _refuses(bare, rule, usual, TIMES)
    )


def _refuses(bare: Book, rule: Rule, usual: Order, times: int) -> bool:
    draft = Draft(
        account=usual.account, deployment=usual.deployment, instrument=usual.instrument, side=usual.side,
        qty=usual.qty * Decimal(times), type=usual.type, tif=usual.tif, limit=usual.limit, stop=usual.stop,
    )  # fmt: skip
    scene = Scene(bare, draft.account, bare.truth.ts, draft, measure(bare, draft))
    return bool(ask(rule, facts_of(scene), scene))


def _bare(book: Book) -> Book:
    """Return a book with the prices, accounts and sessions of another, and nothing held or ordered."""
    truth = fresh_truth(book.spec)
    truth.ts, truth.marks, truth.sessions = book.truth.ts, book.truth.marks, book.truth.sessions
    truth.accounts, truth.limits = book.truth.accounts, book.truth.limits
    return Book(book.spec, truth)
