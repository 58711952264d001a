"""`openbell why`."""

from collections.abc import Callable
from pathlib import Path

from openbell.core.effects import Decision, Note, Submit
from openbell.core.record import decode_record
from openbell.edges.journal import read_records
from openbell.report.figures import utc
from tests.cli.process import Said

Caller = Callable[..., Said]


def test_the_newest_decision_has_named_numbers(call: Caller, finished: Path) -> None:
    (told,) = call("why", finished, "AURA", "--json").data["decisions"]
    assert (told["deployment"], told["ts"]) == ("cross", "2024-01-04T00:00:00Z")
    assert set(told["numbers"]) == {"fast", "slow"}
    text = call("why", "AURA", "--state", finished).out
    assert "decided: S001 no_signal" in text
    assert "numbers: close" in text


def test_the_decision_in_force_at_a_time(call: Caller, finished: Path) -> None:
    for entry in read_records(finished / "journal"):
        event, effects = decode_record(entry.payload)
        ordered = [effect for effect in effects if isinstance(effect, Submit)]
        if ordered and any(isinstance(effect, Decision) for effect in effects):
            break
    at = str(utc(event.ts)).removesuffix(":00Z")
    (told,) = call("why", finished, "AURA", "--at", at, "--json").data["decisions"]
    assert (told["seq"], told["code"]) == (entry.seq, "S010 cross_up")
    assert [order["oid"] for order in told["orders"]] == [order.oid for order in ordered]
    assert "ordered: BUY" in call("why", finished, "AURA", "--at", at).out


def test_a_bare_time_belongs_to_the_last_session_in_its_zone(call: Caller, finished: Path) -> None:
    (utc_one,) = call("why", finished, "AURA", "--at", "10:35", "--json").data["decisions"]
    assert utc_one["ts"] == "2024-01-03T10:35:00Z"
    asked = ("why", finished, "AURA", "--at", "05:35:20", "--zone", "America/New_York")
    (other,) = call(*asked, "--json").data["decisions"]
    assert other["ts"] == "2024-01-03T10:35:00Z"
    assert "2024-01-03 05:35:00 EST" in call(*asked).out


def test_a_refusal_names_the_limits(call: Caller, config: Path, tmp_path: Path) -> None:
    text = config.read_text(encoding="utf-8").replace("limit: 60%", "limit: 10%")
    config.write_text(text, encoding="utf-8")
    state = tmp_path / "s"
    data = call("run", config, "--state", state, "--json").data
    assert data["rejected_by_reason"]["max_position"] > 0
    refused = next(
        event
        for event, effects in (decode_record(entry.payload) for entry in read_records(state / "journal"))
        if any(isinstance(effect, Decision) and effect.code >= 200 for effect in effects)
    )
    said = call("why", state, "AURA", "--at", str(utc(refused.ts)))
    assert "decided: R204 max_position" in said.out
    assert "of equity in one instrument" in said.out


def test_a_note_of_refusal_is_shown() -> None:
    from openbell.cli.why import Found, _data

    decision = Decision(deployment="d", instrument="AURA", signal=10, code=204, numbers=(1.0, 2.0))
    note = Note(kind="denied", text="d AURA: R204 max_position, R205 max_positions")
    told = _data(Found(seq=1, ts=0, decision=decision, effects=(note,), close=None), ("fast",), ())
    assert told["denied"] == [note.text]
    assert told["numbers"] == {"fast": 1.0, "number 2": 2.0}


def test_questions_without_an_answer_are_told(call: Caller, finished: Path) -> None:
    for words, told in (
        ([finished, "NOPE"], "known: AURA"),
        ([finished, "AURA", "--at", "2020-01-01T00:00"], "nothing was decided"),
        ([finished, "AURA", "--at", "later"], "10:35"),
        ([finished, "AURA", "--zone", "Mars"], "America/New_York"),
        ([finished, "AURA", "BOLT"], "too many words"),
    ):
        said = call("why", *words)
        assert (said.code, told in said.err) == (2, True)
