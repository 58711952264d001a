"""Who carries runs out changes nothing about them."""

import os
from contextlib import closing

import pytest

from openbell.run.study import pool
from openbell.run.study.executor import Backend, chunks_of
from openbell.run.study.pool import Alone, Pool, executor_of
from tests.run.study.desk import FAST, SLOW, desk

VALUES = [((FAST, str(fast)), (SLOW, "40")) for fast in (3, 5, 9, 50)]


def test_two_processes_come_to_what_one_does(tmp_path):
    made = desk(tmp_path, days=2)
    alone = [one for found in Alone(made.subject, made.source, lambda: False).carry_out([VALUES]) for one in found]
    with closing(Pool(made.subject, made.source, 2)) as pair:
        both = [one for found in pair.carry_out(chunks_of(VALUES, 2)) for one in found]
        again = [one for found in pair.carry_out(chunks_of(VALUES[:1], 2)) for one in found]
    assert sorted(both, key=lambda one: one.key) == sorted(alone, key=lambda one: one.key)
    assert again == alone[:1]
    assert sum(bool(one.refused) for one in alone) == 1


def test_one_process_is_this_one(tmp_path):
    made = desk(tmp_path, days=2)
    assert isinstance(executor_of(made.subject, made.source, Backend(jobs=1), lambda: False), Alone)
    with closing(executor_of(made.subject, made.source, Backend(jobs=2), lambda: False)) as both:
        assert isinstance(both, Pool)


def test_a_run_is_dropped_in_the_middle_when_it_is_over(tmp_path):
    made = desk(tmp_path, days=15)
    found = list(Alone(made.subject, made.source, lambda: True).carry_out([VALUES[:2]]))
    assert found == [[], []]


def test_a_process_that_dies_ends_the_study_in_words(tmp_path, monkeypatch):
    made = desk(tmp_path, days=2)
    monkeypatch.setattr(pool, "_work", _die)
    with closing(Pool(made.subject, made.source, 1)) as one, pytest.raises(pool.StudyError, match="has died"):
        list(one.carry_out([VALUES]))


def _die(*_: object) -> None:
    os._exit(1)
