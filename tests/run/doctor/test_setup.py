"""The file and what stands behind it: break each in turn, and the right line says so."""

from pathlib import Path

import pytest

from openbell.core.events import Schedule
from openbell.edges.brokers.enquiry import Access
from openbell.run import assemble
from openbell.run.doctor.line import Line
from openbell.run.doctor.setup import calendars, setup, venues
from openbell.run.rehearsals import NAMES, RESTORE, Outcome
from tests.config.linter.cases import ENVIRONMENT, QUIET, swap

TIGHT = swap(QUIET, "limit: 3%, warn: 1%", "limit: 2%, warn: 1%")
ALERTS = swap(TIGHT, "mode: sim\n", 'mode: sim\noperations: {}\nalerts: [{url: "${ALERT_URL}"}]\n')
DRILLED = {name: Outcome(ts=1, is_good=True, told="") for name in (*NAMES, RESTORE)}


def lines(folder: Path, text: str, drills: dict[str, Outcome] | None = None) -> list[Line]:
    path = folder / "c.yaml"
    path.write_text(text, encoding="utf-8")
    loaded, found = assemble.read(path, ENVIRONMENT)
    return setup(assemble.prepare(loaded, found), found, DRILLED if drills is None else drills)


def bad(found: list[Line]) -> dict[str, str]:
    assert all(line.fix for line in found if line.level != "ok")
    return {line.part: line.level for line in found if line.level != "ok"}


def test_a_good_file_is_well(tmp_path: Path) -> None:
    assert bad(lines(tmp_path, ALERTS)) == {}
    (line,) = [line for line in lines(tmp_path, ALERTS) if line.part == "alerts"]
    assert line.told == f"1 configured: webhook; `openbell alerts test {tmp_path / 'c.yaml'}` tries them"


def test_alerts_that_reach_nobody_are_named(tmp_path: Path) -> None:
    assert bad(lines(tmp_path, swap(ALERTS, 'alerts: [{url: "${ALERT_URL}"}]\n', "")))["alerts"] == "warn"
    off = 'alerts: {enabled: false, channels: [{url: "${ALERT_URL}"}]}\n'
    found = lines(tmp_path, swap(ALERTS, 'alerts: [{url: "${ALERT_URL}"}]\n', off))
    assert [line.told for line in found if line.part == "alerts"] == ["switched off"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("stop_loss: 2%", "stop_loss: 2%, atr_period: 9", {"file": "warn"}),
        ("per_position: 2%", "per_position: 30%", {"file": "warn", "sizes": "warn"}),
        ("{kind: daily_loss, limit: 3%, warn: 1%}", "{daily_loss: off}", {"rules": "fail"}),
        ("limit: 3%, warn: 1%", "limit: 2%, warn: 1%", {"losses": "ok"}),
    ],
)
def test_what_is_wrong_with_the_file_has_its_line(old: str, new: str, expected: dict[str, str], tmp_path: Path) -> None:
    told = lines(tmp_path, swap(QUIET, old, new))
    found = dict.fromkeys([line.part for line in told], "ok") | bad(told)
    assert {part: found[part] for part in expected} == expected
    # The same lines are well where nothing is wrong.
    usual = {line.part: line.level for line in lines(tmp_path, TIGHT)}
    assert {usual[part] for part in expected} == {"ok"}


@pytest.mark.parametrize(
    ("text", "level", "told"),
    [
        (QUIET, "warn", "daily_loss 3% is looser than usual, 2%"),
        (f"{TIGHT}  - {{kind: drawdown, limit: 10.1%}}\n", "warn", "drawdown 10.1% is looser than usual, 10%"),
        (f"{TIGHT}  - {{kind: drawdown, limit: 10%}}\n", "ok", "limits no looser than usual"),
    ],
)  # fmt: skip
def test_a_limit_looser_than_usual_is_named(tmp_path: Path, text: str, level: str, told: str) -> None:
    found = lines(tmp_path, text)
    (line,) = [line for line in found if line.part == "losses"]
    assert (line.told, bad(found).get("losses", "ok")) == (told, level)


def test_secrets_that_others_can_read_are_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\n", encoding="utf-8")
    (tmp_path / ".env").chmod(0o644)
    assert bad(lines(tmp_path, ALERTS))["secrets"] == "warn"
    (tmp_path / ".env").chmod(0o600)
    assert "secrets" not in bad(lines(tmp_path, ALERTS))
    literal = swap(ALERTS, '"${ALERT_URL}"', "https://hook.example/abc")
    (line,) = [line for line in lines(tmp_path, literal) if line.part == "secrets"]
    assert (line.level, "stands in the file" in line.told) == ("warn", True)


def test_the_emergency_stop_has_to_be_rehearsed(tmp_path: Path) -> None:
    first = NAMES[0]
    assert bad(lines(tmp_path, ALERTS, {}))["emergency stop"] == "warn"
    failed = {**DRILLED, first: Outcome(ts=1, is_good=False, told="")}
    assert bad(lines(tmp_path, ALERTS, failed))["emergency stop"] == "fail"
    (line,) = [line for line in lines(tmp_path, ALERTS) if line.part == "emergency stop"]
    assert line.text() == f"ok    emergency stop: all {len(NAMES)} triggers rehearsed"


def test_a_backup_has_to_have_been_restored_once(tmp_path: Path) -> None:
    (line,) = [line for line in lines(tmp_path, ALERTS, {}) if line.part == "backup"]
    assert (line.level, line.fix) == ("warn", f"openbell drill {tmp_path / 'c.yaml'}")
    failed = {**DRILLED, RESTORE: Outcome(ts=1, is_good=False, told="another orders_hash")}
    assert bad(lines(tmp_path, ALERTS, failed))["backup"] == "fail"
    (line,) = [line for line in lines(tmp_path, ALERTS) if line.part == "backup"]
    assert (line.level, "restored in a rehearsal on 1970-01-01" in line.told) == ("ok", True)


def test_a_calendar_has_to_know_the_week_to_come(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(QUIET, encoding="utf-8")
    prepared = assemble.prepare(*assemble.read(path, ENVIRONMENT))
    known = Schedule(ts=1, calendar="NYSE", open=1, close=2, date="2024-01-02", is_open=True)

    def refuses(calendar: str, _start: int, _end: int) -> list[Schedule]:
        raise ValueError(f"{calendar} ends in 2020")

    found = [calendars(prepared, one, 0)[0] for one in (lambda *_: [known], lambda *_: [], refuses)]
    assert [line.level for line in found] == ["ok", "warn", "fail"]
    assert found[2].told == "NYSE ends in 2020"


def test_the_simulated_exchange_is_always_there(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(QUIET, encoding="utf-8")
    prepared = assemble.prepare(*assemble.read(path, ENVIRONMENT))
    assert [line.text() for line in venues(prepared, Access(now=lambda: 0))] == [
        "ok    account main: connected: the simulated exchange, in this process"
    ]


def test_daily_operations_have_a_line_with_a_remedy(tmp_path: Path) -> None:
    (line,) = [line for line in lines(tmp_path, ALERTS) if line.part == "operations"]
    assert line.text().startswith("ok    operations: 7 blocks: pre_market, market_open, intraday, ")
    (line,) = [line for line in lines(tmp_path, TIGHT) if line.part == "operations"]
    assert (line.level, line.fix) == ("warn", "add operations: {} for the usual steps of a day")
