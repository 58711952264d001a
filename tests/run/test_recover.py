"""Start-up is recovery: killed anywhere, a run ends as if nothing had happened."""

import msgspec
import pytest

from openbell.core import events as ev
from openbell.core.record import encode_record
from openbell.edges.journal import open_journal, read_records
from openbell.run.live import Settings, live
from openbell.run.records import Unlike, entries
from openbell.run.recover import start
from openbell.run.script import Different
from tests.run.small import QUIET, bend, copy_state, journal_of, prepare, small, write


def run(tmp_path, state="state", **settings):
    prepared, told = prepare(tmp_path / "small.yaml")
    return live(prepared, told, Settings(state=tmp_path / state, **settings))


def cut(tmp_path, records, name):
    """Make a state that holds the first `records` of the whole one, as a crash would leave them."""
    (tmp_path / name).mkdir()
    journal, _ = open_journal(journal_of(tmp_path / name), QUIET)
    for entry in read_records(journal_of(tmp_path / "state")):
        if entry.seq > records:
            break
        journal.append(entry.payload)
    journal.close()


@pytest.fixture
def whole(tmp_path):
    write(tmp_path, days=1)
    result = run(tmp_path)
    return tmp_path, result, [entry.event for entry in entries(journal_of(tmp_path / "state"))]


def places(events):
    """Return where to cut: at the beginning, inside bars between fills and answers, at orders, near the end."""
    inside = [i + 1 for i, event in enumerate(events) if isinstance(event, ev.Fill | ev.OrderUpdate)]
    step = max(len(inside) // 8, 1)
    return sorted({1, 50, *inside[::step], len(events) - 1, len(events)})


def test_F88_B29_a_run_cut_at_any_record_ends_the_same(whole, tmp_path):
    _, result, events = whole
    for place in places(events):
        cut(tmp_path, place, f"cut{place}")
        again = run(tmp_path, f"cut{place}")
        for key in ("orders_hash", "equity_end", "bars", "events", "fills", "trades", "max_drawdown"):
            assert again.figures[key] == result.figures[key], (place, key)
        assert again.figures["recovered_seq"] == place
        ours, theirs = ([e.payload for e in read_records(journal_of(tmp_path / n))] for n in ("state", f"cut{place}"))
        assert ours == theirs


def test_a_start_that_fails_in_whatever_way_leaves_the_journal_free(tmp_path, monkeypatch):
    write(tmp_path, days=1)
    run(tmp_path, until_bars=1)

    def fail(*_):
        raise OSError("the disk is gone")

    with monkeypatch.context() as away:
        away.setattr("openbell.run.recover.first_event", fail)
        with pytest.raises(OSError, match="the disk is gone"):
            run(tmp_path, until_bars=2)
    assert run(tmp_path, until_bars=2).figures["bars"] == 2


def test_running_a_finished_state_again_appends_nothing(whole):
    tmp_path, result, events = whole
    again = run(tmp_path)
    assert again.figures["recovered_seq"] == len(events)
    assert again.figures["bars_this_process"] == 0
    assert again.figures["journal_head"] == result.figures["journal_head"]
    assert again.figures["trades"] == result.figures["trades"]


def test_F90_B33_recovery_is_idempotent_also_when_it_is_cut_short(whole, tmp_path):
    _, result, events = whole
    cut(tmp_path, 200, "cut")
    for _ in range(3):
        prepared, told = prepare(tmp_path / "small.yaml")
        started = start(prepared, journal_of(tmp_path / "cut"), told, QUIET)
        assert started.recovered_seq == 200
        started.journal.close()
    assert run(tmp_path, "cut").figures["orders_hash"] == result.figures["orders_hash"]


def test_an_answer_that_would_be_another_one_now_stops_the_start(whole, tmp_path):
    _, _, events = whole
    bent = bend(tmp_path, lambda fill: msgspec.structs.replace(fill, px=fill.px + 1))
    prepared, told = prepare(tmp_path / "small.yaml")
    with pytest.raises(Different, match="px was") as raised:
        start(prepared, journal_of(tmp_path / "bent"), told, QUIET)
    assert raised.value.seq == bent


def test_another_configuration_or_source_is_refused_by_name(whole, tmp_path):
    path = tmp_path / "small.yaml"
    text = path.read_text()
    path.write_text(text.replace("per_position: 8%", "per_position: 9%"))
    with pytest.raises(Unlike, match="deployments changed"):
        run(tmp_path)
    path.write_text(text.replace("limit: 3%", "limit: 4%"))
    with pytest.raises(Unlike, match="rules changed"):
        run(tmp_path)
    path.write_text(text.replace("spread: 0.02%", "spread: 0.03%"))
    with pytest.raises(Unlike, match="venue options changed"):
        run(tmp_path)
    path.write_text(text.replace("seed: 7", "seed: 8"))
    with pytest.raises(Unlike, match="market data"):
        run(tmp_path)


EDITED = """
from array import array
from openbell.parts.strategies import ema_cross
from openbell.parts.strategies.ema_cross import PARAMS, STATE, Config


def step(state, params, row):
    return ema_cross.step(state, params, row){change}
"""


def test_F103_edited_code_cannot_rewrite_the_past_and_warms_up_anew(tmp_path):
    (tmp_path / "mine.py").write_text(EDITED.format(change=""))
    write(tmp_path, strategy="./mine.py, fast: 5, slow: 12")
    run(tmp_path, until_bars=300)
    before = list(entries(journal_of(tmp_path / "state")))
    (tmp_path / "mine.py").write_text(EDITED.format(change="  # edited") + "\nEXTRA = 1\n")
    result = run(tmp_path, until_bars=350)
    after = list(entries(journal_of(tmp_path / "state")))
    assert after[: len(before)] == before
    change = after[len(before)].event
    assert isinstance(change, ev.DeploymentChange) and change.kind == "discard"
    assert any("warms up anew" in note for note in result.notes)
    assert run(tmp_path).figures["bars"] > 350


def test_a_torn_tail_is_cut_and_named(whole, tmp_path):
    _, result, events = whole
    cut(tmp_path, 150, "torn")
    segment = journal_of(tmp_path / "torn") / "000001.seg"
    with segment.open("ab") as file:
        file.write(b"OBJ1" + bytes(100) + b"half a record")
    again = run(tmp_path, "torn")
    assert any("torn" in note for note in again.notes)
    assert again.figures["orders_hash"] == result.figures["orders_hash"]


def test_a_checkpoint_of_another_version_is_passed_over(whole, tmp_path):
    _, result, events = whole
    copy_state(tmp_path / "state", tmp_path / "odd")
    journal, _ = open_journal(journal_of(tmp_path / "odd"), QUIET)
    journal.snapshot(b"\x90", journal.seq)
    journal.close()
    again = run(tmp_path, "odd")
    assert any("another version" in note for note in again.notes)
    assert again.figures["orders_hash"] == result.figures["orders_hash"]


def test_a_journal_that_begins_with_something_else_is_not_ours(tmp_path):
    prepared, told = small(tmp_path)
    journal, _ = open_journal(tmp_path / "journal", QUIET)
    journal.append(encode_record(ev.Timer(ts=1, deployment="", name="x"), []))
    journal.close()
    with pytest.raises(Unlike, match="first record"):
        start(prepared, tmp_path / "journal", told, QUIET)
