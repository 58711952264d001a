"""Bars out of a journal are those that the run was told, and what was recorded before joins in front."""

from pathlib import Path

import numpy as np
import pytest

from openbell.core.spec import RunSpec
from openbell.edges.feeds.table import select
from openbell.run import assemble, source
from openbell.run import state as states
from openbell.run.records import first_event, parse_spec
from openbell.run.sessions import SessionsOf, sessions_of
from openbell.run.source import Source, SourceError
from openbell.run.study.collect import collect
from tests.run.study.drifted import CALM, WILD


def recorded(state: Path) -> tuple[RunSpec, Source, SessionsOf]:
    loaded, shelves = assemble.read(state.with_name("c.yaml"), {})
    prepared = assemble.prepare(loaded, shelves)
    look_up = sessions_of(loaded.config.calendars, None)
    assert prepared.feed is not None and prepared.feed_options is not None
    return prepared.spec, source.load(prepared.spec, prepared.feed, prepared.feed_options, look_up, None), look_up


def test_the_bars_of_a_journal_are_those_of_its_source(drifted: Path) -> None:
    spec, own, look_up = recorded(drifted)
    found = collect(states.journal(drifted), spec, look_up, None)
    assert found.bars == own.bars == 24 * (CALM + WILD)
    assert (found.digest, found.schedule) == (own.digest, own.schedule)


def test_recorded_bars_stand_before_those_of_the_journal_and_never_among_them(drifted: Path) -> None:
    spec, own, look_up = recorded(drifted)
    (table,) = own.tables
    day = 86_400 * 10**9
    earlier = select(table, slice(0, 240))
    earlier.ts.flags.writeable = True
    earlier = type(table)(
        symbol="AAA", interval_ns=table.interval_ns, ts=earlier.ts - 5 * day, open=earlier.open, high=earlier.high,
        low=earlier.low, close=earlier.close, volume=earlier.volume, is_synthetic=True,
    )  # fmt: skip
    before = Source(tables=[earlier], schedule=[], digest="", notes=())
    found = collect(states.journal(drifted), spec, look_up, before)
    (joined,) = found.tables
    assert len(joined) == 120 + len(table) and bool((np.diff(joined.ts) > 0).all())
    assert joined.close[120:].tolist() == table.close.tolist()
    assert joined.close[:120].tolist() == table.close[:120].tolist()
    assert joined.is_synthetic and found.digest != own.digest


def test_a_journal_without_the_bars_of_a_deployment_says_which(drifted: Path) -> None:
    _, _, look_up = recorded(drifted)
    spec = parse_spec(first_event(states.journal(drifted)))
    import msgspec

    one = spec.deployments["cross"]
    other = msgspec.structs.replace(spec, deployments={"cross": msgspec.structs.replace(one, instruments=("BBB",))})
    with pytest.raises(SourceError, match="no bars of BBB"):
        collect(states.journal(drifted), other, look_up, None)
