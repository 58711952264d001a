"""What is to go is asked for again and again, ever more rarely, and under a kill never given up."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.kill import MOST_DOUBLINGS
from openbell.core.order import Order
from openbell.core.types import NS, Status
from tests.core import build as b
from tests.core.afar import Afar, limit_deployment
from tests.core.build import d, exits

ANSWERS = ("refused", "refused by number", "lost", "nothing")
"""What a venue says to a cancel that it does not carry out."""
MINUTES = 30


def answer(afar: Afar, order: Order, word: str, *, is_listing: bool, fills: list[ev.Fill]) -> None:
    """Let the venue answer what it has been asked last about an order that lives on."""
    number = order.venue_order
    if order.status is Status.CANCELLING and word.startswith("refused"):
        by_number = {"venue_order": number} if word.endswith("number") else {}
        afar.say(order, "cancel_refused", code=int(Code.TOO_LATE), **by_number)
    elif order.status is Status.CANCELLING and word == "lost":
        afar.say(order, "lost")
    elif order.status is Status.UNKNOWN:
        for fill in fills if is_listing else ():
            afar.step(fill)
        afar.say(order, "accepted", venue_order=number, filled=d(0), qty=order.qty, stop=order.stop, limit=order.limit)


@pytest.mark.parametrize("is_entry", [True, False])
@given(
    words=st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=6),
    is_listing=st.booleans(),
    tier=st.sampled_from((2, 3)),
    pause=st.sampled_from((0.08, 1.0, 7.0)),
)
@settings(max_examples=12)
def test_a_cancel_under_a_kill_is_never_given_up_and_never_a_storm(
    *, is_entry: bool, words: list[str], is_listing: bool, tier: int, pause: float
) -> None:
    afar = Afar(limit_deployment() if is_entry else b.deployment_spec(exits=exits(stop_loss="0.05")))
    if is_entry:
        order = afar.enter()
    else:
        afar.hold()
        order = afar.order()
    afar.say(order, "accepted", venue_order="S1")
    afar.list_order(order)
    told = [event for event, _ in afar.steps() if isinstance(event, ev.Fill)]
    afar.step(ev.Command(ts=afar.ts, id="k", kind="kill", actor="op", reason="stop it", tier=tier))
    end, turn = afar.ts + MINUTES * 60 * NS, 0
    while afar.ts < end:
        # A venue that answers at once answers in bursts: most of the time nobody asks it anything.
        afar.wait(pause if order.status in (Status.CANCELLING, Status.UNKNOWN) else 5.0)
        answer(afar, order, words[turn % len(words)], is_listing=is_listing, fills=told)
        turn += 1
    times = [event.ts for event, effects in afar.steps() for one in b.only(fx.Cancel, effects) if one.oid == order.oid]
    most = afar.spec.kill.wait << MOST_DOUBLINGS
    assert order.is_open
    assert all(later - sooner <= 2 * most for sooner, later in pairwise([*times, end])), times
    assert len(times) <= 20 + MINUTES * 60 * NS // most
