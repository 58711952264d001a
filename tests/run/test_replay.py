import json

import msgspec

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.record import encode_record
from openbell.edges.journal import open_journal
from openbell.run import state
from openbell.run.live import Settings, live
from openbell.run.reading import read_book
from openbell.run.records import entries
from openbell.run.replay import in_todays_words, replay
from tests.run.small import QUIET, bend, journal_of, prepare, write


def run(tmp_path, **settings):
    prepared, told = prepare(tmp_path / "small.yaml")
    state.make(tmp_path / "state")
    state.write_origin(tmp_path / "state", state.Origin(folder=str(tmp_path)))
    return live(prepared, told, Settings(state=tmp_path / "state", **settings))


def test_a_replay_decides_what_was_recorded(tmp_path):
    write(tmp_path, days=1)
    result = run(tmp_path)
    again = replay(tmp_path / "state", {})
    assert (again.seq, again.difference) == (0, "")
    assert again.records == result.figures["events"]
    assert again.orders_hash == result.figures["orders_hash"]
    assert again.equity["main"].rstrip("0") == result.figures["equity_end"].rstrip("0")


def test_a_run_that_was_stopped_inside_a_bar_replays_too(tmp_path):
    write(tmp_path, days=1)
    run(tmp_path)
    told = list(entries(journal_of(tmp_path / "state")))
    fill = next(entry.seq for entry in told if isinstance(entry.event, ev.Fill))
    (tmp_path / "cut").mkdir()
    journal, _ = open_journal(journal_of(tmp_path / "cut"), QUIET)
    for entry in told[:fill]:
        journal.append(encode_record(entry.event, entry.effects))
    journal.close()
    assert replay(tmp_path / "cut", {}).difference == ""


def test_one_changed_close_is_named_and_the_true_book_is_still_read(tmp_path):
    write(tmp_path, days=1)
    result = run(tmp_path)
    (tmp_path / "bent").mkdir()
    journal, _ = open_journal(journal_of(tmp_path / "bent"), QUIET)
    bent = 0
    for entry in entries(journal_of(tmp_path / "state")):
        event = entry.event
        if entry.seq > 100 and isinstance(event, ev.Bar) and not bent:
            bent = entry.seq
            event = msgspec.structs.replace(event, close=event.close + 0.01, high=event.high + 0.01)
        journal.append(encode_record(event, entry.effects))
    journal.close()
    found = replay(tmp_path / "bent", {})
    assert found.seq == bent and "Decision" in found.difference
    read = read_book(journal_of(tmp_path / "bent"))
    assert read.book.truth.counts.fills == result.figures["fills"]


def test_S1_011_a_state_from_before_limits_answered_and_links_were_encrypted_replays(tmp_path):
    write(tmp_path, days=1)
    result = run(tmp_path)
    (tmp_path / "old").mkdir()
    journal, _ = open_journal(journal_of(tmp_path / "old"), QUIET)
    stripped = 0
    for entry in entries(journal_of(tmp_path / "state")):
        event, effects = entry.event, list(entry.effects)
        if isinstance(event, ev.Genesis):
            told = json.loads(event.config) | {"alerts": [{"kind": "webhook", "url": "http://a.example/1"}]}
            event = msgspec.structs.replace(event, config=json.dumps(told))
        for n, effect in enumerate(effects):
            if isinstance(effect, fx.Submit):
                assert effect.passed or effect.reduce_only, "none of these limits is for exits"
                effects[n], stripped = msgspec.structs.replace(effect, passed=(), seen=()), stripped + 1
        journal.append(encode_record(event, effects))
    journal.close()
    again = replay(tmp_path / "old", {})
    assert (again.seq, again.difference, stripped) == (0, "", result.figures["orders"])
    assert again.orders_hash == result.figures["orders_hash"]


EDITED = """
from openbell.parts.strategies import ema_cross
from openbell.parts.strategies.ema_cross import PARAMS, STATE, Config


def step(state, params, row):
    target, reason = ema_cross.step(state, params, row)
    return target{change}, reason
"""


def test_an_edited_strategy_is_named_by_the_first_seq_that_differs(tmp_path):
    (tmp_path / "mine.py").write_text(EDITED.format(change=""))
    write(tmp_path, days=1, strategy="./mine.py, fast: 5, slow: 12")
    run(tmp_path)
    assert replay(tmp_path / "state", {}).difference == ""
    (tmp_path / "mine.py").write_text(EDITED.format(change=" * 0.0"))
    found = replay(tmp_path / "state", {})
    records = list(entries(journal_of(tmp_path / "state")))
    first = next(e.seq for e in records if any(getattr(x, "target", None) not in (None, 0.0) for x in e.effects))
    assert found.seq == first


def test_a_changed_answer_of_the_venue_is_named(tmp_path):
    write(tmp_path, days=1)
    run(tmp_path)
    bent = bend(tmp_path, lambda fill: msgspec.structs.replace(fill, qty=fill.qty + 1))
    found = replay(tmp_path / "bent", {})
    assert found.seq == bent and "qty" in found.difference


def test_a_record_that_lists_its_rules_has_the_six_that_were_standard_then() -> None:
    listed = [{"kind": "daily_loss", "limit": "3%"}, {"duplicate": "off"}, {"kind": "drawdown"}, {"kind": "drawdown"}]
    assert json.loads(in_todays_words(json.dumps({"title": "x", "rules": listed}))) == {
        "title": "x",
        "rules": {
            "preset": "none", "kill": [{}], "session_hours": [{}], "daily_loss": [{"limit": "3%"}],
            "max_position": [{}], "max_positions": [{}], "drawdown": [{}, {}],
        },
    }  # fmt: skip
    later = json.dumps({"rules": {"preset": "none", "kill": {}}})
    assert in_todays_words(later) == later
