"""A planted look-ahead is caught, wherever it hides; what only sees the past is clean."""

import msgspec
import numpy as np
import pytest

from openbell.core.effects import Intent
from openbell.core.strategy import FreeStrategy
from openbell.edges.feeds.table import select
from openbell.run import assemble, source
from openbell.run.sessions import sessions_of
from openbell.run.study import lookahead as module
from openbell.run.study.lookahead import lookahead, reaching
from openbell.schema import PartConfig
from tests.run.study.desk import desk
from tests.run.study.test_robustness import HOURLY
from tests.run.study.test_sweep import never


class State(msgspec.Struct):
    """Nothing is remembered."""


def loader(folder, decide=None, bend=None):
    """Return what loads a small run; `decide(source)` is its strategy, `bend` changes its tables."""
    desk(folder, text=HOURLY)

    def load(until):
        loaded, shelves = assemble.read(folder / "small.yaml", {})
        prepared = assemble.prepare(loaded, shelves)
        look_up = sessions_of({}, None)
        found = source.load(prepared.spec, prepared.feed, prepared.feed_options, look_up, until)
        if bend is not None:
            found = msgspec.structs.replace(found, tables=[bend(table) for table in found.tables])
        if decide is not None:
            prepared.strategies["cross"] = FreeStrategy(
                kind="planted", config=PartConfig(), state=State, state_type=State, decide=decide(found)
            )
        return prepared, found

    return load


def wish(target):
    return [Intent(instrument="AURA", target=target)]


def honest(_):
    return lambda config, state, bar, view: wish(1.0 if bar.close > bar.open else 0.0)


def peeking(found):
    """Long before a rise: it asks the source for the close of the next bar."""
    (table,) = found.tables

    def decide(config, state, bar, view):
        place = int(np.searchsorted(table.ts, bar.ts)) + 1
        return wish(1.0 if place < len(table) and table.close[place] > bar.close else 0.0)

    return decide


def rarely(found):
    """As `peeking`, on one bar of fifty, and ten bars ahead."""
    (table,) = found.tables

    def decide(config, state, bar, view):
        place = int(np.searchsorted(table.ts, bar.ts))
        if place % 50:
            return []
        return wish(0.5 if place + 10 < len(table) and table.close[place + 10] > bar.close else 0.1)

    return decide


def test_the_stock_strategy_and_an_honest_one_are_clean(tmp_path):
    for decide in (None, honest):
        found = lookahead(loader(tmp_path, decide), 4, 1, never)
        assert (found.is_clean, found.is_complete, len(found.cuts)) == (True, True, 4)
        assert (found.bars, found.signals) == (480, 480)
        assert found.compared > 480


def test_a_strategy_that_looks_one_bar_ahead_is_caught_with_its_signal(tmp_path):
    found = lookahead(loader(tmp_path, peeking), 6, 1, never)
    assert not found.is_clean
    first = found.differences[0]
    # Only the last bar before a cut has lost its future.
    assert (first.ts, first.deployment, first.instrument) == (first.until, "cross", "AURA")
    assert first.whole.startswith("target 1")
    assert first.cut.startswith("target 0")


@pytest.mark.parametrize("seed", range(2))
def test_one_that_looks_ahead_rarely_is_caught(tmp_path, seed):
    found = lookahead(loader(tmp_path, rarely), 8, seed, never)
    assert found.differences
    assert all(0 <= one.until - one.ts <= 10 * 3_600_000_000_000 for one in found.differences)


def test_bars_that_know_what_came_later_are_caught(tmp_path):
    def adjusted(table):
        # As prices that were divided by a later split are.
        return select(type(table)(**{
            name: getattr(table, name) / table.close[-1] if name in ("open", "high", "low", "close")
            else getattr(table, name) for name in table.__slots__
        }), slice(None))  # fmt: skip

    found = lookahead(loader(tmp_path, None, adjusted), 3, 1, never)
    assert (found.data, found.is_clean) == (("AURA",), False)


def test_files_opened_while_deciding_are_heard(tmp_path):
    (tmp_path / "future.csv").write_text("1\n")

    def reading(_):
        def decide(config, state, bar, view):
            with open(tmp_path / "future.csv") as file:  # noqa: PTH123 - as a stranger would
                return wish(float(file.read()))

        return decide

    found = lookahead(loader(tmp_path, reading), 2, 1, never)
    assert (found.opened, found.differences) == ((str(tmp_path / "future.csv"),), ())
    with open(tmp_path / "future.csv") as file:  # noqa: PTH123 - nobody listens any more
        file.read()


def test_what_reaches_out_is_named_by_its_imports(tmp_path):
    part = tmp_path / "part.py"
    part.write_text(
        "import math\nimport polars as pl\nfrom pathlib import Path\nfrom openbell.edges import feeds\n"
        "from openbell.core.effects import Intent\nimport osmium\nX = open('a')\n"
    )
    assert reaching(part) == [
        "polars",
        "pathlib",
        "pathlib.Path",
        "openbell.edges",
        "openbell.edges.feeds",
        "builtins.open",
    ]


def test_a_study_that_is_ended_says_so(tmp_path):
    found = lookahead(loader(tmp_path), 4, 1, lambda done, _: done >= 2)
    assert (found.is_complete, len(found.cuts)) == (False, 1)


def test_decisions_that_are_missing_or_more_are_found():
    whole, part = module._Log(), module._Log()
    for log, stamps in ((whole, (1, 2, 3)), (part, (1, 2))):
        log.ts.extend(stamps)
        log.marks.extend(stamps)
    assert module._first_unlike(whole, part, 2) is None
    assert module._first_unlike(whole, part, 3) == 2
    part.ts.extend((9, 9))
    part.marks.extend((9, 9))
    assert module._first_unlike(whole, part, 3) == 2
