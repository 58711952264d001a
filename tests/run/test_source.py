import pytest

from openbell.core import events as ev
from openbell.run import assemble, source
from tests.run.small import small, write


def test_events_come_in_order_and_can_be_resumed_anywhere(tmp_path):
    _, told = small(tmp_path)
    events = list(told.events())
    assert sum(isinstance(event, ev.Bar) for event in events) == told.bars
    assert [event.ts for event in events] == sorted(event.ts for event in events)
    assert list(told.events(skip=100)) == events[100:]
    assert told.is_synthetic


def test_sessions_that_touch_begin_behind_the_last_bar(tmp_path):
    day = 86_400_000_000_000
    first = ev.Schedule(ts=0, calendar="c", date="1", open=0, close=day, is_open=True)
    ends = ev.Schedule(ts=day + 1, calendar="c", date="1", open=0, close=day, is_open=False)
    second = ev.Schedule(ts=day, calendar="c", date="2", open=day, close=2 * day, is_open=True)
    moved = source.behind_last_bar([first, second, ends])
    assert [(event.date, event.is_open, event.ts) for event in sorted(moved, key=lambda event: event.ts)] == [
        ("1", True, 0),
        ("1", False, day + 1),
        ("2", True, day + 2),
    ]


def test_bars_that_are_not_there_are_named_with_what_is(tmp_path):
    path = write(tmp_path)
    path.write_text(path.read_text().replace("bars: 1m", "bars: 5m"))
    loaded, shelves = assemble.read(path, {})
    prepared = assemble.prepare(loaded, shelves)
    with pytest.raises(source.SourceError, match=r"no 5m bars of AAA in the source \(it has 1m\)"):
        source.load(prepared.spec, prepared.feed, prepared.feed_options, source.sessions_of({}, None), None)


def test_a_folder_is_read_by_what_lies_in_it(tmp_path):
    with pytest.raises(source.SourceError, match="no .parquet or .csv"):
        source.chosen_by_path(tmp_path)
    (tmp_path / "a.csv").touch()
    assert source.chosen_by_path(tmp_path) == "csv"
    (tmp_path / "a.parquet").touch()
    assert source.chosen_by_path(tmp_path) == "parquet"
    assert source.chosen_by_path(tmp_path / "a.csv") == "csv"


def test_a_feed_that_cannot_deliver_says_why(tmp_path):
    from openbell.edges.feeds import parquet

    prepared, _ = small(tmp_path)
    options = parquet.Config(path=str(tmp_path / "nowhere"))
    with pytest.raises(source.SourceError):
        source.load(prepared.spec, parquet, options, source.sessions_of({}, None), None)


def test_a_pair_tells_what_its_currency_is_worth_before_its_bar_is_decided_on(tmp_path):
    path = write(tmp_path)
    text = path.read_text().replace("AAA", "USDJPY").replace("BBB", "EURUSD")
    path.write_text(text.replace("{kind: stock, calendar: NYSE}", "{kind: fx}"))
    loaded, shelves = assemble.read(path, {})
    prepared = assemble.prepare(loaded, shelves)
    told = source.load(
        prepared.spec, prepared.feed, prepared.feed_options, source.sessions_of(loaded.config.calendars, None), None
    )
    events = list(told.events())
    marks = [event for event in events if isinstance(event, ev.FxMark)]
    yen = [event for event in events if isinstance(event, ev.Bar) and event.instrument == "USDJPY"]
    assert [(mark.currency, mark.base) for mark in marks] == [("JPY", "USD")] * len(yen)
    assert [event.ts for event in events] == sorted(event.ts for event in events)
    for mark, bar in zip(marks, yen, strict=True):
        assert mark.ts == bar.ts and events.index(mark) < events.index(bar)
        assert float(mark.rate) == pytest.approx(1 / bar.close, rel=1e-4)
    assert list(told.events(skip=77)) == events[77:]
