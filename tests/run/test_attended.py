"""Runs that nobody sits before."""

import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from openbell.run import attended

REST = threading.Event()
ASKED = attended.Ordered(name="cross", mode="sim", actor="web owner ::1", ts=5, digest="d")


def test_who_asked_is_written_down_before_the_process_begins(tmp_path: Path) -> None:
    place = tmp_path / attended.ORDERED
    words = [sys.executable, "-c", f"import sys; print(open({str(place)!r}).read()); print('error: no'); sys.exit(3)"]
    process = attended.begin(tmp_path, words, ASKED, {})
    assert process.wait(60) == 3
    assert "web owner ::1" in (tmp_path / attended.LOG).read_text(encoding="utf-8")
    assert attended.ordered(tmp_path) == ASKED
    attended.conclude(tmp_path, 3, 9)
    assert attended.outcome(tmp_path) == attended.Outcome(code=3, text="error: no", ts=9)
    attended.reopen(tmp_path)
    assert attended.outcome(tmp_path) is None


def test_an_end_without_words_has_its_code_and_a_good_one_has_none(tmp_path: Path) -> None:
    attended.conclude(tmp_path, 4, 1)
    found = attended.outcome(tmp_path)
    assert found is not None and found.text == "the engine ended with 4"
    attended.conclude(tmp_path, 0, 2)
    assert attended.outcome(tmp_path) == attended.Outcome(code=0, text="", ts=2)
    assert attended.ordered(tmp_path) is None


def test_a_run_that_is_given_up_ends_with_what_it_began_even_where_it_will_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attended, "GRACE_S", 0.0)
    told = tmp_path / "told"
    os.mkfifo(told)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    engine = f"{deaf}; open({str(told)!r}, 'w').write('here'); time.sleep(600)"
    words = [
        sys.executable,
        "-c",
        f"{deaf}; import subprocess, sys; subprocess.run([sys.executable, '-c', {engine!r}])",
    ]
    process = attended.begin(tmp_path, words, ASKED, {})
    assert told.read_text(encoding="utf-8") == "here"
    attended.abandon(process)
    assert process.returncode == -9
    # Who is dead may be listed until the first process of the machine has taken note.
    for _ in range(6_000):
        if not living(process.pid):
            break
        REST.wait(0.01)
    assert not living(process.pid)


def living(group: int) -> list[int]:
    """Return the processes of a group that have not ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, own = path.read_text().rpartition(")")[2].split()[:3]
            found += [int(path.parent.name)] if int(own) == group and state != "Z" else []
    return found
