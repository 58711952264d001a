"""Who is watched, and how old data may be."""

import pytest

from openbell.config.explain import ConfigError
from openbell.core.types import MINUTE_NS, NS
from openbell.run import assemble
from openbell.run.subscriptions import subscriptions_of
from tests.run.small import prepare, write


def loaded(folder, bars="1m", extra=""):
    path = write(folder)
    path.write_text(path.read_text().replace("    bars: 1m\n", f"    bars: {bars}\n{extra}"))
    return assemble.read(path, {})[0]


def test_recorded_data_are_never_late_unless_the_file_says_how_late(tmp_path):
    assert subscriptions_of(loaded(tmp_path).config.deployments, frozenset()) == ()
    found = subscriptions_of(loaded(tmp_path, extra="    max_age: 90s\n").config.deployments, frozenset())
    assert [(one.instrument, one.interval, one.cadence, one.max_age) for one in found] == [
        ("AAA", MINUTE_NS, MINUTE_NS, 90 * NS),
        ("BBB", MINUTE_NS, MINUTE_NS, 90 * NS),
    ]


def test_outside_data_are_watched_by_the_length_of_their_bars(tmp_path):
    for bars, slack in (("1m", 15), ("5m", 60), ("1h", 720)):
        found = subscriptions_of(loaded(tmp_path, bars).config.deployments, frozenset({"main"}))
        assert [one.max_age - one.cadence for one in found] == [slack * NS, slack * NS]


def test_the_shortest_age_counts_where_two_take_the_same_bars(tmp_path):
    config = loaded(tmp_path, extra="    max_age: 5m\n").config
    other = config.deployments[0].model_copy(update={"max_age": 2 * MINUTE_NS})
    found = subscriptions_of((*config.deployments, other), frozenset())
    assert {one.max_age for one in found} == {2 * MINUTE_NS}


def test_an_age_shorter_than_a_bar_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="shorter than one bar"):
        loaded(tmp_path, extra="    max_age: 30s\n")


def test_an_age_reaches_the_run_and_its_plan(tmp_path):
    path = write(tmp_path)
    path.write_text(path.read_text().replace("    bars: 1m\n", "    bars: 1m\n    max_age: 90s\n"))
    prepared, _ = prepare(path)
    assert [one.instrument for one in prepared.spec.subscriptions] == ["AAA", "BBB"]
