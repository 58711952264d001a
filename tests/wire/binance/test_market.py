from pathlib import Path
from typing import Any

import msgspec
import pytest

from openbell.core.events import Bar
from openbell.core.types import MINUTE_NS, NS
from openbell.wire.binance import rows
from openbell.wire.binance.api import Api
from openbell.wire.binance.call import House
from openbell.wire.binance.hands import Hands
from openbell.wire.binance.keys import Keys
from openbell.wire.binance.market import Booth
from openbell.wire.binance.sockets import Sockets
from openbell.wire.deeds import DEEDS
from openbell.wire.door import Door
from openbell.wire.log import Log
from openbell.wire.market import Market
from openbell.wire.mischief import Mischief
from tests.wire.binance.spec import frame_faults
from tests.wire.binance.stand import SYMBOL, T0, bar, d, house, limit

WAVE = bar(50_000.0, open=50_100.0, high=50_300.0, low=49_900.0, volume=6.0)


class Listener(msgspec.Struct):
    """Who has subscribed to some streams."""

    wanted: set[str]


class Ears(Sockets):
    """Somebody who listens to some streams, without a socket."""

    def __init__(self, made: House, folder: Path, wanted: set[str]) -> None:
        log = Log(folder / "m.log")
        door = Door(Mischief([], Hands(made), DEEDS), log, lambda: T0)
        super().__init__(Api(made, Keys("", ""), {}, log, lambda: T0), door)
        self.heard: list[tuple[str, Any]] = []
        self._wanted = wanted
        self.others: list[Any] = []

    def clients(self) -> list[Any]:
        return self.others

    def wanted(self, symbol: str) -> set[str]:
        return self._wanted if symbol == SYMBOL else set()

    def price(self, name: str, event: Any) -> None:
        self.heard.append((name, event))


def market(folder: Path, bars: list[Bar], *wanted: str) -> tuple[Market, House, Ears]:
    made, _ = house(past=10)
    ears = Ears(made, folder, set(wanted))
    return Market(Booth(made, ears), ([one] for one in bars), (MINUTE_NS, 1.0)), made, ears


def test_an_order_of_more_than_trades_is_filled_piece_by_piece(tmp_path: Path) -> None:
    made, there, _ = market(tmp_path, [WAVE])
    there.desk.clerk.ladders[SYMBOL].asks.clear()
    record = there.desk.books.orders[there.desk.submit(limit("50400", quantity="0.075"), T0)["orderId"]]
    assert record.filled == 0
    made.play(T0)
    assert (record.status, record.filled) == ("PARTIALLY_FILLED", d("0.05"))
    made.play(T0 + NS // 2)
    assert record.status == "FILLED"


def test_each_stream_is_told_in_its_own_form(tmp_path: Path) -> None:
    forms = {
        "trade": "trade", "aggTrade": "aggTrade", "bookTicker": "bookTicker", "kline_1m": "kline", "kline_5m": "kline",
        "depth@100ms": "depthUpdate", "miniTicker": "miniTicker",
    }  # fmt: skip
    made, _, ears = market(tmp_path, [WAVE], *forms, "ticker", "depth5", "nonsense", "kline_7m")
    made.play(T0)
    heard = dict(ears.heard)
    assert set(heard) == {f"btcusdt@{name}" for name in (*forms, "ticker", "depth5")}
    for name, form in forms.items():
        assert frame_faults(form, heard[f"btcusdt@{name}"]) == []
    assert len(heard["btcusdt@depth5"]["bids"]) == 5


def test_a_bar_is_closed_with_its_last_piece(tmp_path: Path) -> None:
    made, there, ears = market(tmp_path, [WAVE], "kline_1m")
    for n in range(120):
        made.play(T0 + n * NS // 2)
    closed = [event["k"]["x"] for _, event in ears.heard]
    assert closed == [False] * 119 + [True]
    last = ears.heard[-1][1]["k"]
    assert (last["t"], last["T"], last["h"], last["l"]) == (
        T0 // 10**6, (T0 + MINUTE_NS) // 10**6 - 1, "50300.00000000", "49900.00000000",
    )  # fmt: skip
    (minute,) = there.tape.bars[SYMBOL]
    assert minute.volume == pytest.approx(6.0, abs=0.001)


def test_changes_of_the_book_follow_each_other_without_a_gap(tmp_path: Path) -> None:
    made, there, ears = market(tmp_path, [WAVE], "depth")
    book: dict[str, str] = {}
    end = None
    for n in range(30):
        made.play(T0 + n * NS)
        change = ears.heard[-1][1]
        assert end is None or change["U"] == end + 1
        end = change["u"]
        book.update(dict(change["a"]))
    asks = there.desk.clerk.ladders[SYMBOL].asks
    assert {px: qty for px, qty in book.items() if qty != "0.00000000"} == {
        f"{px:.8f}": f"{qty:.8f}" for px, qty in asks
    }


def test_a_second_is_closed_with_its_last_piece(tmp_path: Path) -> None:
    made, there, ears = market(tmp_path, [WAVE], "kline_1s")
    for n in range(6):
        made.play(T0 + n * NS // 2)
    told = [event["k"] for _, event in ears.heard]
    assert [bar["x"] for bar in told] == [False, True] * 3
    bars = told[1::2]
    assert [(bar["t"], bar["T"] - bar["t"], bar["x"]) for bar in bars] == [
        (T0 // 10**6 + 1000 * n, 999, True) for n in range(3)]  # fmt: skip
    assert [bar.close for bar in rows.bars_of(there.tape, SYMBOL, "1s")] == [float(bar["c"]) for bar in bars]


def test_pieces_of_one_second_are_one_bar_that_grows(tmp_path: Path) -> None:
    there, _ = house(past=1)
    ears = Ears(there, tmp_path, {"kline_1s"})
    booth, half = Booth(there, ears), NS // 2
    for n, close in enumerate((50_000.0, 50_010.0, 50_020.0)):
        piece = msgspec.structs.replace(bar(close), ts=T0 + (n + 1) * half, interval=half)
        booth.show(piece, is_end=False)
    told = [
        (event["k"]["t"] - T0 // 10**6, event["k"]["h"], event["k"]["v"], event["k"]["x"]) for _, event in ears.heard
    ]
    assert told == [
        (0, "50000.00000000", "1.00000000", False), (0, "50010.00000000", "2.00000000", True),
        (1000, "50020.00000000", "1.00000000", False)]  # fmt: skip


def test_spans_the_mean_and_days_of_other_places_have_streams_of_their_own(tmp_path: Path) -> None:
    kinds = ("ticker_1h", "ticker_4h", "ticker_1d", "avgPrice", "kline_1d@+08:00", "kline_1d")
    made, _, ears = market(tmp_path, [WAVE], *kinds, "ticker_2h", "kline_1d@+15:00")
    made.play(T0)
    heard = dict(ears.heard)
    assert set(heard) == {f"btcusdt@{kind}" for kind in kinds}
    hour = heard["btcusdt@ticker_1h"]
    assert (hour["e"], hour["C"] - hour["O"], set(hour)) == ("1hTicker", 3_600_000, set("eEspPohlcwvqOCFLn"))
    assert (heard["btcusdt@avgPrice"]["e"], heard["btcusdt@avgPrice"]["i"]) == ("avgPrice", "5m")
    day, other = heard["btcusdt@kline_1d"]["k"], heard["btcusdt@kline_1d@+08:00"]["k"]
    # T0 is noon of UTC.
    assert (T0 // 10**6 - day["t"], T0 // 10**6 - other["t"]) == (12 * 3_600_000, 20 * 3_600_000)


@pytest.mark.parametrize(("name", "kind"), [
    ("!miniTicker@arr", "24hrMiniTicker"), ("!miniTicker@arr@1000ms", "24hrMiniTicker"),
    ("!ticker_4h@arr", "4hTicker"), ("!ticker@arr", ""), ("!ticker_2h@arr", ""),
])  # fmt: skip
def test_some_streams_are_of_all_symbols(tmp_path: Path, name: str, kind: str) -> None:
    made, _, ears = market(tmp_path, [WAVE])
    ears.others = [Listener(wanted={name, "btcusdt@trade"})]
    made.play(T0)
    assert [(heard, {one["e"] for one in told}) for heard, told in ears.heard] == ([(name, {kind})] if kind else [])
