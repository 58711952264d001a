"""A source lent to another process is the same source."""

import numpy as np
import pytest

from openbell.edges.feeds.merge import fingerprint
from openbell.run.source import Source
from openbell.run.study.bars import lend, take
from tests.parts.kernels import build as b
from tests.run.study.desk import desk


def test_what_is_taken_is_what_was_lent(tmp_path):
    source = desk(tmp_path).source
    with lend(source) as lent:
        taken = take(lent)
    # The memory outlives the one who lent it as long as somebody holds it.
    assert fingerprint(taken.tables) == fingerprint(source.tables) == taken.digest
    assert (taken.schedule, taken.is_synthetic, taken.bars) == (source.schedule, True, source.bars)
    with pytest.raises(ValueError, match="read-only"):
        taken.tables[0].close[0] = 1.0


def test_sides_and_spans_are_lent_too():
    plain = b.table("AAPL", [(1.0, 2.0, 0.5, 1.5)] * 5)
    side = tuple(np.arange(5.0) + n for n in range(4))
    fields = {name: getattr(plain, name) for name in plain.__slots__} | {
        "bid": side, "ask": tuple(column + 0.5 for column in side), "spans": np.arange(5, dtype=np.int64),
    }  # fmt: skip
    full = type(plain)(**fields)
    source = Source(tables=[plain, full], schedule=[], digest="x", notes=())
    with lend(source) as lent:
        taken = take(lent).tables
    assert fingerprint(taken) == fingerprint([plain, full])
    assert (taken[0].bid, taken[0].spans, taken[1].spans.tolist()) == (None, None, [0, 1, 2, 3, 4])


def test_nothing_is_there_when_the_lender_has_gone(tmp_path):
    with lend(desk(tmp_path).source) as lent:
        pass
    with pytest.raises((OSError, ValueError)):
        take(lent)
