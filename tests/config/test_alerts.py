"""What a file may say of alerts, and what is told where it is wrong."""

from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from openbell.config.alerts import Alerts
from openbell.core.types import MINUTE_NS
from tests.config.fake import errors, read, swap

OLD = 'alerts:\n  - {url: "${ALERT_URL}", level: warning}\n'
HOOK = "{url: 'https://a.example/1'}"


def alerts(folder: Path, words: str) -> Alerts:
    return read(folder, swap((OLD, f"alerts: {words}\n"))).config.alerts


def wrong(folder: Path, words: str) -> list[str]:
    return [line.partition(" ")[2] for line in errors(folder, swap((OLD, f"alerts: {words}\n")))]


def test_a_list_is_that_of_the_channels(tmp_path: Path) -> None:
    found = alerts(tmp_path, f"[{HOOK}, {{url: 'ntfys://topic', level: error}}]")
    assert [(name, one.kind, one.level) for name, one in found.named.items()] == [
        ("webhook", "webhook", "warning"), ("apprise", "apprise", "error"),
    ]  # fmt: skip
    assert (found.is_on, found.repeat, found.quiet) == (True, 10 * MINUTE_NS, None)


def test_channels_of_one_kind_have_names_of_their_own(tmp_path: Path) -> None:
    words = f"{{channels: [{HOOK}, {{url: 'https://a.example/2'}}, {{name: desk, url: 'https://a.example/3'}}]}}"
    assert list(alerts(tmp_path, words).named) == ["webhook", "webhook-2", "desk"]


@pytest.mark.parametrize(
    ("least", "kind", "level", "goes"),
    [("{}", "order", "info", False), ("{}", "order", "warning", True), ("{order: info}", "order", "info", True),
     ("{order: off}", "order", "critical", False), ("{risk: critical}", "risk", "error", False)],
)  # fmt: skip
def test_what_goes_to_a_channel_follows_from_kind_and_level(
    tmp_path: Path, least: str, kind: str, level: str, goes: bool
) -> None:
    (channel,) = alerts(tmp_path, f"[{{url: 'https://a.example/1', kinds: {least}}}]").channels
    assert channel.takes(kind, level) is goes


def test_nothing_is_on_without_a_channel_or_when_switched_off(tmp_path: Path) -> None:
    assert not alerts(tmp_path, "[]").is_on
    assert not alerts(tmp_path, f"{{enabled: false, channels: [{HOOK}]}}").is_on
    assert alerts(tmp_path, "{dead_man: {url: 'https://a.example/ping'}}").is_on


def test_the_time_of_a_summary_has_its_zone(tmp_path: Path) -> None:
    summary = alerts(tmp_path, f"{{channels: [{HOOK}], summary: {{at: '17:30 America/New_York'}}}}").summary
    assert summary is not None
    assert summary.when() == (time(17, 30), ZoneInfo("America/New_York"))
    assert Alerts().summary is not None
    assert Alerts().summary.when() is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("[{kind: pigeon}]", "alerts[0].kind: 'pigeon' is not a known channel"),
        ("[{level: error}]", "alerts[0].kind: is missing"),
        (f"[{HOOK}, {{url: 'https://a.example/1', levle: info}}]", "alerts[1].levle: unknown key"),
        (f"{{channels: [{HOOK}], quite: '22:00-07:00'}}", "alerts.quite: unknown key"),
        ("[{url: 'https://a.example/1', kinds: {trade: off}}]", "alerts[0].kinds.trade: 'trade' is no kind of alert"),
        (f"{{channels: [{HOOK}], events: {{filled: false}}}}", "alerts.events.filled: 'filled' is nothing that alerts tell of"),
        (f"{{channels: [{HOOK}], templates: {{signal: '{{pnl}}'}}}}", "alerts.templates.signal: {pnl} is no field of signal"),
        (f"{{channels: [{HOOK}], escalate: {{to: [sms]}}}}", "alerts.escalate.to[0]: 'sms' is no channel"),
        ("{channels: [{name: a, kind: webhook, url: x}, {name: a, kind: webhook, url: y}]}",
         "alerts.channels[1].name: 'a' is the name of two channels"),
        (f"{{channels: [{HOOK}], summary: {{at: soon}}}}", "alerts.summary: 'soon' is no time of a day"),
        (f"{{channels: [{HOOK}], quiet: nightly}}", "alerts.quiet: 'nightly' is no part of a day"),
        ("here", "alerts: 'here' is not a mapping"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, words: str, told: str) -> None:
    assert any(told in line for line in wrong(tmp_path, words)), wrong(tmp_path, words)


def test_what_is_shown_has_the_form_of_the_file_and_no_secret(tmp_path: Path) -> None:
    def masked(words: str) -> Any:
        environment = {"ALERT_URL": "https://hook.example/abcdef", "TOKEN": "tok-123456"}
        return read(tmp_path, swap((OLD, f"alerts: {words}\n")), environment).masked["alerts"]

    channel = '{kind: webhook, url: "${ALERT_URL}", token: "${TOKEN}"}'
    shown = {"kind": "webhook", "level": "warning", "url": "***", "token": "***"}
    assert masked(f"[{channel}]") == [shown]
    assert masked(f"{{channels: [{channel}]}}")["channels"] == [shown]
    assert masked("[]") == []
