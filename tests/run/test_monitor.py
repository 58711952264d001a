"""Jobs by the clock: once in their time, and never made up for. What they see is in tests/checklist/test_s2_monitor."""

import pytest

from openbell.config.monitor import MonitorTerms
from openbell.run.monitor import Job, Monitor
from openbell.run.sensors import Reading
from tests.core import build as b


@pytest.mark.parametrize(
    ("looks", "wanted"),
    [
        ([0, 5, 9, 10, 11, 20, 29, 30], [10, 20, 30]),
        # Late is late: it is done once, and the next comes when it would have.
        ([0, 14, 19, 20], [14, 20]),
        ([0, 57, 59, 60], [57, 60]),
    ],
)
def test_a_job_is_due_once_in_its_time(looks: list[int], wanted: list[int]) -> None:
    job = Job(10)
    assert [now - 100 for now in (look + 100 for look in looks) if job.is_due(now)] == wanted


def test_what_the_machine_does_not_tell_is_not_judged() -> None:
    said: list[str] = []
    unknown = Reading(cpu=None, memory=None, disk=None)
    monitor = Monitor(MonitorTerms(health="1s"), lambda: unknown, lambda *words: said.append(words[2]))
    book = b.book(b.run_spec())
    for second in range(1, 10):
        assert monitor.look(book, second * 10**9, 10**9, 0) == []
    assert (monitor.strained, said[-1]) == (set(), "machine: , engine 0 ms behind")
