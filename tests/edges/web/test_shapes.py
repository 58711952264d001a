"""Rows have their documented shape, and nothing else."""

import pytest
from pydantic import ValidationError

from openbell.edges.web import shapes
from openbell.run.money import in_money
from openbell.run.web import rows
from openbell.run.web.follow import Follower
from tests.run.web.stage import played


def test_a_row_with_more_or_less_than_documented_is_found() -> None:
    follower = Follower(played())
    while follower.look():
        pass
    with in_money():
        order = next(iter(rows.orders(follower.book).values()))
    assert shapes.Order.model_validate(order).oid == order["oid"]
    for wrong in ({**order, "note": ""}, {**order, "qty": 5.0}, {name: order[name] for name in list(order)[1:]}):
        with pytest.raises(ValidationError):
            shapes.Order.model_validate(wrong)


def test_exact_numbers_and_instants_are_text() -> None:
    for name in ("equity", "cash", "pnl"):
        found = shapes.Account.model_json_schema()["properties"][name]
        assert (found["type"], found["pattern"]) == ("string", r"^-?[0-9]+(\.[0-9]+)?$")
    assert shapes.Latch.model_json_schema()["properties"]["ts"]["type"] == "string"


def test_positions_and_trades_hold_what_their_tables_show() -> None:
    held = {"symbol", "side", "entry_px", "px", "qty", "pnl", "pnl_share", "opened_ts"}
    assert held <= set(shapes.Position.model_fields)
    closed = {"opened_ts", "closed_ts", "symbol", "side", "entry_px", "exit_px", "pnl", "pnl_share", "reason"}
    assert closed <= set(shapes.Trade.model_fields)
