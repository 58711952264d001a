"""Holds an entry until a person has confirmed exactly this order, or may object to it.

A large one is confirmed by typing its quantity. Where silence sends it, it is held for as long as somebody may say no.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec
from pydantic import Field

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.effects import Decision, Note
from openbell.core.events import Answer
from openbell.core.exposure import Draft
from openbell.core.ladder import scopes_of
from openbell.core.monitor import Send
from openbell.core.risk import Scene, cents
from openbell.core.types import NS, ZERO
from openbell.parts.rules._limits import in_words, limit_params, passes
from openbell.schema import Limit, PartConfig, Span, format_decimal, format_span, parse_limit

ID, WHEN, EFFECT, SOURCE = "D42", "before each order", "holds the order", "founding documents, OWASP agent sheet"
APPLIES = "entry"
NEEDS = ("person",)
HEARS = (Answer,)


class Config(PartConfig):
    """Options: `typed_above`, worth from which on the quantity has to be typed.

    `wait`, how long a person has. `silence`, what follows when nobody said anything by then: `refuse` or `send`.
    """

    typed_above: Limit = parse_limit("5%")
    wait: Span = Field(default=60 * NS, gt=0)
    silence: Literal["refuse", "send"] = "refuse"


class Facts(NamedTuple):
    """What it is told: 1 once a person has confirmed."""

    is_confirmed: int


def look(params: tuple[int, ...], scene: Scene) -> Facts:
    """Return whether the order was confirmed."""
    return Facts(int(scene.order[0].is_confirmed))


def params(config: Config) -> tuple[int, ...]:
    """Return the worth as a share and as money, and 1 where silence sends."""
    return (*limit_params(config.typed_above), int(config.silence == "send"))


def check(params: tuple[int, ...], facts: Facts) -> int:
    """Refuse what nobody has confirmed."""
    return 0 if facts.is_confirmed else int(Code.UNCONFIRMED)


def hear(params: tuple[int, ...], book: Book, answer: Answer) -> Iterator[Send | Decision | Note]:
    """Send the order that was confirmed in time and in the words asked for.

    Or the one that nobody objected to in time, where silence sends. It passes the whole gate again, at the prices
    of now.
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
    is_silent = sends_in_silence(params) and not answer.is_ok and answer.ts >= asked.deadline
    position, sign = book.position(draft.deployment, draft.instrument), draft.side.sign
    if position.decided is not None and position.decided * sign <= 0:
        why = "its strategy wants something else by now"
    elif position.qty * sign > max(draft.held * sign, ZERO):
        why = f"{position.qty:f} are held by now, {draft.held:f} were when it was asked"
    elif _lifted(book, draft, answer.ts) >= int(asked.id.rpartition("/")[2]):
        why = "a kill was lifted since it was asked, and for a while entries are smaller"
    elif is_silent or (answer.is_ok and is_agreed and answer.ts <= asked.deadline):
        yield Send(draft=msgspec.structs.replace(draft, is_confirmed=True))
        return
    else:
        why = f"not confirmed in time by {wanted if is_large else 'yes'!r}"
    yield Decision(deployment=draft.deployment, instrument=draft.instrument, signal=draft.reason, code=Code.UNCONFIRMED)
    yield Note(kind="unconfirmed", text=f"{draft.deployment} {draft.instrument}: {why}")


def _lifted(book: Book, draft: Draft, ts: int) -> int:
    """Return when the latest kill over an order was lifted that still makes entries smaller at `ts`, ns; 0 for none."""
    scopes, ramp = scopes_of(draft.account, draft.deployment, draft.instrument), book.spec.kill.ramp
    return max((until - ramp for scope in scopes if (until := book.truth.ramps.get(scope, 0)) > ts), default=0)


def sends_in_silence(params: tuple[int, ...]) -> bool:
    """Return True where an order goes out that nobody objected to."""
    return params[3:] == (1,)


def text(config: Config) -> str:
    """Return the rule in words."""
    if config.silence == "send":
        return f"every entry is held for {format_span(config.wait)}, in which a person may say no to it"
    typed = f"above {in_words(config.typed_above)} by typing its quantity"
    return f"a person confirms every entry within {format_span(config.wait)}, {typed}"
