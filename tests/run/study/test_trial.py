"""One run of a study: the backtest that the file with those values would have."""

import pytest

from openbell.report.performance import account_figures
from openbell.run import assemble, source
from openbell.run.backtest import backtest
from openbell.run.sessions import sessions_of
from openbell.run.study.trial import Bench, StudyError, key_of, subject_of
from tests.cli.process import config_of
from tests.parts.kernels import build as b
from tests.run.study.desk import FAST, SLOW, bench, desk

b.begin()


def test_a_run_is_the_backtest_of_the_file_with_those_values(tmp_path):
    made = bench(tmp_path / "a", days=4).run(((FAST, "5"), (SLOW, "40")))
    (tmp_path / "b.yaml").write_text(config_of(days=4, strategy="{kind: ema_cross, fast: 5, slow: 40}"))
    loaded, shelves = assemble.read(tmp_path / "b.yaml", {})
    prepared = assemble.prepare(loaded, shelves)
    look_up = sessions_of({}, None)
    bars = source.load(prepared.spec, prepared.feed, prepared.feed_options, look_up, None)
    result = backtest(prepared, bars)
    figures = account_figures(result.recorder, result.book, "main")
    assert made.equity_end == result.figures["equity_end"]
    assert (made.trades, made.wins, made.fills) == tuple(
        getattr(result.book.truth.counts, name) for name in ("trades", "wins", "fills")
    )
    assert round(made.sharpe, 6) == figures["sharpe"]
    assert round(made.max_drawdown, 6) == figures["max_drawdown"]
    assert (len(made.daily), made.trades > 10) == (4, True)


def test_the_compiled_twin_comes_to_the_same(tmp_path):
    b.compiled_once()
    plain, twin = bench(tmp_path / "a", days=5), bench(tmp_path / "b", days=5, cache=b.CACHE / "study")
    (b.CACHE / "study").mkdir(exist_ok=True)
    for values in (((FAST, "3"), (SLOW, "9")), ((FAST, "9"), (SLOW, "30"))):
        one, other = plain.run(values), twin.run(values)
        assert (one.fills > 20, one.config) == (True, other.config)
        assert {name: getattr(one, name) for name in one.__struct_fields__ if name != "key"} == {
            name: getattr(other, name) for name in one.__struct_fields__ if name != "key"
        }
    # The merged bars were used again, and the first run left no trace in them.
    assert twin._twin is not None
    assert twin.run(((FAST, "3"), (SLOW, "9"))).daily == plain.run(((FAST, "3"), (SLOW, "9"))).daily


def test_values_that_cannot_be_run_say_why(tmp_path):
    refused = bench(tmp_path).run(((FAST, "50"), (SLOW, "9")))
    assert "fast (50) must be at least 1 and below slow (9)" in refused.refused
    assert (refused.daily, refused.config) == ((), "")


def test_a_path_that_leads_nowhere_is_named(tmp_path):
    refused = bench(tmp_path).run((("deployments.cros.strategy.fast", "5"),))
    assert "the value of deployments.cros.strategy.fast: deployments has no entry cros, did you mean cross?" in (
        refused.refused
    )


def test_a_run_that_is_ended_has_no_outcome(tmp_path):
    assert bench(tmp_path, days=15).run(((FAST, "5"),), lambda _: True) is None


def test_keys_differ_by_what_a_run_depends_on(tmp_path):
    one = desk(tmp_path / "a").subject
    same, longer = desk(tmp_path / "b").subject, desk(tmp_path / "c", days=4).subject
    values = ((FAST, "5"),)
    assert key_of(one, values) == key_of(same, values)
    others = [key_of(one, ()), key_of(one, ((FAST, "6"),)), key_of(longer, values)]
    assert len({key_of(one, values), *others}) == 4
    assert key_of(one, ((FAST, "5"), (SLOW, "9"))) == key_of(one, ((SLOW, "9"), (FAST, "5")))


def test_the_text_of_a_private_part_that_a_value_names_counts(tmp_path):
    subject = desk(tmp_path).subject
    values = (("deployments.cross.strategy.kind", "./mine.py"),)
    (tmp_path / "mine.py").write_text("A = 1\n")
    first = key_of(subject, values)
    (tmp_path / "mine.py").write_text("A = 2\n")
    assert key_of(subject, values) != first


def test_a_file_that_changes_half_way_ends_the_study(tmp_path):
    made = desk(tmp_path)
    (tmp_path / "small.yaml").write_text(config_of(days=2))
    with pytest.raises(StudyError, match="was changed while the study ran"):
        Bench(made.subject, made.source)


def test_one_of_several_accounts_is_judged_by_name(tmp_path):
    text = config_of().replace("deployments:", "  other: {broker: sim, cash: 500 USD}\ndeployments:")
    path = tmp_path / "two.yaml"
    path.write_text(text)
    loaded, shelves = assemble.read(path, {})
    prepared = assemble.prepare(loaded, shelves)
    bars = source.load(prepared.spec, prepared.feed, prepared.feed_options, sessions_of({}, None), None)
    with pytest.raises(StudyError, match="several accounts: main, other"):
        subject_of(prepared, bars, None, tmp_path)
    with pytest.raises(StudyError, match="no account 'none'"):
        subject_of(prepared, bars, "none", tmp_path)
    assert subject_of(prepared, bars, "other", tmp_path).account == "other"
