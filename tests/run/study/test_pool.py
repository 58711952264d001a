"""Who carries runs out changes nothing about them."""

import os

import pytest

from openbell.run.study import pool
from openbell.run.study.pool import Alone, Pool, chunks_of, executor_of, usable_processors
from tests.run.study.desk import FAST, SLOW, desk

VALUES = [((FAST, str(fast)), (SLOW, "40")) for fast in (3, 5, 9, 50)]


def test_two_processes_come_to_what_one_does(tmp_path):
    made = desk(tmp_path, days=2)
    alone = [one for found in Alone(made.subject, made.source, lambda: False).carry_out([VALUES]) for one in found]
    both = [one for found in Pool(made.subject, made.source, 2).carry_out(chunks_of(VALUES, 2)) for one in found]
    assert sorted(both, key=lambda one: one.key) == sorted(alone, key=lambda one: one.key)
    assert sum(bool(one.refused) for one in alone) == 1


def test_one_process_is_this_one(tmp_path):
    made = desk(tmp_path, days=2)
    assert isinstance(executor_of(made.subject, made.source, 1, lambda: False), Alone)
    assert isinstance(executor_of(made.subject, made.source, 2, lambda: False), Pool)
    assert usable_processors() >= 1


def test_a_run_is_dropped_in_the_middle_when_it_is_over(tmp_path):
    made = desk(tmp_path, days=15)
    found = list(Alone(made.subject, made.source, lambda: True).carry_out([VALUES[:2]]))
    assert found == [[], []]


def test_a_process_that_dies_ends_the_study_in_words(tmp_path, monkeypatch):
    made = desk(tmp_path, days=2)
    monkeypatch.setattr(pool, "_work", _die)
    runs = Pool(made.subject, made.source, 1).carry_out([VALUES])
    with pytest.raises(pool.StudyError, match="has died"):
        list(runs)


def _die(*_: object) -> None:
    os._exit(1)


def test_every_run_is_in_one_piece_and_no_piece_is_large():
    values = [((FAST, str(n)),) for n in range(1000)]
    pieces = chunks_of(values, 2)
    assert [one for piece in pieces for one in piece] == values
    assert max(map(len, pieces)) <= 64
    assert len(chunks_of(values[:3], 2)) == 3
