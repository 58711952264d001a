from openbell.edges.brokers import words


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
