from openbell.wire.alpaca.tape import bar_row, quote_row, trade_row
from openbell.wire.tape import Tick
from tests.wire.alpaca.stand import T0, bar

TICK = Tick(time=T0, bid=99.0, ask=101.0, last=100.0, size=5.0, number=7)


def test_rows_have_the_vendors_names_and_shares_are_whole() -> None:
    assert bar_row(bar(100.0)) == {
        "t": T0,
        "o": 100.0,
        "h": 100.0,
        "l": 100.0,
        "c": 100.0,
        "v": 1000,
        "n": 10,
        "vw": 100.0,
    }
    assert quote_row(TICK, is_crypto=True) == {"t": T0, "bp": 99.0, "bs": 5.0, "ap": 101.0, "as": 5.0}
    assert (quote_row(TICK, is_crypto=False)["bs"], trade_row(TICK, is_crypto=False)["i"]) == (5, 7)
    assert trade_row(TICK, is_crypto=True)["tks"] == "B"
