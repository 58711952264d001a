"""The writer thread wakes, paces itself and stops."""

import threading

from openbell.edges.journal.beat import Beat


def test_a_wake_runs_the_work_until_it_has_no_more() -> None:
    rounds: list[int] = []
    done = threading.Event()

    def work() -> bool:
        rounds.append(1)
        if len(rounds) == 3:
            done.set()
        return len(rounds) < 3

    beat = Beat(work)
    assert beat.is_idle
    beat.wake(now=False)
    assert done.wait(10)
    beat.stop()
    assert len(rounds) == 3


def test_an_urgent_wake_runs_the_work() -> None:
    done = threading.Event()

    def work() -> bool:
        done.set()
        return False

    beat = Beat(work)
    beat.wake(now=True)
    assert done.wait(10)
    beat.stop()


def test_stop_ends_a_thread_that_never_worked() -> None:
    worked = threading.Event()

    def work() -> bool:
        worked.set()
        return False

    Beat(work).stop()
    assert not worked.is_set()
