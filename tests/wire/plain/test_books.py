from openbell.core.codes import Code
from openbell.wire.plain.books import WORDS, Books, Done, Record, listed, word
from tests.wire.plain.stand import d


def record(cid: str, group: str = "", state: str = "working") -> Record:
    return Record(
        cid=cid, order=f"V-{cid}", symbol="AAA", side="buy", qty=d("10"), type="limit", tif="gtc", limit=d("100"),
        stop=None, trail=None, reduce_only=False, group=group, epoch=1, time=0, changed=0, state=state,
    )  # fmt: skip


def done(n: int, side: str = "buy", **fields: object) -> Done:
    given = {"exec": f"E{n}", "order": "V1", "cid": "a", "symbol": "AAA", "qty": d("10"), "px": d("100"), "fee": d("1")}
    return Done(n=n, side=side, currency="USD", time=0, **(given | fields))  # type: ignore[arg-type]


def test_a_buy_costs_its_value_and_its_fee() -> None:
    books = Books(cash={"USD": d("5000")})
    books.book(done(1), d("1000"))
    assert (books.positions, books.cash) == ({"AAA": d("10")}, {"USD": d("3999")})


def test_a_flat_position_is_not_listed() -> None:
    books = Books(cash={"USD": d("0")})
    books.book(done(1), d("1000"))
    books.book(done(2, side="sell"), d("-1000"))
    assert books.positions == {}
    assert books.cash == {"USD": d("-2")}


def test_a_corrected_execution_is_found_under_its_first_id() -> None:
    books = Books(executions=[done(1), done(2, corrects="E1"), done(3)])
    found = books.latest("E1")
    assert found is not None
    assert found.n == 2


def test_a_busted_execution_is_gone() -> None:
    books = Books(executions=[done(1), done(2, corrects="E1", is_bust=True)])
    assert books.latest("E1") is None


def test_F38_legs_of_a_group_are_told_only_to_those_who_ask() -> None:
    records = [record("a", "g"), record("b", "g"), record("c")]
    flat = listed(records, is_nested=False)
    assert [frame["cid"] for frame in flat] == ["a", "c"]
    assert "legs" not in flat[0]
    nested = listed(records, is_nested=True)
    assert [leg["cid"] for leg in nested[0]["legs"]] == ["b"]


def test_only_what_can_execute_is_open() -> None:
    books = Books(orders={"a": record("a"), "b": record("b", state="filled"), "c": record("c", state="partial")})
    assert [order.cid for order in books.open_orders()] == ["a", "c"]


def test_a_clients_own_reason_is_by_request() -> None:
    assert word(Code.OPERATOR) == word(Code.SIGNAL_FLAT) == "by_request"
    assert all(word(code) == text for code, text in WORDS.items())
