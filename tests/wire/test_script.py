from pathlib import Path

import pytest

from openbell.core.types import NS
from openbell.wire.deeds import DEEDS
from openbell.wire.plain.hands import GROUND
from openbell.wire.script import ASKED, EVENTS, KINDS, Ground, ScriptError, parse, read, rule_of, strike
from tests.house.source import ROOT

GOOD = """
faults:
  - {do: timeout_after_accept, nth: 3}
  - do: mute
    at: on_order
    lasts: 10s
  - {do: duplicate_fill, every: 2, after: 500ms, symbol: AAA}
  - {do: skew, by: -700ms}
  - {do: garbage, accept: false}
  - {do: overfill, qty: 2.5, times: 0}
"""


def test_a_script_is_read() -> None:
    rules = parse(GOOD, "x.yaml", GROUND)
    assert [(rule.do, rule.at) for rule in rules][:3] == [
        ("timeout_after_accept", "submit"), ("mute", "on_order"), ("duplicate_fill", "on_execution"),
    ]  # fmt: skip
    assert (rules[1].lasts, rules[2].after, rules[3].by) == (10 * NS, NS // 2, -700_000_000)
    assert (rules[2].nth, rules[2].times, rules[4].accept) == (2, 0, False)


def test_an_empty_script_has_no_faults(tmp_path: Path) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text("")
    assert read(path, GROUND) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("faults:\n  - {do: duplicate_fil}", "x.yaml:2: do: no fault is called 'duplicate_fil', did you mean 'duplicate_fill'?"),
        ("faults:\n  - {do: mute, lasts: 10}", "x.yaml:2: lasts: '10' is not a length of time"),
        ("faults:\n  - do: mute\n    last: 10s", "x.yaml:3: last: unknown key, did you mean 'lasts'?"),
        ("faults:\n  - {do: late_fill, at: submit}", "x.yaml:2: at: 'submit' is no place for it"),
        ("faults:\n  - {do: bust, nth: 0}", "x.yaml:2: nth: '0' is not a whole number from 1 on"),
        ("faults:\n  - {do: garbage, accept: perhaps}", "x.yaml:2: accept: 'perhaps' is neither true nor false"),
        ("faults:\n  - {do: failed_positions, how: zero}", "x.yaml:2: how: 'zero' is none of null, missing, error"),
        ("faults:\n  - {do: bust, symbol: [A]}", "x.yaml:2: symbol is a single value"),
        ("faults:\n  - bust", "x.yaml:2: a fault is a mapping"),
        ("faults: 3", "x.yaml:1: a script is `faults:` and a list"),
        ("- 3", "x.yaml:1: a script is `faults:` and a list"),
        ("faults: []\nfault: 1", "x.yaml:2: unknown key 'fault'"),
        ("faults:\n  - {do: bust", "x.yaml:2:"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(text: str, wanted: str) -> None:
    with pytest.raises(ScriptError) as error:
        parse(text, "x.yaml", GROUND)
    assert str(error.value).startswith(wanted)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ScriptError) as error:
        parse("faults:\n  - {do: mute, lasts: 1}\n  - {do: nothing}\n", "x.yaml", GROUND)
    assert [line.split(" ")[0] for line in str(error.value).splitlines()] == ["x.yaml:2:", "x.yaml:3:"]


def test_a_fault_can_be_given_as_plain_data() -> None:
    assert rule_of({"do": "garbage", "accept": False, "nth": 2}, GROUND).accept is False
    with pytest.raises(ScriptError, match="nth"):
        rule_of({"do": "garbage", "nth": "x"}, GROUND)


def test_a_fault_strikes_at_its_turn_and_then_no_more() -> None:
    rules = parse("faults:\n  - {do: bust, nth: 2}", "x", GROUND)
    assert [strike(rules, "on_execution", "AAA") is not None for _ in range(5)] == [False, True, False, False, False]


def test_a_fault_can_strike_again_and_again_at_one_symbol() -> None:
    rules = parse("faults:\n  - {do: bust, every: 2, symbol: AAA}", "x", GROUND)
    assert strike(rules, "on_execution", "BBB") is None
    assert [strike(rules, "on_execution", "AAA") is not None for _ in range(5)] == [False, True, False, True, False]


def test_of_two_faults_at_one_occurrence_the_first_strikes_and_the_other_waits_for_its_turn() -> None:
    rules = parse("faults:\n  - {do: bust}\n  - {do: correction, nth: 2}", "x", GROUND)
    struck = [strike(rules, "on_execution", "") for _ in range(2)]
    assert [rule.do if rule else "" for rule in struck] == ["bust", "correction"]


PLACES = (*ASKED, *(f"on_{event}" for event in EVENTS))


def test_every_fault_can_be_carried_out_at_each_of_its_places() -> None:
    for name, kind in KINDS.items():
        assert set(kind.at) <= set(PLACES)
        if any(place.startswith("on_") for place in kind.at):
            assert name in DEEDS.announced, name
        if any(not place.startswith("on_") for place in kind.at):
            assert name in DEEDS.after or name in DEEDS.instead or name == "stale_snapshot", name


def test_a_front_takes_only_what_it_can_play() -> None:
    small = Ground(places=("submit", "on_bar"), faults=("ban", "late_bar"))
    assert (small.at("ban"), small.at("late_bar")) == (("submit",), ("on_bar",))
    with pytest.raises(ScriptError, match="'bust' cannot be played here; known: ban, late_bar"):
        rule_of({"do": "bust"}, small)
    with pytest.raises(ScriptError, match="'cancel' is no place for it; known: submit"):
        rule_of({"do": "ban", "at": "cancel"}, small)


def test_there_are_more_than_thirty_named_faults_and_all_stand_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "fronts.md").read_text()
    assert len(KINDS) >= 30
    for name, kind in KINDS.items():
        assert f"| `{name}` |" in page
        assert kind.text in page
