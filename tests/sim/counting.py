"""What a deployment had rejected in a row and cancelled unfilled, counted from the venue's words: each order once (B4)."""

from typing import Any

from openbell.core import events as ev
from tests.sim.books import Before, Known
from tests.sim.verdict import fail

ENDED = ("filled", "cancelled", "rejected", "expired")


def judge_step(judge: Any, event: ev.Event, before: Before | None, truth: Any) -> None:
    """Count what this step has ended, and hold the engine's figures to it; a word told again counts no more."""
    books = judge.books
    for name in books.executed:
        # What has executed ends the row. It did so before the venue said of any order that it is over, though it may
        # have waited for its owner, and be booked along with that word.
        books.rejects[name] = 0
    if before is not None and isinstance(event, ev.OrderUpdate) and event.oid in truth.orders:
        _count(judge, event, books.orders[event.oid], before, truth.orders[event.oid].status.value)
    for name in judge.house.prepared.spec.deployments:
        conduct = truth.conduct.get(name)
        if conduct is None:
            continue
        if conduct.rejects != books.rejects[name]:
            fail("B4", f"{name} has {conduct.rejects} rejections in a row, the venue's words say {books.rejects[name]}")
        if conduct.cancels != books.cancels[name]:
            fail("B4", f"{name} has {conduct.cancels} unfilled cancels, the venue's words say {books.cancels[name]}")


def _count(judge: Any, update: ev.OrderUpdate, own: Known, before: Before, status: str) -> None:
    """Count an order that this word has ended; `status` is what the step has left it in."""
    books = judge.books
    if before.ended or own.status in ENDED or status not in ENDED or update.happening == "absent":
        # What the venue has never had, and is buried for that, it has not rejected.
        return
    books.rejects[own.deployment] = books.rejects[own.deployment] + 1 if status == "rejected" else 0
    books.cancels[own.deployment] += status == "cancelled" and own.is_entry and not own.filled
