import pytest

from openbell.core import events as ev
from openbell.run import assemble, source
from openbell.run.sessions import sessions_of
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
        source.load(prepared.spec, prepared.feed, prepared.feed_options, sessions_of({}, None), None)


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
        source.load(prepared.spec, parquet, options, sessions_of({}, None), None)


def test_a_pair_tells_what_its_currency_is_worth_before_its_bar_is_decided_on(tmp_path):
    path = write(tmp_path)
    text = path.read_text().replace("AAA", "USDJPY").replace("BBB", "EURUSD")
    path.write_text(text.replace("{kind: stock, calendar: NYSE}", "{kind: fx}"))
    loaded, shelves = assemble.read(path, {})
    prepared = assemble.prepare(loaded, shelves)
    told = source.load(
        prepared.spec, prepared.feed, prepared.feed_options, sessions_of(loaded.config.calendars, None), None
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


DAYS = ("2024-06-05", "2024-06-06", "2024-06-07", "2024-06-10", "2024-06-11", "2024-06-12")
HOLD = """
title: held over
mode: sim
source: {kind: csv, path: bars}
instruments: {OLD: {kind: stock, calendar: NYSE}, NEW: {kind: stock, calendar: NYSE}}
accounts: {main: {broker: sim, cash: 100000 USD, fees: {kind: none}}}
deployments:
  - name: hold
    strategy: {kind: ./hold.py}
    instruments: [OLD, NEW]
    bars: 1d
    account: main
    budget: {capital: 50000 USD, per_position: 40%}
rules: {preset: none}
"""


BUY = """
from openbell.core.codes import Code
from openbell.schema import PartConfig

PARAMS = ()
STATE = (("bars", "i8", 1),)


class Config(PartConfig):
    \"\"\"No options.\"\"\"


def step(state, params, row):
    \"\"\"Long from the first bar on.\"\"\"
    return 1.0, Code.SIGNAL_LONG
"""


def held_over(tmp_path, told: str, before: float, after: float):
    """Run a strategy that buys and holds through six days of OLD, whose price changes behind the third, and NEW."""
    from openbell.run.backtest import backtest

    folder = tmp_path / "bars"
    folder.mkdir(parents=True)
    for symbol, then in (("OLD", after), ("NEW", 50.0)):
        px = [before if symbol == "OLD" else 50.0] * 3 + [then] * 3
        rows = [f"{day},{symbol},{p},{p},{p},{p},100" for day, p in zip(DAYS, px, strict=True)]
        text = "date,symbol,open,high,low,close,volume\n" + "\n".join(rows)
        (folder / f"{symbol}.csv").write_text(text + "\n", encoding="utf-8")
    if told:
        head = "date,symbol,kind,numerator,denominator,amount,into\n"
        (folder / "actions.csv").write_text(head + told + "\n", encoding="utf-8")
    path = tmp_path / "hold.yaml"
    path.write_text(HOLD, encoding="utf-8")
    (tmp_path / "hold.py").write_text(BUY, encoding="utf-8")
    loaded, shelves = assemble.read(path, {})
    prepared = assemble.prepare(loaded, shelves)
    made = source.load(prepared.spec, prepared.feed, prepared.feed_options,
                       sessions_of(loaded.config.calendars, None), None)  # fmt: skip
    result = backtest(prepared, made)
    return made, result


def test_F66_a_split_in_the_data_changes_what_is_held_and_nobody_loses(tmp_path):
    made, result = held_over(tmp_path, "2024-06-10,OLD,split,2,1,,", 100.0, 50.0)
    assert [one.kind for one in made.actions] == ["split"]
    assert "1 splits, dividends, spin-offs or other names in the data are booked" in made.notes
    assert result.figures["equity_end"] == "100000"
    assert held_over(tmp_path / "raw", "", 100.0, 50.0)[1].figures["equity_end"] == "90000"


def test_F67_another_name_in_the_data_carries_the_holding_over(tmp_path):
    made, result = held_over(tmp_path, "2024-06-10,OLD,rename,,,,NEW", 100.0, 100.0)
    events = list(made.events())
    place = events.index(made.actions[0])
    assert all(one.ts <= made.actions[0].ts for one in events[:place])
    assert all(one.ts >= made.actions[0].ts for one in events[place + 1 :])
    assert list(made.events(skip=place)) == events[place:]
    assert result.figures["equity_end"] == "90000"
