"""Two runs of the real engine: what was changed in one is found as its cause."""

import pytest

from openbell.cli import perform
from openbell.cli.shell.begin import Asked, begin
from openbell.run.study.compare import compared
from tests.cli.process import config_of
from tests.run.study.test_montecarlo import BRISK


def load(path):
    return begin(Asked(file=path))


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))


def against(tmp_path, text):
    (tmp_path / "a.yaml").write_text(BRISK)
    (tmp_path / "b.yaml").write_text(text)
    found = compared(tmp_path / "a.yaml", tmp_path / "b.yaml", load, None)
    assert len(found.left.orders) > 20
    assert sum(found.counts.values()) == len(found.differences)
    return found


def changed(old, new):
    assert old in BRISK
    return BRISK.replace(old, new)


def test_a_state_and_a_backtest_of_its_file_are_equal(tmp_path):
    (tmp_path / "a.yaml").write_text(config_of(days=1))
    assert perform(["run", str(tmp_path / "a.yaml"), "--state", str(tmp_path / "s"), "--json"]) == 0
    found = compared(tmp_path / "s", tmp_path / "a.yaml", load, None)
    assert found.differences == ()
    assert (found.configurations, found.codes, len(found.left.orders) > 10) == (True, True, True)
    assert found.left.equity == found.right.equity


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (("cash: 10000 USD}", "cash: 10000 USD, fees: {kind: per_share, rate: 0.01}}"), "fee"),
        (("cash: 10000 USD}", "cash: 10000 USD, slippage: 0.05%}"), "price"),
        (("per_position: 50%", "per_position: 40%"), "state"),
        (("per_position: 50%}", "per_position: 50%, daily_trades: 1}"), "rejection"),
        (("seed: 5", "seed: 6"), "data"),
    ],
)
def test_the_cause_is_what_was_changed(tmp_path, change, cause):
    found = against(tmp_path, changed(*change))
    assert not found.configurations
    first = next(one for one in found.differences if one.what != "equity of main at the end")
    assert first.cause == cause
    # What comes later may follow from the first; nothing is blamed on what is the same in both.
    if cause != "data":
        assert found.counts["data"] == 0
    if cause != "rejection":
        assert found.counts["rejection"] == 0


def test_orders_that_were_decided_later_are_matched(tmp_path):
    found = against(tmp_path, changed("fast: 2, slow: 5", "fast: 2, slow: 6"))
    assert found.counts["timing"] > 0
    assert any(one.what == "signal" for one in found.differences)
