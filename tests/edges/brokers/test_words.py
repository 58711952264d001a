from openbell.core.codes import Code
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


def test_a_refusal_says_which_request_was_refused_and_why() -> None:
    no = words.refused("main", "ABC123-1", "amend", BadRequest("too late", Code.TOO_LATE))
    assert (no.happening, no.oid, no.code, no.text) == ("replace_refused", "ABC123-1", Code.TOO_LATE, "too late")
    assert words.refused("main", "ABC123-1", "submit", AuthFailed("no")).code == Code.NOT_READY
