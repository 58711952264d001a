"""What a journal's records tell: signals, nothing twice, with their numbers."""

from pathlib import Path

from openbell.run.alerts.watch import Kept, Watch
from tests.run.alerts.stage import market, watched

OFF = "[]"


def of(found: list[tuple[str, dict[str, str]]], event: str) -> list[dict[str, str]]:
    return [fields for name, fields in found if name == event]


def test_a_signal_is_told_with_its_price_strength_and_strategy(tmp_path: Path) -> None:
    first, last = of(watched(market(tmp_path, OFF)), "signal")
    assert (first["signal"], first["symbol"], first["price"], first["strength"]) == ("BUY", "AAA", "$100.00", "STRONG")
    assert (first["strategy"], last["signal"]) == ("./wishes.py", "SELL")


def test_what_was_reached_is_gone_on_from(tmp_path: Path) -> None:
    made = market(tmp_path, OFF)
    whole = watched(made)
    kept, found = Kept(), list[tuple[str, dict[str, str]]]()
    while True:
        watch = Watch(made.state, kept)
        found += [(one.event, one.fields) for one in watch.look(1)]
        is_over = watch.look(0) == [] and watch.kept.seq == Watch(made.state, Kept(seq=10_000)).kept.seq
        watch.close()
        if is_over:
            break
    assert found == whole
