from openbell.core.types import MINUTE_NS, NS
from openbell.wire.alpaca.forms import Json
from openbell.wire.alpaca.rehearsal import SYMBOL, Rehearsal
from tests.wire.alpaca.stand import T0


def test_it_is_quoted_a_cent_to_either_side_and_its_minutes_are_made_of_its_trades() -> None:
    told: list[tuple[str, Json]] = []
    made = Rehearsal(lambda channel, symbol, row: told.append((f"{symbol} {channel}", row)))
    for second in range(1, 61):
        made.show(T0 + second * NS, NS, is_end=second == 60)
    trades = [row["p"] for name, row in told if name == f"{SYMBOL} trades"]
    quotes = [(row["bp"], row["ap"]) for name, row in told if name == f"{SYMBOL} quotes"]
    (minute,) = [row for name, row in told if name == f"{SYMBOL} bars"]
    assert quotes == [(round(px - 0.01, 2), round(px + 0.01, 2)) for px in trades]
    assert (minute["t"], minute["h"], minute["l"], minute["v"]) == (T0, max(trades), min(trades), 6_000)
    assert len(set(trades)) > 50
    again: list[float] = []
    Rehearsal(lambda _, __, row: again.append(row.get("p", 0.0))).show(T0 + NS + 86_400 * NS, MINUTE_NS, is_end=False)
    assert again[0] == trades[0]
