"""Who gets what, and when: levels, quiet hours, digests, repeats, escalation, acknowledgement."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openbell.config.alerts import Alerts, Channel
from openbell.core.types import MINUTE_NS, NS
from openbell.edges.alerts.outbox import Outbox
from openbell.run.alerts.desk import Desk, Where, acknowledge, lane_of, quiet_until
from openbell.run.alerts.told import Told
from openbell.schema import parse_hours

NOON = 1_700_049_600 * NS
"""2023-11-15 12:00 UTC."""


class Office:
    """A desk with an outbox in a folder."""

    def __init__(self, folder: Path, **terms: Any) -> None:
        self.outbox = Outbox(folder)
        channels = terms.pop("channels", (Channel(kind="webhook", name="a", level="info"),))
        where = Where(state="s", instance="INST", badge="SIM", title="Small")
        self.desk = Desk(
            self.outbox, Alerts.model_construct(**{**Alerts().__dict__, "channels": channels, **terms}), where,
            lambda name: (f"to-{name}",), lambda text: text.replace("CANARY", "***"),
        )  # fmt: skip

    def take(self, now: int = NOON, **fields: Any) -> int:
        given: dict[str, Any] = {
            "event": "notice", "level": "warning", "seq": self.desk.outbox.history.rows(most=1)[0].id + 1
            if self.outbox.history.rows(most=1) else 1, "index": 1, "ts": now, "fields": {"text": "hello"},
        }  # fmt: skip
        with self.outbox.change():
            return self.desk.take(Told(**{**given, **fields}), now)

    def tick(self, now: int) -> None:
        with self.outbox.change():
            self.desk.tick(now)

    def sent(self, name: str = "a") -> list[str]:
        return [item.letter.text for item in self.outbox.queue.items("channel = ?", (name,))]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.outbox.close()


def channel(name: str, **fields: Any) -> Channel:
    return Channel(kind="webhook", name=name, **fields)


def test_info_is_less_than_warning_less_than_error_less_than_critical(tmp_path: Path) -> None:
    levels = ("info", "warning", "error", "critical")
    office = Office(tmp_path, channels=tuple(channel(level, level=level) for level in levels))
    for level in levels:
        office.take(level=level, fields={"text": level})
    assert {level: office.sent(level) for level in levels} == {
        level: list(levels[n:]) for n, level in enumerate(levels)
    }  # fmt: skip
    office.outbox.close()


def test_a_message_shows_mode_run_and_loudness(office: Office) -> None:
    office.take(event="kill_switch", level="critical", fields={"text": "kill by me"})
    (item,) = office.outbox.queue.items("1")
    assert (item.letter.title, item.letter.text) == (
        "[SIM] Small: CRITICAL: kill switch", "Kill switch activated: kill by me",
    )  # fmt: skip
    assert item.target == lane_of("to-a") != "to-a"


def test_a_kind_can_have_a_level_of_its_own_or_be_off(tmp_path: Path) -> None:
    office = Office(tmp_path, channels=(channel("a", kinds={"order": "info", "risk": "off"}),))
    office.take(event="order_filled", level="info", fields={"side": "BUY"})
    office.take(event="limit_reached", level="critical")
    office.take(level="info")
    assert len(office.sent()) == 1
    office.outbox.close()


def test_a_happening_that_is_switched_off_is_not_told(tmp_path: Path) -> None:
    office = Office(tmp_path, events={"notice": False})
    assert office.take() == 0
    assert office.take(event="line") > 0
    office.outbox.close()


def test_a_template_puts_the_numbers_where_it_wants_them(tmp_path: Path) -> None:
    office = Office(tmp_path, templates={"position_opened": "{symbol} x {qty}"})
    office.take(event="position_opened", fields={"symbol": "AAPL", "qty": "100"})
    assert office.sent() == ["AAPL x 100"]
    office.outbox.close()


# --- repeats ----------------------------------------------------------------------------------------------------------


def test_what_repeats_is_counted_and_told_once_when_its_time_is_up(office: Office) -> None:
    for n in range(5):
        office.take(NOON + n * NS, key="gap/SPY")
    assert office.sent() == ["hello"]
    office.tick(NOON + 9 * MINUTE_NS)
    assert len(office.sent()) == 1
    office.tick(NOON + 10 * MINUTE_NS)
    assert office.sent() == ["hello", "hello (4 more times within 10m)"]
    office.tick(NOON + 30 * MINUTE_NS)
    assert len(office.sent()) == 2
    office.take(NOON + 31 * MINUTE_NS, key="gap/SPY")
    assert len(office.sent()) == 3


def test_something_else_in_between_makes_it_new(office: Office) -> None:
    for n, level in enumerate(("error", "info", "error")):
        office.take(NOON + n * NS, event="line", key="link/main", level=level, fields={"text": level})
    assert office.sent() == ["error", "info", "error"]


def test_what_has_no_key_never_repeats(office: Office) -> None:
    office.take()
    office.take()
    assert office.sent() == ["hello", "hello"]


# --- quiet hours and digests --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        ("11:00-13:00", NOON, NOON + 3600 * NS),
        ("12:00-13:00", NOON, NOON + 3600 * NS),
        ("11:00-12:00", NOON, 0),
        ("22:00-12:30", NOON, NOON + 1800 * NS),
        ("22:00-07:00", NOON, 0),
        ("06:00-08:00 America/New_York", NOON, NOON + 3600 * NS),
        ("00:00-24:00", NOON + 1, NOON + 43200 * NS),
    ],
)
def test_quiet_hours_end_when_their_own_clock_says(hours: str, now: int, until: int) -> None:
    assert quiet_until(parse_hours(hours), now) == until


def test_in_quiet_hours_only_what_is_critical_goes_and_the_rest_comes_as_one(tmp_path: Path) -> None:
    office = Office(tmp_path, quiet=parse_hours("11:00-13:00"))
    office.take(level="error", fields={"text": "one"})
    office.take(level="info", fields={"text": "two"})
    office.take(level="critical", fields={"text": "now"})
    assert office.sent() == ["now"]
    office.tick(NOON + 3599 * NS)
    assert office.sent() == ["now"]
    office.tick(NOON + 3600 * NS)
    assert office.sent() == ["now", "error: one\ninfo: two"]
    office.outbox.close()


def test_a_digest_gathers_what_is_below_error(tmp_path: Path) -> None:
    office = Office(tmp_path, channels=(channel("a", level="info", digest="15m"),))
    office.take(NOON, level="info", fields={"text": "one"})
    office.take(NOON + MINUTE_NS, level="warning", fields={"text": "two"})
    office.take(NOON + MINUTE_NS, level="error", fields={"text": "at once"})
    office.take(NOON + MINUTE_NS, level="critical", fields={"text": "at once too"})
    assert office.sent() == ["at once", "at once too"]
    office.tick(NOON + 15 * MINUTE_NS)
    assert office.sent()[2:] == ["info: one\nwarning: two"]
    office.outbox.close()


def test_one_alone_is_no_digest_and_many_are_counted(tmp_path: Path) -> None:
    office = Office(tmp_path, channels=(channel("a", level="info", digest="15m"),))
    office.take(fields={"text": "alone"})
    office.tick(NOON + 15 * MINUTE_NS)
    assert office.sent() == ["alone"]
    for n in range(60):
        office.take(NOON + 16 * MINUTE_NS, fields={"text": str(n)})
    office.tick(NOON + 40 * MINUTE_NS)
    assert office.sent()[1].splitlines()[-1] == "and 10 more: openbell alerts list s"
    office.outbox.close()


# --- escalation ---------------------------------------------------------------------------------------------------------


def escalating(folder: Path) -> Office:
    from openbell.config.alerts import Escalate

    channels = (channel("a", level="info"), channel("sms", kinds={"risk": "off"}))
    return Office(folder, channels=channels, escalate=Escalate(after="15m", to=("sms",), times=2))


def test_what_is_critical_and_not_acknowledged_goes_on_to_others_so_often(tmp_path: Path) -> None:
    office = escalating(tmp_path)
    number = office.take(event="kill_switch", level="critical", fields={"text": "x"})
    office.take(event="limit_warning", level="error", fields={"text": "less"})
    assert office.sent("sms") == []
    for minutes in (14, 15, 16, 30, 45, 60):
        office.tick(NOON + minutes * MINUTE_NS)
    assert len(office.sent("sms")) == 2
    assert office.sent("sms")[0].endswith(f"Nobody has acknowledged it: openbell alerts ack {number}")
    marks = [item.letter.mark for item in office.outbox.queue.items("channel = 'sms'")]
    assert len(set(marks)) == 2
    office.outbox.close()


def test_who_acknowledges_is_left_alone_and_written_down(tmp_path: Path) -> None:
    office = escalating(tmp_path)
    number = office.take(event="kill_switch", level="critical", fields={"text": "x"})
    assert acknowledge(office.outbox, [number], "me", NOON + NS) == 1
    assert acknowledge(office.outbox, [number], "another", NOON + 2 * NS) == 0
    office.tick(NOON + 60 * MINUTE_NS)
    assert office.sent("sms") == []
    (row,) = office.outbox.history.rows("id = ?", (number,))
    assert (row.acked, row.acked_by) == (NOON + NS, "me")
    office.outbox.close()


def test_all_are_acknowledged_where_none_is_named(office: Office) -> None:
    office.take()
    office.take()
    assert acknowledge(office.outbox, [], "me", NOON) == 2


def test_what_is_secret_is_neither_kept_nor_sent(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.take(fields={"text": "the key is CANARY", "account": "CANARY-1"})
    assert office.sent() == ["the key is ***"]
    (row,) = office.outbox.history.rows()
    assert (row.text, row.fields) == ("the key is ***", {"text": "the key is ***", "account": "***-1"})
