"""A limit whose gate opens again by itself, and not while the limit is still broken.

The end of a pause is one of the engine's own timers, so that it stands in the journal and outlives every restart. It
looks at the limit once more: where that is still broken the gate stays closed for another pause, and nothing gets in
between. The next session opens it as it opens any limit of a day, and so does a person.
"""

from collections.abc import Callable, Iterator

from openbell.core.book import Book
from openbell.core.effects import Alert, Latch, SetTimer
from openbell.core.events import Timer
from openbell.core.risk import Facts, account_facts, as_money
from openbell.schema import format_span

NAME = "pause"
TIME = "time"
"""What is said to open a gate that opens neither with a session nor by hand."""
LONG = 8
"""Options of a limit with a pause: three shares, and one over its length, which falls as that gets longer."""

Check = Callable[[tuple[int, ...], Facts], int]


def with_pause(limit: tuple[int, int], stages: tuple[int, ...], pause: int | None) -> tuple[int, ...]:
    """Return the numbers of a limit.

    They are its share, those of its stages where one is on, and its pause (ns).
    """
    if pause is not None:
        return (*limit, *stages, 1, pause)
    return (*limit, *stages) if any(stages[::2]) else limit


def pause_of(params: tuple[int, ...]) -> int:
    """Return for how long the gate stays closed at least, ns; 0 where it has no pause."""
    return params[-1] if len(params) == LONG else 0


def paused(
    kind: str, check: Check, params: tuple[int, ...], book: Book, cause: Latch | Timer
) -> Iterator[SetTimer | Latch | Alert]:
    """Set the timer when the limit closes the gate.

    When it rings, open the gate, or wait once more where the limit is still broken.
    """
    length, timer = pause_of(params), f"{NAME}/{kind}/"
    if isinstance(cause, Latch):
        is_closing = cause.is_on and cause.level == "hold" and cause.release != "manual"
        if length and cause.kind == kind and is_closing:
            yield SetTimer(deployment="", name=timer + cause.scope, at=book.truth.ts + length)
        return
    scope = cause.name.removeprefix(timer)
    latch = book.truth.latches.get(f"{kind}/{scope}")
    if cause.deployment or scope == cause.name or latch is None or not length:
        return  # Another's timer, or a gate that something else has opened.
    name, now = scope.partition(":")[2], book.truth.ts
    facts = account_facts(book, name)
    if check(params, facts):
        yield SetTimer(deployment="", name=cause.name, at=now + length)
        if now < latch.ts + 2 * length:
            text = f"{name}: the pause of {kind} goes on, its limit is still broken: equity {as_money(facts.equity)}"
            yield Alert(level="warning", key=f"{NAME}/{kind}/{name}", text=text)
        return
    reason = f"{name}: the pause of {kind} is over after {format_span(now - latch.ts)}"
    yield Latch(kind=kind, scope=scope, is_on=False, reason=reason)
    yield Alert(level="info", key=f"{NAME}/{kind}/{name}", text=f"{reason}; entries are let through again")


def again(release: str, pause: int | None) -> str:
    """Return in words until when there is no new risk."""
    if pause is not None:
        return f"for {format_span(pause)}, and while it is broken,"
    return "until the next session" if release == "session" else "until resumed by hand"


def by_itself(given: object) -> object:
    """Return options as written, and with a pause the word for what opens the gate."""
    has_pause = isinstance(given, dict) and given.get("pause") is not None
    return {"release": TIME, **given} if has_pause else given  # type: ignore[dict-item]  # it is one


def check_opening(release: str, pause: int | None) -> None:
    """Do nothing where what opens a gate is said once.

    Raises:
        ValueError: A pause opens it and a person alone, or a pause of no length.
    """
    if pause is not None and release == "manual":
        raise ValueError("release: manual opens by a person alone, and pause by itself; delete one of them")
    if pause is None and release == TIME:
        raise ValueError("release: time does not say for how long; write pause: 60s")
