"""Orders and positions are told with the numbers of their fills."""

from pathlib import Path

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


def test_a_dry_run_tells_what_it_would_have_sent_and_no_refusal(tmp_path: Path) -> None:
    made = Market(tmp_path, config(head="mode: dry_run"), rows([(100, LONG), 100]))
    made.live()
    found = watched(made)
    assert len(of(found, "order_submitted")) == 1
    assert of(found, "order_rejected") == []
