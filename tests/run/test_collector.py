"""The collector rests while a loop runs and is as it was afterwards, whatever happened."""

import gc
import weakref

import pytest

from openbell.run.collector import YOUNG, Settled, rare_collections


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


def test_what_was_read_is_out_of_sight_and_what_has_gone_is_freed() -> None:
    settled, kept, lost = Settled(), Ring(), Ring()
    gone = weakref.ref(lost)
    try:
        settled.see([kept, lost])
        assert not any(one is kept for one in gc.get_objects())
        del lost
        gc.collect()
        settled.see([kept, gone()])
        assert gone() is not None, "nothing has changed: no look"
        settled.see([kept])
        assert gone() is None
        assert kept.itself is kept
    finally:
        gc.unfreeze()


def test_without_a_change_nothing_is_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    settled, kept = Settled(), Ring()
    settled.see([])
    monkeypatch.setattr(gc, "collect", lambda: looks.append(gc.get_freeze_count()))
    try:
        settled.see([kept])
        settled.see([kept])
        assert looks == [0], "once, and with everything in sight"
        settled.see([])
        assert looks == [0, 0]
    finally:
        gc.unfreeze()
