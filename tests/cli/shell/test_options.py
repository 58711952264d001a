"""Values of options as people write them."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from openbell.cli.shell.failure import Wrong
from openbell.cli.shell.options import parse_at, parse_speed, parse_until, parse_zone, shown_time

NS = 10**9
DAY = 1_719_964_800 * NS
"""Midnight of 2024-07-03 in UTC."""


@pytest.mark.parametrize(("text", "speed"), [("max", None), ("MAX", None), ("1x", 1.0), ("0.5x", 0.5), ("60X", 60.0)])
def test_a_speed(text: str, speed: float | None) -> None:
    assert parse_speed(text) == speed


@pytest.mark.parametrize(("text", "meant"), [("60", "60x"), ("fast", "60x"), ("0x", "60x"), ("-1x", "60x")])
def test_what_is_no_speed(text: str, meant: str) -> None:
    with pytest.raises(Wrong) as wrong:
        parse_speed(text)
    assert f"--speed {meant}" in wrong.value.next


@pytest.mark.parametrize(
    ("text", "ts"),
    [
        ("2024-07-03", DAY + 86400 * NS),
        ("2024-07-03T16:00", DAY + 57600 * NS),
        ("2024-07-03T16:00Z", DAY + 57600 * NS),
        ("2024-07-03T12:00-04:00", DAY + 57600 * NS),
        ("2024-07-03T00:00:00.000001Z", DAY + 1000),
    ],
)
def test_until(text: str, ts: int) -> None:
    assert parse_until(text) == ts


@pytest.mark.parametrize(("text", "ts"), [
    ("9:30", DAY + 34200 * NS), ("09:30:05", DAY + 34205 * NS), ("2024-07-03T09:30", DAY + 34200 * NS),
])  # fmt: skip
def test_at(text: str, ts: int) -> None:
    assert parse_at(text, UTC, "2024-07-03") == ts


def test_a_time_of_day_is_meant_in_its_zone() -> None:
    zone = parse_zone("America/New_York")
    assert parse_at("09:30", zone, "2024-07-03") == DAY + 48600 * NS
    assert shown_time(DAY + 48600 * NS, zone) == "2024-07-03 09:30:00 EDT"
    assert shown_time(DAY) == "2024-07-03 00:00:00 UTC"
    assert zone == ZoneInfo("America/New_York")


@pytest.mark.parametrize("call", [
    lambda: parse_until("noon"), lambda: parse_until("2024-99-03"), lambda: parse_at("25:00", UTC, "2024-07-03"),
    lambda: parse_zone("../etc"),
])  # fmt: skip
def test_what_cannot_be_read(call: object) -> None:
    with pytest.raises(Wrong):
        call()  # type: ignore[operator]  # a table of lambdas
