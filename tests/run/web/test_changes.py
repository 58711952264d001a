"""What is new, and what a reader that waits has of it."""

import asyncio
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from openbell.edges.web.ports import Frame
from openbell.run.web.changes import MOST_ADDED, Frames, Lobby, Reader, changed, merged

ROWS = st.dictionaries(st.sampled_from("abcd"), st.builds(lambda n, m: {"n": n, "m": m}, *[st.integers(0, 2)] * 2))


def fold(rows: dict[str, Any], section: dict[str, Any] | None) -> dict[str, Any]:
    found = {**rows, **(section or {}).get("set", {})}
    for key, fields in (section or {}).get("part", {}).items():
        found[key] = {**found[key], **fields}
    for key in (section or {}).get("drop", ()):
        found.pop(key, None)
    return found


@given(ROWS, ROWS)
def test_a_difference_leads_from_one_to_the_other(before: dict[str, Any], now: dict[str, Any]) -> None:
    difference = changed(before, now)
    assert fold(before, difference) == now
    assert (difference is None) == (before == now)
    parts = (difference or {}).get("part", {})
    assert all(before[key][name] != value for key, fields in parts.items() for name, value in fields.items())


@given(ROWS, ROWS, ROWS)
def test_two_frames_as_one_lead_to_the_same(a: dict[str, Any], b: dict[str, Any], c: dict[str, Any]) -> None:
    frames = []
    for n, (before, now) in enumerate(((a, b), (b, c))):
        difference = changed(before, now)
        sections = {"rows": difference} if difference is not None else {}
        frames.append(Frame(since=n, n=n + 1, sections={**sections, "log": {"add": [{"n": n}]}}))
    both = merged(*frames)
    assert (both.since, both.n) == (0, 2)
    assert fold(a, both.sections.get("rows")) == c
    assert both.sections["log"]["add"] == [{"n": 0}, {"n": 1}]


def frame(n: int, rows: int = 1) -> Frame:
    return Frame(since=n - 1, n=n, sections={"log": {"add": [{"n": n}] * rows}})


def test_a_reader_gets_all_that_came_while_it_was_away_at_once() -> None:
    async def act() -> None:
        readers: set[Reader] = set()
        reader = Reader(readers, lambda: (7, {}))
        assert readers == {reader}
        for n in (1, 2, 3):
            reader.put(frame(n), {})
        found = await reader.next()
        assert found is not None
        assert (found.since, found.n, len(found.sections["log"]["add"])) == (0, 3, 3)
        reader.put(frame(4), {})
        assert reader.snapshot() == (7, {})
        waiting = asyncio.ensure_future(reader.next())
        done, _ = await asyncio.wait([waiting], timeout=0.01)
        assert not done, "what a snapshot holds does not come again"
        reader.put(frame(5), {})
        found = await waiting
        assert found is not None and found.since == 4
        reader.close()
        assert not readers

    asyncio.run(act())


def test_a_reader_for_whom_too_much_waits_takes_a_snapshot() -> None:
    async def act() -> None:
        reader = Reader(set(), lambda: (0, {}))
        reader.put(frame(1, MOST_ADDED), {})
        assert await reader.next() is not None
        reader.put(frame(2, MOST_ADDED), {})
        reader.put(frame(3), {})
        reader.put(frame(4), {})
        assert await reader.next() is None
        reader.put(frame(5), {})
        found = await reader.next()
        assert found is not None and found.since == 4

    asyncio.run(act())


def test_readers_who_wait_for_the_same_are_handed_the_same() -> None:
    async def act() -> None:
        readers: set[Reader] = set()
        early, also, late = (Reader(readers, lambda: (0, {})) for _ in range(3))
        for n in (1, 2, 3):
            joined: dict[int, Frame] = {}
            for reader in (early, also, late) if n > 1 else (early, also):
                reader.put(frame(n), joined)
        first, second, third = [await reader.next() for reader in (early, also, late)]
        assert first is second is not None and third is not None
        assert (first.since, first.n, third.since, third.n) == (0, 3, 1, 3)
        assert [len(one.sections["log"]["add"]) for one in (first, third)] == [3, 2]

    asyncio.run(act())


@given(st.lists(st.fixed_dictionaries({"rows": ROWS, "more": ROWS}), min_size=1, max_size=6))
def test_frames_are_numbered_without_a_gap_and_add_up_to_what_stands(told: list[dict[str, Any]]) -> None:
    frames = Frames()
    frames.tell(told[0], {})
    page = dict(told[0])
    assert frames.n == 0, "what stands first is a snapshot"
    taken: list[Frame] = []

    class Kept(Reader):
        def put(self, frame: Frame, joined: dict[int, Frame]) -> None:
            taken.append(frame)

    Kept(frames.readers, lambda: (0, {}))
    for now in told[1:]:
        frames.tell(now, {})
    assert [(one.since, one.n) for one in taken] == [(n, n + 1) for n in range(frames.n)]
    for one in taken:
        page = {name: fold(rows, one.sections.get(name)) for name, rows in page.items()}
    assert page == told[-1]


def test_where_something_is_left_out_readers_take_a_snapshot_though_no_row_moved() -> None:
    frames = Frames()
    frames.tell({"rows": {}}, {})
    reader = Reader(frames.readers, lambda: (frames.n, {}))
    frames.tell({"rows": {}}, {}, is_cut=True)
    assert asyncio.run(reader.next()) is None and frames.n == 1


def test_who_looks_at_no_state_is_told_of_the_list_and_of_nothing_twice() -> None:
    lobby = Lobby()
    reader = lobby.reader()
    assert reader.snapshot() == (0, {"states": {}, "dark": {}})
    for _ in range(2):
        lobby.put({"a": {"id": "a"}}, {})
        before = lobby.rows
    assert lobby.rows is before and lobby.frames.n == 1
    lobby.put({}, {"a": {"id": "a", "why": "damaged"}})
    frame = asyncio.run(reader.next())
    assert frame is not None and (frame.since, frame.n) == (0, 2), "what came before the first list is told as well"
    found = {name: fold({}, section) for name, section in frame.sections.items()}
    assert found == {"states": {}, "dark": {"a": {"id": "a", "why": "damaged"}}}
    assert lobby.whole() == (2, found)
