"""What was asked before an order was sent, and why none could be.

Each limit, its answer, and what it looked at.
"""

from decimal import Decimal

from openbell.core.book import Book
from openbell.core.effects import Submit
from openbell.core.events import Genesis
from openbell.core.risk import Facts
from openbell.core.types import E8
from openbell.report.figures import exact

MONEY = ("equity", "session_equity", "session_flows", "peak", "order_value", "instrument_value", "gross_value")
"""Of the facts, those that are money in the account's base currency."""
PASSED, NOT_ASKED = "passed", "not asked"


def terms_of(genesis: Genesis, book: Book) -> tuple[str, ...]:
    """Return the limits in force in words, in the order in which they are asked."""
    changed = book.truth.limits
    return genesis.rules if changed is None else tuple(rule.text for rule in changed.rules)


def answers_of(submit: Submit, terms: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return each limit in words with its answer on an order.

    There are none where the record is older than such answers. What was not asked has nothing to say of such an order:
    limits on entries never stop an exit. A refusal is no answer here: what is refused is not sent.
    """
    if not submit.passed:
        return []
    return [(text, PASSED if n in submit.passed else NOT_ASKED) for n, text in enumerate(terms)]


def looked_at(submit: Submit) -> dict[str, str | int]:
    """Return what limits saw of an order, by name: money as text, spans in ns, counts."""
    return {
        name: exact(Decimal(value) * E8) if name in MONEY else value
        for name, value in zip(Facts._fields, submit.seen, strict=False)
    }


def unready(book: Book, account: str) -> list[str]:
    """Return in words why an account may take no risk now, nothing where it may."""
    contact = book.truth.contacts.get(account)
    if contact is None:
        return []
    if not contact.is_up:
        return [f"the order line of {account} is down: {contact.why}"]
    if not contact.is_ready:
        return [f"{account} has not yet told what it holds since its line came up"]
    return [f"{account}: {contact.apart}"] if contact.apart else []
