"""How a learned strategy is tested: what is served is what was trained, and on other days than it is shown on."""

import json
from array import array
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from openbell.core.effects import Decision
from openbell.core.events import Bar
from openbell.core.types import NS
from openbell.run import assemble, source
from openbell.run.backtest import backtest
from openbell.run.sessions import sessions_of
from openbell.run.study.lookahead import lookahead

HERE = Path(__file__).resolve().parent
found = spec_from_file_location("train", HERE / "train.py")
train = module_from_spec(found)
found.loader.exec_module(train)


@cache
def history():
    """Return what is learned from; it is made once."""
    return train.bars()


def shown(until=None):
    """Return the run of the configuration and its market, up to an instant."""
    loaded, shelves = assemble.read(HERE / "config.yaml", {})
    prepared = assemble.prepare(loaded, shelves)
    look_up = sessions_of(loaded.config.calendars, None)
    return prepared, source.load(prepared.spec, prepared.feed, prepared.feed_options, look_up, until)


@cache
def served():
    """Return what the engine's strategy computed at each bar, by instrument: its stamp, target and numbers."""
    said = {}

    def look(event, effects):
        if isinstance(event, Bar):
            (one,) = [effect for effect in effects if isinstance(effect, Decision)]
            said.setdefault(event.instrument, []).append((event.ts, one.target, one.numbers[: len(train.NAMES)]))

    backtest(*shown(), watchers=(look,))
    return said


def bits(rows):
    """Return rows of numbers as bytes: equal to the last bit or not equal."""
    return [array("d", row).tobytes() for row in rows]


def test_what_is_served_is_what_was_trained_bar_by_bar_to_the_last_bit():
    _, lengths = history()
    for table in shown()[1].tables:
        computed, said = train.features(table, lengths), served()[table.symbol]
        assert [ts for ts, _, _ in said] == table.ts.tolist()
        is_whole = ~np.isnan(computed).any(axis=1)
        # The strategy says nothing while one of its features warms up, and only then.
        assert [target is not None for _, target, _ in said] == is_whole.tolist()
        numbers = [row for _, target, row in said if target is not None]
        assert len(numbers) > 1_800
        assert bits(numbers) == bits(computed[is_whole].tolist())


def test_a_feature_of_another_length_in_training_would_be_noticed():
    _, lengths = history()
    (table, *_) = shown()[1].tables
    numbers = [row for _, target, row in served()[table.symbol] if target is not None]
    for place, name in enumerate(train.NAMES):
        other = train.features(table, {**lengths, name: lengths[name] - 1})[-len(numbers) :].tolist()
        assert [a == b for a, b in zip(numbers[-1], other[-1], strict=True)] == [
            n != place for n in range(len(other[-1]))
        ]


def test_training_twice_gives_the_same_file_and_it_is_the_one_that_is_here():
    again = train.written(train.train(*history()))
    assert again == train.written(train.train(*train.bars())) == (HERE / "model.json").read_text(encoding="utf-8")


def test_other_bars_are_another_model_and_say_so():
    tables, lengths = history()
    bent = [replace(one, close=np.where(np.arange(len(one)) == 500, one.close * 1.01, one.close)) for one in tables]
    model, other = json.loads((HERE / "model.json").read_text(encoding="utf-8")), train.train(bent, lengths)
    assert other["trained_on"]["sha256"] != model["trained_on"]["sha256"]
    assert other["features"] != model["features"]


def test_recorded_bars_are_learned_from_up_to_the_day_that_is_named():
    tables, lengths = history()
    with TemporaryDirectory() as folder:
        lines = ["date,symbol,open,high,low,close,volume"]
        for table in tables:
            columns = (table.open, table.high, table.low, table.close, table.volume)
            for ts, *values in zip(table.ts.tolist(), *(column.tolist() for column in columns), strict=True):
                begin = datetime.fromtimestamp((ts - table.interval_ns) // NS, UTC)
                lines.append(",".join((f"{begin:%Y-%m-%d %H:%M}", table.symbol, *map(repr, values))))
        (Path(folder) / "bars.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        found, same = train.bars(Path(folder), date(2024, 1, 12))
    model = train.train(found, same)
    assert same == lengths
    assert (model["trained_on"]["last_bar"], model["trained_on"]["is_synthetic"]) == (
        "2024-01-12T00:00:00+00:00",
        False,
    )
    # Ten days of two instruments, less what warms up and what has no return yet.
    assert model["rows"] == 2 * (960 - 47 - train.AHEAD)


def test_the_configuration_serves_the_model_that_is_here():
    model = json.loads((HERE / "model.json").read_text(encoding="utf-8"))
    text = (HERE / "config.yaml").read_text(encoding="utf-8")
    assert train.configured(text, model) == text
    options = shown()[0].loaded.config.deployments[0].strategy.options
    assert train.options_of(model) == {name: value for name, value in options.model_dump().items() if name != "kind"}


def test_nothing_that_was_learned_from_is_in_the_market_that_is_shown():
    learned = json.loads((HERE / "model.json").read_text(encoding="utf-8"))["trained_on"]
    last = datetime.fromisoformat(learned["last_bar"]).timestamp() * NS
    tables = shown()[1].tables
    assert sorted(table.symbol for table in tables) == sorted(learned["instruments"])
    assert all(table.ts[0] - table.interval_ns > last for table in tables)
    assert all(table.ts[-1] <= last for table in history()[0])


def test_nothing_looks_ahead():
    first = shown()[1].tables[0]
    week = int(first.ts[6 * len(first) // 20])
    seen = lookahead(lambda until: shown(until or week), 3, 1, lambda *_: False)
    assert (seen.is_clean, seen.is_complete, len(seen.cuts)) == (True, True, 3)
    assert seen.compared > 1_000
