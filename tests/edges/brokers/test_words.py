from openbell.core.codes import Code
from openbell.core.types import NS
from openbell.edges.brokers import words
from openbell.edges.brokers.failures import AuthFailed, BadRequest


def test_what_is_not_known_is_said_and_nothing_is_made_up() -> None:
    lost = words.lost("main", "ABC123-1", "cut")
    assert (lost.happening, lost.oid, lost.text, lost.filled) == ("lost", "ABC123-1", "cut", None)
    state = words.failed_state("main", 5, "cut")
    assert (state.failed, state.as_of, state.orders, state.positions) == ("cut", 5, (), {})


def test_orders_and_data_have_channels_of_their_own() -> None:
    assert (words.link("main", "x", is_up=True).channel, words.data("main", "SPY", "x", is_up=False).text) == (
        "orders",
        "SPY: x",
    )


def test_a_venue_that_is_shut_says_until_when_and_no_earlier() -> None:
    noon = 1_795_176_000 * NS
    assert words.shut("418", noon + 60 * NS, noon) == (
        "418; nothing is sent there for 60 s, until 2026-11-20 12:01:00 UTC"
    )
    assert words.shut("418", noon + 60 * NS + 1, noon) == (
        "418; nothing is sent there for 61 s, until 2026-11-20 12:01:01 UTC"
    )


def test_what_was_taken_back_before_it_left_has_executed_nothing() -> None:
    told = words.withdrawn("main", "ABC123-1", 7)
    assert (told.happening, told.filled, told.time, told.text) == ("cancelled", 0, 7, "taken back before it was sent")


def test_a_refusal_says_which_request_was_refused_and_why() -> None:
    no = words.refused("main", "ABC123-1", "amend", BadRequest("too late", Code.TOO_LATE))
    assert (no.happening, no.oid, no.code, no.text) == ("replace_refused", "ABC123-1", Code.TOO_LATE, "too late")
    assert words.refused("main", "ABC123-1", "submit", AuthFailed("no")).code == Code.NOT_READY
