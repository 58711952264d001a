"""The first compilation: two processes share it, and what one of them cannot do the other does."""

import os
from pathlib import Path

import pytest

from openbell.parts.kernels import entrance
from openbell.parts.kernels.apart import APART
from openbell.parts.kernels.inner import IS_PLAIN
from openbell.run import ahead
from openbell.run.ahead import compile_ahead, shared
from tests.parts.kernels import build as b

b.begin()
TAKES = """
import sys
print(flush=True)
with open(sys.argv[1], "w") as told:
    for line in sys.stdin:
        print(line, end="", file=told, flush=True)
        print(flush=True)
"""


def test_two_processes_do_everything_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    ours: list[int] = []
    theirs: list[int] = []
    os.mkfifo(pipe)
    with os.fdopen(os.open(pipe, os.O_RDWR)) as told:

        def make(number: int) -> None:
            # The first waits until the other one has had its share.
            if not ours:
                theirs.extend(int(told.readline()) for _ in range(3))
            ours.append(number)

        done = shared([7, 3, 5, 9, 1], make, ("-c", TAKES, str(pipe)))
        theirs.extend(int(told.readline()) for _ in range(5 - done - 3))
    assert sorted(ours + theirs) == [1, 3, 5, 7, 9]
    assert 0 < done == len(ours) <= 2


@pytest.mark.parametrize("words", [("-c", "raise SystemExit(1)"), ("-c", "print()")])
def test_what_the_other_process_does_not_do_is_left_to_who_needs_it(words: tuple[str, ...]) -> None:
    ours: list[int] = []
    assert shared([1, 2, 3], ours.append, words) == len(ours)
    assert len(ours) in {2, 3}
    assert ours == sorted(ours)


def test_an_error_here_ends_the_other_process() -> None:
    def fail(number: int) -> None:
        raise ValueError(str(number))

    with pytest.raises(ValueError, match="[12]"):
        shared([1, 2], fail, ("-c", "import signal; signal.pause()"))


@pytest.mark.parametrize(("processors", "shares"), [(1, False), (2, True)])
def test_one_processor_does_without(processors: int, shares: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(entrance, "missing", lambda g: [1, 2])
    monkeypatch.setattr(ahead, "processors", lambda: processors)
    monkeypatch.setattr(ahead, "shared", lambda numbers, make: asked.append(numbers))
    compile_ahead(None)  # type: ignore[arg-type]  # nothing is asked of it
    assert bool(asked) is shares


def test_nothing_is_started_where_all_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    state = b.twin_of(b.one([b.LONG, 0, 0], b.flat(3))).state
    monkeypatch.delattr(ahead, "shared")
    assert entrance.missing(state.g) == []
    compile_ahead(state.g)


@pytest.mark.skipif(IS_PLAIN, reason="nothing is compiled")
def test_what_another_process_has_compiled_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(ahead, "_work", lambda waiting, make: 0)
    (smallest,) = (n for n, one in enumerate(APART.functions) if one.function.__name__ == "moved")
    assert shared([smallest], int) == 0
    assert [file.name.split("-")[0] for file in tmp_path.rglob("*.nbc")] == ["history.moved"]


def test_there_is_a_processor_to_run_on() -> None:
    assert ahead.processors() >= 1
