from openbell.wire.binance.ladder import LEVELS, Ladder
from tests.wire.binance.stand import d


def made(volume: str = "1") -> Ladder:
    ladder = Ladder(d("0.01"), d("0.001"))
    ladder.build(d("100"), d(volume))
    return ladder


def test_a_book_stands_around_the_last_price() -> None:
    ladder = made()
    assert (ladder.bids[0], ladder.asks[0], len(ladder.asks)) == (
        (d("99.99"), d("0.1")),
        (d("100.01"), d("0.1")),
        LEVELS,
    )
    assert made("0").asks[0] == (d("100.01"), d("0.001"))


def test_a_taker_goes_through_the_levels_and_what_it_took_is_gone() -> None:
    ladder = made()
    assert ladder.take("BUY", d("0.15"), None) == [(d("100.01"), d("0.1")), (d("100.02"), d("0.05"))]
    assert (ladder.asks[0], ladder.shown("BUY", d("100.03"))) == ((d("100.02"), d("0.05")), d("0.15"))
    assert ladder.take("SELL", d("9"), d("99.98")) == [(d("99.99"), d("0.1")), (d("99.98"), d("0.1"))]


def test_a_limit_away_from_the_book_takes_nothing() -> None:
    ladder = made()
    assert (ladder.take("BUY", d("1"), d("100")), ladder.would_take("BUY", d("100"))) == ([], False)
    assert ladder.would_take("SELL", d("99.99"))


def test_money_buys_whole_steps() -> None:
    ladder = made()
    assert ladder.worth("BUY", d("5"), d("0.001")) == d("0.049")
    assert ladder.worth("BUY", d("15"), d("0.001")) == d("0.149")
    assert ladder.worth("BUY", d("0.05"), d("0.001")) == 0


def test_a_book_at_the_bottom_has_no_bids_below_zero() -> None:
    ladder = Ladder(d("0.01"), d("1"))
    ladder.build(d("0.02"), d("10"))
    assert ladder.bids == [(d("0.01"), d("1"))]
