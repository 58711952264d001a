from tests.wire.plain.stand import T0, bar, d, desk, submit


def test_a_bar_fills_what_it_touches_and_the_books_say_so() -> None:
    venue = desk()
    venue.ask(submit("a"), T0)
    pushes = venue.clerk.play(bar(99.0, n=2))
    assert [push.stream for push in pushes] == ["executions", "orders"]
    assert pushes[0].body["cid"] == "a"
    assert venue.books.positions == {"AAA": d("10")}
    assert venue.books.cash["USD"] == d("100000") - d("10") * pushes[0].body["px"]
    assert venue.books.orders["a"].state == "filled"


def test_a_halted_symbol_does_not_match() -> None:
    venue = desk()
    venue.ask(submit("a"), T0)
    venue.clerk.halted.add("AAA")
    assert venue.clerk.play(bar(99.0, n=2)) == []


def test_some_of_an_order_can_be_filled_by_hand() -> None:
    venue = desk()
    venue.ask(submit("a"), T0)
    pushes = venue.clerk.fill("a", d("3"), T0)
    assert pushes[0].body["qty"] == d("3")
    assert (venue.books.orders["a"].state, venue.books.orders["a"].filled) == ("partial", d("3"))
    assert venue.clerk.fill("nobody", d("3"), T0) == []


def test_by_hand_an_order_has_the_last_price_where_that_meets_its_limit() -> None:
    for last, meant in ((50.0, "50"), (99.0, "99"), (200.0, "100")):
        venue = desk()
        venue.clerk.play(bar(last))
        venue.ask(submit("a", limit="100"), T0)
        assert venue.clerk.fill("a", d("3"), T0)[0].body["px"] == d(meant)


def test_a_trade_by_hand_moves_position_and_cash() -> None:
    venue = desk()
    venue.clerk.play(bar(50.0))
    pushes = venue.clerk.trade("AAA", "sell", d("4"), T0)
    assert pushes[0].body["cid"] == ""
    assert venue.books.positions == {"AAA": d("-4")}
    assert venue.books.cash["USD"] == d("100200")


def test_a_correction_moves_cash_and_names_what_it_corrects() -> None:
    venue = desk()
    venue.ask(submit("a"), T0)
    first = venue.clerk.fill("a", d("10"), T0)[0].body
    cash = venue.books.cash["USD"]
    second = venue.clerk.correct(first["exec"], first["px"] + 1, T0)[0].body
    assert second["corrects"] == first["exec"]
    assert venue.books.positions == {"AAA": d("10")}
    assert venue.books.cash["USD"] == cash - 10


def test_a_bust_takes_everything_back() -> None:
    venue = desk()
    venue.ask(submit("a"), T0)
    first = venue.clerk.fill("a", d("10"), T0)[0].body
    bust = venue.clerk.correct(first["exec"], None, T0)[0].body
    assert (bust["bust"], bust["corrects"]) == (True, first["exec"])
    assert venue.books.positions == {}
    assert venue.books.cash["USD"] == d("100000")
    assert venue.clerk.correct(first["exec"], None, T0) == []


def test_what_is_filled_beyond_an_order_counts() -> None:
    venue = desk()
    venue.ask(submit("a"), T0)
    pushes = venue.clerk.fill_beyond("a", d("12"), T0)
    assert pushes[0].body["qty"] == d("12")
    assert venue.books.positions == {"AAA": d("12")}
    assert venue.clerk.fill_beyond("a", d("0"), T0) == venue.clerk.fill_beyond("b", d("1"), T0) == []


def test_an_order_turned_down_later_is_gone_from_the_exchange() -> None:
    venue = desk()
    venue.ask(submit("a"), T0)
    assert venue.clerk.reject("a", T0)[0].body["state"] == "rejected"
    assert venue.clerk.play(bar(99.0, n=2)) == []
    assert venue.clerk.reject("a", T0) == []


def test_a_group_shrinks_with_its_fill() -> None:
    venue = desk()
    venue.clerk.trade("AAA", "buy", d("10"), T0)
    venue.ask(submit("stop", side="sell", type="stop", limit=None, stop="90", group="g", reduce_only=True), T0)
    venue.ask(submit("goal", side="sell", limit="110", group="g", reduce_only=True), T0)
    venue.clerk.play(bar(100.0, n=1))
    pushes = venue.clerk.play(bar(111.0, n=2, low=100.0))
    assert [push.body.get("state") for push in pushes if push.stream == "orders"] == ["filled", "cancelled"]
    assert venue.books.orders["stop"].code == "group"
    assert venue.books.positions == {}
