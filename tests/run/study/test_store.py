"""What is remembered survives a crash, and is never taken for what it is not."""

import fcntl
import subprocess
import sys

import pytest

from openbell.run.study.store import Store
from openbell.run.study.trial import Outcome
from tools.tree import ROOT

DATA = "d" * 64


def outcome(n: int, config: str | None = None) -> Outcome:
    return Outcome(key=f"k{n}", values=(("a", str(n)),), config=config or f"c{n}", code="x", daily=(0.1, -1e-17 * n))


def test_what_was_added_is_read_again(tmp_path):
    store = Store(tmp_path / "s")
    assert store.read(DATA).outcomes == {}
    store.add(DATA, [outcome(1), outcome(2)])
    store.add(DATA, [])
    store.add(DATA, [outcome(3)])
    store.add("e" * 64, [outcome(4)])
    known = Store(tmp_path / "s").read(DATA)
    assert known.outcomes == {f"k{n}": outcome(n) for n in (1, 2, 3)}
    assert (known.trials, known.damaged) == (3, 0)


@pytest.mark.parametrize("left", range(1, 60, 7))
def test_what_a_crash_left_of_a_line_is_cut_off(tmp_path, left):
    store = Store(tmp_path)
    store.add(DATA, [outcome(1)])
    whole = store.place(DATA).read_bytes()
    store.add(DATA, [outcome(2)])
    both = store.place(DATA).read_bytes()
    store.place(DATA).write_bytes(both[: len(whole) + left])
    known = store.read(DATA)
    assert (list(known.outcomes), known.damaged) == (["k1"], 0)
    store.add(DATA, [outcome(3)])
    assert list(store.read(DATA).outcomes) == ["k1", "k3"]
    assert store.place(DATA).read_bytes().count(b"\n") == 2


def test_a_line_torn_off_after_much_else_is_cut_off_there(tmp_path):
    store = Store(tmp_path)
    store.add(DATA, [outcome(1)])
    with store.place(DATA).open("ab") as file:
        file.write(b"x" * 200_000)
    store.add(DATA, [outcome(2)])
    assert list(store.read(DATA).outcomes) == ["k1", "k2"]


def test_a_line_that_was_changed_counts_as_a_trial_and_as_nothing_else(tmp_path):
    store = Store(tmp_path)
    store.add(DATA, [outcome(n) for n in range(3)])
    text = store.place(DATA).read_bytes()
    store.place(DATA).write_bytes(text.replace(b'"k1"', b'"k9"'))
    known = store.read(DATA)
    assert (sorted(known.outcomes), known.damaged, known.trials) == (["k0", "k2"], 1, 3)


def test_a_configuration_counts_once_however_often_it_is_tried(tmp_path):
    store = Store(tmp_path)
    refused = Outcome(key="r", values=(), refused="no")
    store.add(DATA, [outcome(1, "same"), outcome(2, "same"), outcome(3), refused])
    assert store.read(DATA).trials == 2


def test_one_who_adds_waits_for_another(tmp_path):
    store = Store(tmp_path)
    store.add(DATA, [outcome(1)])
    code = (
        "import sys; from pathlib import Path; from tests.run.study.test_store import *;"
        "print('ready', flush=True); Store(Path(sys.argv[1])).add(DATA, [outcome(2)]); print('done', flush=True)"
    )
    with store.place(DATA).open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        other = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT,
            env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        )  # fmt: skip
        assert other.stdout.readline() == "ready\n"
        # The other one stands before the lock now; what is written meanwhile stays whole.
        line = store.place(DATA).read_bytes()
        file.write(line.replace(b'"k1"', b'"k1"'))
        file.flush()
        assert "k2" not in store.read(DATA).outcomes
    assert other.communicate(timeout=180)[0] == "done\n"
    assert list(store.read(DATA).outcomes) == ["k1", "k2"]
