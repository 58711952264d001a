"""Limits too wide to bind: would each refuse ten times an account's usual order?"""

from statistics import median

from openbell.core.book import Book
from openbell.core.risk import Facts, Rule, account_facts, as_money, ask, cents
from openbell.core.types import money

TIMES = 10
"""An order so many times the usual one is a mistake; a limit on size has to refuse it."""
HUGE = 1_000_000
"""Times the usual order at which every limit on size refuses: what does not is a limit on something else."""


def too_wide(book: Book, rules: tuple[Rule, ...]) -> list[str]:
    """Return in words the limits on size that let ten times the median order pass."""
    found = []
    for name in book.truth.accounts:
        usual = usual_order(book, name)
        if not usual:
            continue
        huge, large = _facts(book, name, usual * HUGE), _facts(book, name, usual * TIMES)
        wide = (rule for rule in rules if ask(rule, huge) and not ask(rule, large))
        words = f"lets {TIMES} times the usual order of {name}, {as_money(usual)}, pass"
        found += [f"{rule.text}: {words}" for rule in wide]
    return found


def usual_order(book: Book, account: str) -> int:
    """Return the median value of an account's entries, in 1e-8 of its currency; 0 for none."""
    values = []
    state = book.truth.accounts[account]
    for order in book.truth.orders.values():
        px = order.limit or order.stop or book.mark_px(order.instrument)
        if order.account == account and not order.reduce_only and px is not None:
            value = book.instrument(order.instrument).value(order.qty, px) * book.rate(state, order.instrument)
            values.append(cents(abs(money(value))))
    return int(median(values)) if values else 0


def _facts(book: Book, account: str, value: int) -> Facts:
    facts = account_facts(book, account)
    return facts._replace(order_value=value, instrument_value=value, gross_value=max(facts.gross_value, value))
