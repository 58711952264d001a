"""Events: their shape in the journal."""

import inspect

import msgspec
import pytest

from openbell.core import events as ev
from tests.core.build import T0, at, bar

KINDS = [
    kind for _, kind in inspect.getmembers(ev, inspect.isclass) if issubclass(kind, ev.Event) and kind is not ev.Event
]


def tag_of(kind: type) -> object:
    return msgspec.inspect.type_info(kind).tag  # type: ignore[attr-defined]


def test_every_event_belongs_to_the_sum_and_has_its_own_tag() -> None:
    assert set(ev.AnyEvent.__args__) == set(KINDS)
    assert len({tag_of(kind) for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_events_are_frozen_and_begin_with_their_instant(kind: type) -> None:
    assert kind.__struct_config__.frozen
    assert kind.__struct_config__.array_like
    assert kind.__struct_fields__[0] == "ts"


def test_a_bar_is_stamped_at_its_close() -> None:
    assert bar(1, 100.0).open_ts == T0
    assert bar(1, 100.0).ts == at(1)
