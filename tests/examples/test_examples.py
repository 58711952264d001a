"""Each example gives the orders and the equity it promises, by every road that leads there.

`python -m tests.examples.test_examples` writes the promises anew, after a change that is meant to change them.
"""

import json
import runpy
from pathlib import Path

import pytest

from openbell.core.types import use_money_context
from openbell.run import assemble, source
from openbell.run.backtest import backtest
from openbell.run.live import Settings, live
from openbell.run.replay import replay
from openbell.run.sessions import sessions_of
from openbell.run.state import Origin, make, write_origin
from openbell.run.verified import verify
from tests.parts.kernels import build as b

b.begin()
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CALENDARS = b.CACHE.parent / "calendars.json"
"""Sessions once computed are kept: those of the Korea Exchange take ten seconds."""
OWN_TESTS = sorted(EXAMPLES.glob("*/test_*.py"))
PLAIN = {"demo", "live-momentum", "portfolio-rebalance", "python-host"}
"""Examples whose compiled twin gives up, or that have none: somebody is asked, bars of uneven length, two currencies."""
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/config.yaml"))


def prepare(name):
    """Return an example on the market it generates itself."""
    loaded, shelves = assemble.read(EXAMPLES / name / "config.yaml", {})
    prepared = assemble.prepare(loaded, shelves)
    look_up = sessions_of(loaded.config.calendars, CALENDARS)
    return prepared, source.load(prepared.spec, prepared.feed, prepared.feed_options, look_up, None)


def promise(figures):
    """Return what an example promises of its figures."""
    return {key: figures[key] for key in ("orders_hash", "equity_end", "orders", "fills", "bars")}


def expected(name):
    return json.loads((EXAMPLES / name / "expected.json").read_text())


@pytest.mark.parametrize("name", NAMES)
def test_a_backtest_gives_what_the_example_promises(name):
    assert promise(backtest(*prepare(name)).figures) == expected(name)


@pytest.mark.parametrize("name", NAMES)
def test_its_compiled_twin_is_the_same_or_says_why_there_is_none(name):
    b.compiled_once()
    found = verify(*prepare(name), b.CACHE)
    assert found["equal"] and found["difference"] == ""
    assert (found["reason"] == "") != (name in PLAIN)


@pytest.mark.parametrize("path", OWN_TESTS, ids=lambda path: path.stem)
def test_the_tests_of_an_example_pass(path):
    tests = [function for name, function in runpy.run_path(str(path)).items() if name.startswith("test_")]
    assert tests
    for function in tests:
        function()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "demo"])
def test_a_run_and_its_replay_give_the_same(name, tmp_path):
    make(tmp_path / "state")
    write_origin(tmp_path / "state", Origin(folder=str(EXAMPLES / name)))
    result = live(*prepare(name), Settings(state=tmp_path / "state"))
    assert promise(result.figures) == expected(name)
    again = replay(tmp_path / "state", {})
    assert again.difference == "" and again.orders_hash == result.figures["orders_hash"]


def main():
    """Write every example's expected.json."""
    use_money_context()
    for name in NAMES:
        text = json.dumps(promise(backtest(*prepare(name)).figures), indent=2)
        (EXAMPLES / name / "expected.json").write_text(text + "\n")
        print(name, text)


if __name__ == "__main__":
    main()
