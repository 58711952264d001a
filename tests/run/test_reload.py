"""A changed file reaches the run that lives, and the next start knows which limits are in force."""

import msgspec
import pytest

from openbell.core import events as ev
from openbell.run import state
from openbell.run.live import Settings, live
from openbell.run.records import Unlike, first_event
from openbell.run.reload import as_event, change_of, in_words, unlike
from tests.run.small import journal_of, prepare, write


def changed(folder, *swaps):
    """Write the small configuration with changes, and prepare it."""
    path = write(folder)
    text = path.read_text()
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    return prepare(path)


TIGHT = ("limit: 3%", "limit: 1%")


def command(change):
    return ev.Command(ts=0, id="c1", kind="config", actor="op", change=msgspec.json.encode(change).decode())


def begun(tmp_path, bars=100):
    prepared, told = prepare(write(tmp_path))
    live(prepared, told, Settings(state=tmp_path / "state", until_bars=bars))
    return prepared, told


def test_F106_a_change_left_for_a_run_is_taken_recorded_and_survives(tmp_path):
    old, told = begun(tmp_path)
    new, _ = changed(tmp_path, TIGHT)
    change = change_of(new, first_event(journal_of(tmp_path / "state")), "op", is_confirmed=False)
    state.leave_command(tmp_path / "state", command(change))
    result = live(old, told, Settings(state=tmp_path / "state", until_bars=200))
    assert "1%" in " ".join(rule.text for rule in result.book.truth.limits.rules)
    assert not list((tmp_path / "state" / "commands").iterdir())
    with pytest.raises(Unlike, match="limits in force"):
        live(old, told, Settings(state=tmp_path / "state", until_bars=300))
    again = live(new, told, Settings(state=tmp_path / "state"))
    assert again.is_complete
    assert again.book.truth.limits == result.book.truth.limits


def test_a_change_beyond_limits_is_refused_by_name(tmp_path):
    begun(tmp_path)
    genesis = first_event(journal_of(tmp_path / "state"))
    for swap, word in (
        (("spread: 0.02%", "spread: 0.03%"), "venue options"),
        (("take_profit: 1%", "take_profit: 2%"), "deployments"),
        (("instruments: [AAA, BBB]", "instruments: [AAA]"), "instruments"),
    ):
        new, _ = changed(tmp_path, swap)
        assert word in unlike(new, genesis)
        with pytest.raises(Unlike, match="changed limits only"):
            change_of(new, genesis, "op", is_confirmed=False)


def test_capital_and_leverage_can_change_and_a_new_file_alone_changes_nothing(tmp_path):
    _, told = begun(tmp_path)
    genesis = first_event(journal_of(tmp_path / "state"))
    new, _ = changed(tmp_path, ("capital: 100000 USD", "capital: 50000 USD"))
    assert unlike(new, genesis) == []
    with pytest.raises(Unlike, match="capital of cross 100000 -> 50000"):
        live(new, told, Settings(state=tmp_path / "state"))


def test_F106_the_difference_to_what_runs_is_told_before_and_after_a_change(tmp_path):
    old, told = begun(tmp_path)
    new, _ = changed(tmp_path, TIGHT, ("capital: 100000 USD", "capital: 50000 USD"))
    genesis = first_event(journal_of(tmp_path / "state"))
    result = live(old, told, Settings(state=tmp_path / "state", until_bars=120))
    found = in_words(result.book, genesis, new)
    assert len(found) == 3
    assert "capital of cross 100000 -> 50000" in found
    assert in_words(result.book, genesis, old) == []
    state.leave_command(tmp_path / "state", command(change_of(new, genesis, "op", is_confirmed=True)))
    result = live(old, told, Settings(state=tmp_path / "state", until_bars=200))
    assert in_words(result.book, genesis, new) == []
    assert len(in_words(result.book, genesis, old)) == 2


def test_other_commands_are_themselves_and_nonsense_is_nothing():
    stop = ev.Command(ts=0, id="s", kind="stop", actor="op")
    assert as_event(stop, 0) is stop
    assert as_event(ev.Command(ts=0, id="s", kind="config", actor="op", change="{"), 0) is None


def test_a_change_that_cannot_be_read_is_set_aside(tmp_path):
    old, told = begun(tmp_path)
    state.leave_command(tmp_path / "state", ev.Command(ts=0, id="bad", kind="config", actor="op", change="[]"))
    live(old, told, Settings(state=tmp_path / "state"))
    assert [path.name for path in (tmp_path / "state" / "commands").iterdir()] == ["bad.unreadable"]


def test_an_order_is_an_answer_to_its_deployment_and_nonsense_is_nothing():
    fields = {"ts": 0, "id": "7", "kind": "order", "actor": "program", "scope": "deployment:alpha"}
    change = '{"symbol":"AAA","side":"buy","qty":"1"}'
    event = as_event(ev.Command(**fields, change=change), 0)
    assert event == ev.Answer(ts=0, ask="order/7", deployment="alpha", is_ok=True, value=change)
    assert as_event(ev.Command(**fields, change='{"symbol":"AAA"}'), 0) is None


def test_a_signal_is_an_answer_as_long_as_it_holds_and_nonsense_is_nothing():
    fields = {"ts": 0, "id": "alpha/7", "kind": "signal", "actor": "signal alpha", "scope": "deployment:alpha"}
    change = '{"instrument":"AAA","target":-1.0,"at":5}'
    for now, is_ok in ((99, True), (100, True), (101, False)):
        event = as_event(ev.Command(**fields, change=change, until=100), now)
        assert event == ev.Answer(
            ts=0, ask="signal/alpha/7", deployment="alpha", is_ok=is_ok, value=change, actor="signal alpha"
        )
    for wrong in ("{", '{"instrument":"AAA","target":1.01,"at":5}', '{"instrument":"AAA","target":1.0}'):
        assert as_event(ev.Command(**fields, change=wrong, until=100), 0) is None
