"""Holds an entry until a person has confirmed exactly this order.

A large one by typing its quantity.
"""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.effects import Decision, Note
from openbell.core.events import Answer
from openbell.core.exposure import Draft
from openbell.core.monitor import Send
from openbell.core.risk import Scene, cents
from openbell.parts.rules._limits import Limit, in_words, limit_params, parse_limit, passes
from openbell.schema import PartConfig, format_decimal

ID, WHEN, EFFECT, SOURCE = "D42", "before each order", "holds the order", "founding documents, OWASP agent sheet"
APPLIES = "entry"
NEEDS = ("person",)
HEARS = (Answer,)


class Config(PartConfig):
    """Options: `typed_above`, worth from which on the quantity has to be typed."""

    typed_above: Limit = parse_limit("5%")


class Facts(NamedTuple):
    """What it is told: 1 once a person has confirmed."""

    is_confirmed: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return whether the order was confirmed."""
    return Facts(int(scene.order[0].is_confirmed))


def params(config: Config) -> tuple[int, ...]:
    """Return the worth as a share and as money."""
    return limit_params(config.typed_above)


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse what nobody has confirmed."""
    return 0 if facts.is_confirmed else int(Code.UNCONFIRMED)


def hear(params: tuple[int, ...], book: Book, answer: Answer) -> Iterator[Send | Decision | Note]:
    """Send the order that was confirmed in time and in the words asked for.

    It passes the whole gate again.
    """
    asked = book.truth.answered
    if asked is None or asked.id != answer.ask:
        return
    draft = msgspec.json.decode(asked.question, type=Draft)
    account = book.truth.accounts[draft.account]
    terms = book.stakes.terms(draft.account, draft.instrument)
    worth = cents(terms.value(draft.qty, draft.limit or draft.stop or terms.px or draft.qty))
    wanted = format_decimal(draft.qty)
    is_large = passes(worth, params, cents(account.equity))
    is_agreed = answer.value == wanted or (answer.value == "yes" and not is_large)
    if answer.is_ok and is_agreed and answer.ts <= asked.deadline:
        yield Send(draft=msgspec.structs.replace(draft, is_confirmed=True))
    else:
        yield Decision(
            deployment=draft.deployment, instrument=draft.instrument, signal=draft.reason, code=Code.UNCONFIRMED
        )
        yield Note(
            kind="unconfirmed",
            text=f"{draft.deployment} {draft.instrument}: not confirmed in time by {wanted if is_large else 'yes'!r}",
        )


def text(config: Config) -> str:
    """Return the rule in words."""
    return f"a person confirms every entry, above {in_words(config.typed_above)} by typing its quantity"
