"""Messages begin where the journal ends, and whoever only starts them loads nothing that sends."""

import subprocess
import sys
from pathlib import Path

from openbell.run.alerts.start import begin, has_begun, last_record
from tests.run.alerts.stage import history, market, notifier


def test_the_outbox_of_a_state_with_a_past_begins_behind_it(tmp_path: Path) -> None:
    made = market(tmp_path, "[{url: 'http://127.0.0.1:1/x', level: info}]")
    assert has_begun(made.state)
    begin(made.state, last_record(made.state))
    begin(made.state, 0)
    one = notifier(made)
    one.look()
    one.close()
    assert [row.event for row in history(made.state)] == ["engine_started", "engine_stopped"]
    assert not has_begun(tmp_path)
    assert last_record(tmp_path) == 0


def test_a_run_loads_nothing_that_speaks_to_others_before_it_has_somebody_to_speak_to() -> None:
    heavy = ["aiohttp", "cryptography", "imaplib", "multiprocessing", "polars", "smtplib", "tarfile"]
    code = f"import sys, openbell.cli.shell.drive; print(*set({heavy}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
