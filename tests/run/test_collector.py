"""The collector rests while a loop runs and is as it was afterwards, whatever happened."""

import gc
import weakref

import pytest

from openbell.run.collector import YOUNG, rare_collections, settle


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


class Ring:
    """Holds itself."""

    def __init__(self) -> None:
        self.itself = self


def test_what_stays_is_out_of_sight_and_what_nobody_reaches_is_freed() -> None:
    kept, lost = Ring(), Ring()
    gone = weakref.ref(lost)
    try:
        settle()
        assert gc.get_freeze_count() > 0
        assert not any(one is kept for one in gc.get_objects())
        del lost
        gc.collect()
        assert gone() is not None, "it was out of sight when it was let go"
        settle()
        assert gone() is None
        assert kept.itself is kept
    finally:
        gc.unfreeze()
