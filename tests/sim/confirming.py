"""Checks of what a person is asked: no entry goes out that nobody agreed to in time, none goes twice (B16, B21)."""

from typing import Any

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.types import NS
from tests.sim.verdict import demand

TYPED = 20
"""An entry worth more than this part of equity is confirmed by typing its quantity."""
FORGOTTEN = 30 * NS
"""So long after its end a question is forgotten once another one is put: nothing follows from its answer any more."""
NEAR = 100
"""Within this part of the bound either may be right: it is valued at prices of its own."""


class Asked:
    """The questions so far, by the record alone.

    Attributes:
        open: Deadline and order of each question that is not answered, by its id.
    """

    def __init__(self) -> None:
        """Nothing has been asked."""
        self.open: dict[str, tuple[int, dict[str, Any]]] = {}

    def take(self, books: Any, event: ev.Event, effects: list[fx.Effect]) -> None:
        """Take a step that was judged."""
        if isinstance(event, ev.Answer):
            self.open.pop(event.ask, None)
        for effect in effects:
            if type(effect) is fx.Ask and effect.advisor == fx.PERSON:
                draft = msgspec.json.decode(effect.question)
                # One question at a time about what a deployment has of an instrument, and none that was over long ago.
                pair = (draft["deployment"], draft["instrument"])
                for key, (deadline, old) in list(self.open.items()):
                    if (old["deployment"], old["instrument"]) == pair or deadline + FORGOTTEN < event.ts:
                        del self.open[key]
                known = {"held": books.holding(*pair).lots, "close": books.closes.get(pair[1])}
                self.open[effect.id] = (effect.deadline, draft | known)

    def close_at(self, event: ev.Event, close: float | None) -> float | None:
        """Return the close by which an order was sized: the present one, or that of the question which an event answers."""
        _, draft = self.open.get(event.ask, (0, {})) if isinstance(event, ev.Answer) else (0, {})
        return draft.get("close", close)  # type: ignore[no-any-return]


def judge_entry(judge: Any, submit: fx.Submit, event: ev.Event) -> None:
    """What needs a person goes out with the answer to the question about exactly this order."""
    word = judge.house.limits.confirm
    if not word:
        return
    demand(isinstance(event, ev.Answer), "B16", f"{submit.oid} goes out unasked, on {type(event).__name__}")
    deadline, draft = judge.asked.open.get(event.ask, (0, {}))  # type: ignore[attr-defined]
    demand(draft, "B16", f"{submit.oid} goes out for a question that is not open")
    asked = (draft["deployment"], draft["instrument"], draft["side"], draft["qty"])
    given = (submit.deployment, submit.instrument, submit.side.value, format(submit.qty, "f"))
    demand(asked == given, "B16", f"{submit.oid} is {given}, a person was asked about {asked}")
    sign, held = submit.side.sign, judge.books.holding(submit.deployment, submit.instrument).lots
    # What is held the other way is left by an order of its own.
    grown = max(held * sign, 0) - max(draft["held"] * sign, 0)
    demand(grown <= 0, "B1", f"{submit.oid} was asked about with {draft['held']} held, {held} are by now")
    why = _objection(judge, submit, event, deadline)  # type: ignore[arg-type]
    demand(not why, "B16", f"{submit.oid} goes out, {why}")


def _objection(judge: Any, submit: fx.Submit, answer: ev.Answer, deadline: int) -> str:
    if not answer.is_ok:
        is_due = judge.house.limits.confirm == "send" and answer.ts >= deadline
        return "" if is_due else f"nobody said yes by {deadline}"
    if answer.ts > deadline:
        return f"the answer of {answer.ts} was due at {deadline}"
    is_typed = answer.value == format(submit.qty, "f")
    if is_typed or (answer.value == "yes" and not _is_large(judge, submit)):
        return ""
    return f"the answer was {answer.value!r}"


def _is_large(judge: Any, submit: fx.Submit) -> bool:
    books, sort = judge.books, judge.house.sorts[submit.instrument]
    num, den = books.rate_of(submit.instrument)
    px = submit.limit or submit.stop
    quanta = int(px * sort.steps) if px is not None else books.marks[submit.instrument]
    worth = int(submit.qty * sort.lots_per_unit) * quanta * sort.unit * num // den
    return bool(worth * TYPED * (NEAR - 1) > books.equity * NEAR)


def judge_step(judge: Any, event: ev.Event, effects: list[fx.Effect]) -> None:
    """An answer to an open question leads to an order or to a reason."""
    if isinstance(event, ev.Answer) and event.ask in judge.asked.open:
        is_told = any(type(e) in (fx.Submit, fx.Decision) for e in effects)
        demand(is_told, "B21", f"the answer to {event.ask} led to nothing, and nobody says why")
    judge.asked.take(judge.books, event, effects)
