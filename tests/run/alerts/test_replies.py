"""What is answered to who asks how things stand."""

from pathlib import Path

from openbell.core.effects import Decision
from openbell.run.alerts import replies
from openbell.run.alerts.watch import Kept, Watch
from tests.checklist.market import LONG
from tests.run.alerts.stage import market


def test_what_is_held_and_what_it_came_to(tmp_path: Path) -> None:
    watch = Watch(market(tmp_path, "[]", ((100, LONG), 100, 103)).state, Kept())
    watch.look(10_000)
    held = replies.positions(watch.book)
    assert " AAA at $100.00, now $103.00, +$" in held
    assert replies.status(watch.book, is_well=True).startswith("mode sim, the engine runs\n")
    assert "does not run" in replies.status(watch.book, is_well=False)
    assert "main: since the start +$" in replies.pnl(watch.book)
    watch.close()


def test_the_last_decision_on_a_symbol() -> None:
    latest = {("cross", "SPY"): (10**9, Decision(deployment="cross", instrument="SPY", signal=10, code=204))}
    assert replies.why(latest, "spy") == (
        "cross SPY at 1970-01-01T00:00:01Z: S010 cross_up, ended as R204 max_position"
    )  # fmt: skip
    assert replies.why(latest, "QQQ") == "nothing was decided on QQQ since this notifier began"
