"""Faults at a front of three words, whose books are a list."""

from decimal import Decimal
from typing import Any

from openbell.wire.deeds import DEEDS
from openbell.wire.mischief import Frame, Meant, Mischief, Outcome, merge
from openbell.wire.script import ASKED, KINDS, Ground, Rule, rule_of

GROUND = Ground(places=(*ASKED, "on_order", "on_execution", "on_bar", "on_quote"), faults=tuple(KINDS))


class Small:
    """A front whose request is (place, client id), and which remembers what was done."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def meant(self, request: Any) -> Meant:
        place, cid = request
        return Meant(place=place, symbol="AAA", cid=cid)

    def carry(self, request: Any, now: int) -> Outcome:
        self.done.append(f"{request[0]} {request[1]}")
        told = [said("orders", "new", request[1])] if request[0] == "submit" else []
        return Outcome(frames=[said("reply", list(self.done), request[1]), *told], is_done=True)

    def snapshots(self, now: int) -> dict[str, Frame]:
        return {place: said("reply", list(self.done)) for place in ("state", "positions", "orders", "account")}

    def refuse(self, request: Any, word: str, rule: Rule) -> Frame:
        return said("reply", word)

    def twist(self, frame: Frame, how: str) -> Frame:
        return said(frame.stream, how)

    def act(self, what: str, cid: str, qty: Decimal | None, now: int) -> list[Frame]:
        self.done.append(f"{what} {cid}")
        return [said("executions", what, cid)]

    def correct(self, frame: Frame, ticks: int | None, now: int) -> list[Frame]:
        return [said("executions", f"corrected by {ticks}")]


def said(stream: str, body: Any, cid: str = "") -> Frame:
    return Frame(stream=stream, body=body, symbol="AAA", cid=cid)


def stage(*faults: dict[str, Any]) -> tuple[Small, Mischief]:
    front = Small()
    return front, Mischief([rule_of(fault, GROUND) for fault in faults], front, DEEDS)


def bodies(outcome: Outcome) -> list[Any]:
    return [frame.body for frame in outcome.frames]


def test_a_request_without_a_fault_is_carried_out_and_what_it_set_off_can_be_struck() -> None:
    front, mischief = stage({"do": "lost_frame", "at": "on_order"})
    outcome = mischief.answer(("submit", "a"), 0)
    assert (bodies(outcome), outcome.is_done, front.done) == ([["submit a"]], True, ["submit a"])
    assert bodies(mischief.answer(("submit", "b"), 0)) == [["submit a", "submit b"], "new"]


def test_an_old_list_is_told_by_how_many_changes_it_is_behind() -> None:
    front, mischief = stage({"do": "stale_snapshot", "at": "orders", "changes": 2})
    for n in range(4):
        front.done.append(f"change {n}")
        mischief.announce(said("orders", "x"), 0)
    assert bodies(mischief.answer(("orders", ""), 0)) == [["change 0", "change 1"]]
    assert bodies(mischief.answer(("orders", ""), 0))[0][-1] == "orders "


def test_a_fault_meets_only_its_symbol() -> None:
    _, mischief = stage({"do": "ban", "at": "submit", "symbol": "BBB"})
    assert mischief.answer(("submit", "a"), 0).ban == 0


def test_outcomes_add_up() -> None:
    into = Outcome(frames=[said("orders", 1)], mute=5)
    merge(into, Outcome(frames=[said("orders", 2)], cut="own", mute=9, ghost=3, is_deaf=True, lag=1, lags=2, skew=4))
    assert (bodies(into), into.cut, into.mute, into.ghost, into.is_deaf) == ([1, 2], "own", 5, 3, True)
    assert (into.lag, into.lags, into.skew) == (1, 2, 4)
