"""Kills as shown: stage, results by holding, digits."""

from openbell.cli.shell.killed import digits_of, kill_lines, kills_as_data
from openbell.core import effects as fx
from tests.core import build as b


def test_each_holding_is_listed_with_what_became_of_it() -> None:
    spec = b.run_spec(b.deployment_spec(instruments=("AAPL", "MSFT")))
    made = b.engine(spec)
    b.buy(made, 1, 100.0)
    b.buy(made, 1, 50.0, symbol="MSFT")
    sent = b.only(fx.Submit, made.step(b.command("kill", n=2, close=True)))
    made.step(b.fill(sent[0], 99, ts=b.at(3)))
    (data,) = kills_as_data(made.book)
    assert (data["tier"], data["stage"], data["actor"]) == (3, "flattening", "op")
    assert [(r["instrument"], r["held"], r["left"]) for r in data["results"]] == [
        ("AAPL", "10", "0"),
        ("MSFT", "10", "10"),
    ]
    lines = kill_lines(made.book)
    assert lines[1] == "  alpha AAPL: held 10, closed"
    assert lines[2] == "  alpha MSFT: held 10, 10 left a closing order is under way"
    assert f"main ends in {digits_of(made.book)['main']}" in lines[-1]


def test_without_a_kill_nothing_is_said() -> None:
    assert kill_lines(b.engine().book) == []
