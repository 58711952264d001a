"""Every message is a line of a log file as well, once, whatever its channels do with it."""

import json
from pathlib import Path
from typing import Any

from openbell import AlertSystem
from openbell.run.alerts.lines import FILE
from openbell.run.alerts.notifier import Notifier
from openbell.run.assemble import read
from openbell.run.clock import FakeClock
from openbell.run.logbook import FOLDER
from openbell.run.state import Origin, write_origin
from tests.checklist.market import FAIL, FLAT, LONG, Market, config, rows
from tests.run.alerts.stage import NOW, history

HEAD = "alerts: [{url: 'http://127.0.0.1:1/hush-hush', level: critical}]"
PATH = ((100, LONG), 101, (104, FLAT), 104, (104, FAIL), 104)


def told(made: Market) -> None:
    """Let the notifier look at what there is, as a process of its own would."""
    loaded, found = read(made.file, {})
    one = Notifier(made.state, loaded.config.alerts, found.channels, FakeClock(NOW), ["hush-hush"])
    while one.look():
        pass
    one.close()


def lines(made: Market) -> list[dict[str, Any]]:
    text = (made.state / FOLDER / FILE).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_each_alert_is_a_line_of_its_own_file_once_with_its_level(tmp_path: Path) -> None:
    made = Market(tmp_path, config(head=HEAD), rows(list(PATH)))
    made.live()
    (made.state / FOLDER).mkdir()
    write_origin(made.state, Origin(file=str(made.file), folder=str(tmp_path), started=NOW))
    told(made)
    AlertSystem(made.state).error_alert("hush-hush is what the feed calls itself", component="Feed")
    for _ in range(2):
        told(made)
    kept = history(made.state)
    assert {"order", "position", "error", "system"} <= {row.kind for row in kept}
    assert {"program_error", "position_opened", "system_error"} <= {row.event for row in kept}
    written = lines(made)
    found = [(one["openbell"]["alert"], one["log.level"], one["openbell"]["happening"]) for one in written]
    assert sorted(found) == sorted((row.id, row.level, row.event) for row in kept)
    assert {one["log.logger"] for one in written} == {"Alerts"}
    said = {one["openbell"]["happening"]: one["message"] for one in written}
    assert "the strategy fell over" in said["system_error"]
    assert said["program_error"] == "Feed: *** is what the feed calls itself (said by a program)"
    # The engine's own files are the engine's alone.
    assert [path.name for path in (made.state / FOLDER).iterdir()] == [FILE]


def test_where_a_run_keeps_no_log_files_nothing_is_written(tmp_path: Path) -> None:
    made = Market(tmp_path, config(head=HEAD), rows(list(PATH)))
    made.live()
    told(made)
    assert history(made.state)
    assert not (made.state / FOLDER).exists()


def test_what_the_disk_does_not_take_is_written_with_the_next_look(tmp_path: Path) -> None:
    made = Market(tmp_path, config(head=HEAD), rows(list(PATH)))
    made.live()
    place = made.state / FOLDER / FILE
    place.mkdir(parents=True)
    told(made)
    assert list(place.iterdir()) == []
    place.rmdir()
    told(made)
    assert len(lines(made)) == len(history(made.state)) > 5
