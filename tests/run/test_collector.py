"""The collector rests while a loop runs and is as it was afterwards, whatever happened."""

import gc

import pytest

from openbell.run.collector import YOUNG, rare_collections


def test_the_collector_rests_inside_and_is_as_before_outside() -> None:
    before = gc.get_threshold()
    with rare_collections():
        assert gc.isenabled()
        assert gc.get_threshold() == (YOUNG, *before[1:])
    assert gc.get_threshold() == before


def test_a_loop_that_fails_gives_the_collector_back() -> None:
    before = gc.get_threshold()
    with pytest.raises(KeyError), rare_collections():
        raise KeyError
    assert gc.get_threshold() == before
