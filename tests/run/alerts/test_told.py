"""What the engine says becomes one of the happenings, with kind and level."""

import pytest

from openbell.config.happenings import HAPPENINGS
from openbell.core.effects import Alert
from openbell.run.alerts.told import Told, of_alert


@pytest.mark.parametrize(
    ("key", "level", "event", "kind"),
    [
        ("kill/1-2", "critical", "kill_switch", "risk"),
        ("kill/daily_loss/account:main", "critical", "daily_loss_limit_reached", "risk"),
        ("kill_done/all", "warning", "kill_finished", "risk"),
        ("daily_loss/main", "critical", "daily_loss_limit_reached", "risk"),
        ("daily_loss:warn/main", "warning", "limit_warning", "risk"),
        ("drawdown/main", "critical", "limit_reached", "risk"),
        ("watch_exposure/main", "warning", "risk", "risk"),
        ("slippage/cross", "warning", "risk", "risk"),
        ("link/main", "error", "line", "system"),
        ("stale/SPY", "warning", "line", "system"),
        ("alert/monitor", "warning", "notice", "system"),
        ("frozen/cross", "critical", "system_error", "error"),
        ("rule_error", "critical", "system_error", "error"),
        ("unknown/X", "warning", "notice", "system"),
        ("disk", "critical", "system_error", "error"),
    ],
)
def test_an_alert_of_the_engine_is_a_happening(key: str, level: str, event: str, kind: str) -> None:
    told = of_alert(Alert(level=level, key=key, text="why"), 7, 1, 5)
    assert (told.event, told.level, told.key, told.fields["text"]) == (event, level, key, "why")
    assert HAPPENINGS[told.event].kind == kind


def test_an_error_carries_message_component_and_trace() -> None:
    fields = of_alert(Alert(level="critical", key="frozen/cross", text="cross paused: why"), 7, 1, 5).fields
    assert (fields["text"], fields["component"], fields["trace"]) == ("cross paused: why", "frozen", "record 7")


def test_a_mark_is_that_of_the_record_and_of_its_words() -> None:
    one = Told(event="signal", level="info", seq=7, index=1, ts=5, fields={"symbol": "A"})
    other = Told(event="signal", level="info", seq=7, index=1, ts=5, fields={"symbol": "B"})
    assert one.marked("X") == one.marked("X") != other.marked("X")
    assert one.marked("X").startswith("X-7-1-")
    assert Told(event="test", level="info", seq=0, index=0, ts=0, mark="own").marked("X") == "X-own"
