"""What a signal may say, strictly."""

import json
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.edges.signals.form import Wanted, parsed

FIELDS: dict[str, Any] = {"id": "a", "instrument": "AAPL", "target": 1}
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("a") | st.just("0.5")


def bags(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FIELDS, "reason", "x"]), inner)


def said(**changes: Any) -> Wanted:
    return parsed(json.dumps(FIELDS | changes).encode())


@pytest.mark.parametrize(
    ("target", "share"),
    [(1, 1.0), (-1, -1.0), (0, 0.0), (0.25, 0.25), ("1", 1.0), ("-0.5", -0.5), ("1.000", 1.0), ("-0", 0.0)],
)
def test_a_target_is_a_number_or_the_same_as_text(target: Any, share: float) -> None:
    found = said(target=target).share
    assert (found, math.copysign(1.0, found)) == (share, math.copysign(1.0, share))


@pytest.mark.parametrize(
    "target",
    [1.0000001, -1.0000001, "1.0000001", "-1.1", "2", "1e0", "NaN", "inf", "", " 1", "1\n", True, None, [1], 1e400],
)
def test_anything_else_is_none(target: Any) -> None:
    with pytest.raises((ValueError, msgspec.MsgspecError)):
        said(target=target)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("id", ["a", "A-1_2.3:4", "x" * 64], ["", "x" * 65, "a b", "a/b", "a\n", "ä", 7]),
        ("instrument", ["AAPL", "x" * 64], ["", "x" * 65, None]),
        ("reason", ["", "x" * 300, "weil, \u00fc"], ["x" * 301, 7, "a\nb", "a\x00", "\x1b[2J", "\x9b2J", "a\n"]),
    ],
)
def test_texts_are_bounded(name: str, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        assert getattr(said(**{name: value}), name) == value
    for value in bad:
        with pytest.raises(msgspec.MsgspecError):
            said(**{name: value})


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"a"', b"{", b"\xff", b'{"id":"a","instrument":"A"}'])
def test_a_body_is_one_object_with_every_key(body: bytes) -> None:
    with pytest.raises((ValueError, msgspec.MsgspecError)):
        parsed(body)


@given(st.binary() | st.text().map(str.encode) | st.recursive(SCALARS, bags).map(lambda one: json.dumps(one).encode()))
def test_whatever_comes_is_a_signal_or_no_signal(body: bytes) -> None:
    try:
        found = parsed(body)
    except (ValueError, msgspec.MsgspecError):
        return
    assert -1.0 <= found.share <= 1.0


@pytest.mark.parametrize("body", [b"[" * 16_000, b'{"target":' + b'{"a":' * 3_000, b'{"id":' + b"[" * 16_000])
def test_depth_ends_nothing(body: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        parsed(body)


def test_an_unknown_key_is_refused_by_its_name() -> None:
    with pytest.raises(msgspec.MsgspecError, match="quantity"):
        said(quantity=100)
