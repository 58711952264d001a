"""The comparer finds what differs; it knows nothing of the engine."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.storm.compare import cash, differences, here, numbered, positions, there, there_in_coins


def front(folder: Path, *entries: dict[str, Any]) -> Path:
    path = folder / "front.log"
    path.write_text("".join(json.dumps(one) + "\n" for one in entries))
    return path


def booked(exec_id: str = "e1", qty: str = "10", px: str = "100.5", cid: str = "A-1", **order: Any) -> dict[str, Any]:
    """Return an execution as the front writes it."""
    known = {"client_order_id": cid, "symbol": "SPY", "side": "buy", "status": "filled"} | order
    return {"kind": "booked", "frame": {"data": {"execution_id": exec_id, "qty": qty, "price": px, "order": known}}}


def posted(cid: str = "A-1") -> dict[str, Any]:
    return {"kind": "request", "method": "POST", "status": 200, "asked": json.dumps({"client_order_id": cid})}


def filled(exec_id: str = "e1", qty: str = "10", px: str = "100.5", oid: str = "A-1") -> dict[str, Any]:
    """Return an execution as the journal has it."""
    event = {"type": "Fill", "exec_id": exec_id, "oid": oid, "instrument": "SPY", "side": "buy", "qty": qty, "px": px}
    return {"event": event, "effects": [{"type": "Submit", "oid": oid}]}


def journal(*records: dict[str, Any]) -> str:
    return "\n".join(json.dumps(one) for one in records)


def test_what_agrees_agrees_in_units_and_in_cents(tmp_path: Path) -> None:
    one, other = there(front(tmp_path, posted(), booked())), here(journal(filled()))
    assert differences(one, other) == []
    assert ({k: str(v) for k, v in positions(one.deals).items()}, str(cash(one.deals))) == ({"SPY": "10"}, "-1005.0")
    assert here(journal(filled(), filled())) == other._replace(twice=[]), "listed again it is the same"


@pytest.mark.parametrize(
    ("entries", "records", "word"),
    [
        ([posted(), booked()], [], "was never decided"),
        ([posted(), booked()], [filled(px="100.51")], "100.51"),
        ([posted(), booked()], [filled(qty="9")], "positions"),
        ([posted(), booked()], [filled(), filled(px="100.51")], "told in two ways"),
        ([posted(), posted(), booked()], [filled()], "taken 2 times"),
        ([posted(), booked()], [filled(), filled("e2")], "e2: None at the front"),
        ([posted(), booked(status="partially_filled")],
         [filled(), {"event": {"type": "OrderUpdate", "oid": "A-1", "happening": "cancelled"}, "effects": []}],
         "is partially_filled at the front, cancelled in the journal"),
    ],
)  # fmt: skip
def test_what_differs_is_found(
    tmp_path: Path, entries: list[dict[str, Any]], records: list[dict[str, Any]], word: str
) -> None:
    found = differences(there(front(tmp_path, *entries)), here(journal(*records)))
    assert any(word in line for line in found), found


def corrected(exec_id: str, old: str, px: str = "", *, is_booked: bool = True) -> dict[str, Any]:
    """Return a correction, or a bust where it has no price, as the front or as the journal has it."""
    if is_booked:
        data = {"id": f"x::{exec_id}", "corrects": old, "bust": not px, "price": px}
        return {"kind": "booked", "frame": {"stream": "corrections", "data": data}}
    told = filled(exec_id, px=px or "0", qty="10" if px else "0")
    told["event"] |= {"supersedes": old, "is_bust": not px}
    return told


def test_F28_what_was_corrected_or_taken_back_counts_as_it_is_now(tmp_path: Path) -> None:
    entries = [posted(), booked(), booked("e2"), corrected("c1", "e1", "99"), corrected("c2", "e2")]
    one = there(front(tmp_path, *entries))
    assert [(name, str(deal.px)) for name, deal in one.deals.items()] == [("c1", "99")]
    late = [corrected("c2", "e2", is_booked=False), filled("e2")]
    told = [filled(), corrected("c1", "e1", "99", is_booked=False), *late]
    assert differences(one, here(journal(*told))) == []
    assert any("e2: None" in line for line in differences(one, here(journal(*told[:2], filled("e2")))))


def test_a_last_line_that_a_kill_cut_is_none(tmp_path: Path) -> None:
    path = front(tmp_path, posted())
    path.write_text(path.read_text() + '{"kind": "boo')
    assert there(path).taken == {"A-1": 1}


def test_a_front_of_coins_numbers_executions_by_symbol(tmp_path: Path) -> None:
    def told(symbol: str, side: str, px: str) -> dict[str, Any]:
        event = {
            "e": "executionReport",
            "x": "TRADE",
            "X": "FILLED",
            "s": symbol,
            "t": 7,
            "c": "A-1",
            "S": side,
            "l": "2",
            "L": px,
        }
        return {"kind": "booked", "event": event}

    asked = {"kind": "request", "method": "POST", "status": 200, "asked": {"newClientOrderId": "A-1"}}
    path = front(tmp_path, asked, told("BTC", "BUY", "100.5"), told("ETH", "SELL", "3"))
    one = there_in_coins(path)
    assert positions(one.deals) == {"BTC": 2, "ETH": -2}
    both = [filled("7", "2", "100.5"), filled("7", "2", "3")]
    for record, symbol, side in zip(both, ("BTC", "ETH"), ("buy", "sell"), strict=True):
        record["event"] |= {"instrument": symbol, "side": side}
    assert differences(one, here(journal(*both), numbered)) == []
    both[1]["event"]["px"] = "3.01"
    assert any("3.01" in line for line in differences(one, here(journal(*both), numbered)))
