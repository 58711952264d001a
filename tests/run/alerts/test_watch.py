"""What a journal's records tell: signals, orders, fills, positions, with their numbers."""

from pathlib import Path

from openbell.run.alerts.watch import Kept, Watch
from tests.checklist.market import FLAT, LONG, Market, config, deployment, rows
from tests.run.alerts.stage import market, watched

OFF = "[]"


def of(found: list[tuple[str, dict[str, str]]], event: str) -> list[dict[str, str]]:
    return [fields for name, fields in found if name == event]


def test_a_round_trip_is_told_with_the_numbers_of_its_fills(tmp_path: Path) -> None:
    found = watched(market(tmp_path, OFF))
    filled = of(found, "order_filled")
    assert [(one["side"], one["symbol"], one["price"]) for one in filled] == [
        ("BUY", "AAA", "$100.00"), ("SELL", "AAA", "$103.00"),
    ]  # fmt: skip
    (opened,), (closed,) = of(found, "position_opened"), of(found, "position_closed")
    qty = int(filled[0]["qty"].replace(",", ""))
    assert filled[0]["total"] == f"${qty * 100:,}.00"
    assert (opened["action"], opened["side"], opened["qty"]) == ("OPENED", "LONG", filled[0]["qty"])
    assert (closed["action"], closed["result"]) == ("CLOSED", f"+${qty * 3:,}.00")


def test_a_signal_is_told_with_its_price_strength_and_strategy(tmp_path: Path) -> None:
    first, last = of(watched(market(tmp_path, OFF)), "signal")
    assert (first["signal"], first["symbol"], first["price"], first["strength"]) == ("BUY", "AAA", "$100.00", "STRONG")
    assert (first["strategy"], last["signal"]) == ("./wishes.py", "SELL")


def test_a_stop_is_told_as_one(tmp_path: Path) -> None:
    entry = deployment(more="exits: {stop_loss: 2%}")
    found = watched(market(tmp_path, OFF, ((100, LONG), 100, 90, 90), deployments=[entry]))
    (stopped,) = of(found, "stop_loss_triggered")
    assert stopped["result"].startswith("-$")
    assert len(of(found, "position_closed")) == 1


def test_orders_that_end_without_a_fill_are_told(tmp_path: Path) -> None:
    entry = deployment(more="exits: {stop_loss: 20%, take_profit: 50%}")
    found = watched(market(tmp_path, OFF, ((100, LONG), 100, (103, FLAT), 103, 103), deployments=[entry]))
    assert {one["side"] for one in of(found, "order_cancelled")} == {"SELL"}
    assert len(of(found, "order_submitted")) == 4


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


def test_a_dry_run_tells_what_it_would_have_sent_and_no_refusal(tmp_path: Path) -> None:
    made = Market(tmp_path, config(head="mode: dry_run"), rows([(100, LONG), 100]))
    made.live()
    found = watched(made)
    assert len(of(found, "order_submitted")) == 1
    assert of(found, "order_rejected") == []
