"""`openbell journal`."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from openbell.edges.journal.record import GENESIS, HEADER_BYTES, encode, walk
from tests.cli.process import Said, begin
from tools.tree import ROOT

Caller = Callable[..., Said]


def test_a_sound_journal_is_sound(call: Caller, finished: Path) -> None:
    said = call("journal", "verify", finished)
    assert (said.code, said.out.startswith("sound: ")) == (0, True)
    data = call("journal", "verify", finished, "--json").data
    assert (data["is_sound"], data["journal_head"]) == (True, call("run", finished.parent / "small.yaml", "--state",
                                                                     finished, "--json").data["journal_head"])  # fmt: skip


def test_a_flipped_byte_is_damage(call: Caller, finished: Path, tmp_path: Path) -> None:
    state = tmp_path / "s"
    shutil.copytree(finished, state)
    segment = state / "journal" / "000001.seg"
    data = bytearray(segment.read_bytes())
    data[20_000] ^= 1
    segment.write_bytes(data)
    said = call("journal", "verify", state)
    assert (said.code, "DAMAGED" in said.out, "000001.seg offset" in said.out) == (3, True, True)
    assert call("journal", "verify", state, "--json").data["is_sound"] is False
    refused = call("run", finished.parent / "small.yaml", "--state", state)
    assert (refused.code, "000001.seg" in refused.err, "backup" in refused.err) == (3, True, True)


def test_lines_have_every_record_with_its_types(call: Caller, finished: Path, tmp_path: Path) -> None:
    said = call("journal", "export", finished)
    lines = [json.loads(text) for text in said.out.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert lines[0]["event"]["type"] == "Genesis"
    assert {"Bar", "Fill", "OrderUpdate"} <= {line["event"]["type"] for line in lines}
    fill = next(line["event"] for line in lines if line["event"]["type"] == "Fill")
    assert isinstance(fill["px"], str)
    data = call("journal", "export", finished, "--out", tmp_path / "a.jsonl", "--json").data
    assert data["records"] == len(lines)
    assert (tmp_path / "a.jsonl").read_text(encoding="utf-8") == said.out


def test_S5_126_a_record_that_was_rewritten_with_a_right_checksum_breaks_the_chain(
    call: Caller, finished: Path, tmp_path: Path
) -> None:
    state = tmp_path / "s"
    shutil.copytree(finished, state)
    segment = state / "journal" / "000001.seg"
    data = bytearray(segment.read_bytes())
    before, one, after = list(walk(bytes(data), 0, 0, GENESIS))[20:23]
    payload = data[one.start + HEADER_BYTES : one.stop]
    payload[-1] ^= 1
    data[one.start : one.end], _ = encode(bytes(payload), one.seq, one.durable, before.digest)
    segment.write_bytes(data)
    said = call("journal", "verify", state)
    # By itself it is as good as any; the one behind it names another.
    assert (said.code, f"000001.seg offset {after.start}" in said.out) == (3, True), said.out
    page = (ROOT / "docs" / "how-to" / "audit.md").read_text(encoding="utf-8")
    assert f"the first record that does not fit, and answers with exit code {said.code} |" in page


def test_raw_bytes_are_the_same_to_a_file_and_to_a_pipe(call: Caller, finished: Path, tmp_path: Path) -> None:
    assert "records of" in call("journal", "export", finished, "--raw", "--out", tmp_path / "a.log").out
    with (tmp_path / "b.log").open("wb") as out:
        process = begin(tmp_path, "journal", "export", finished, "--raw")
        assert process.stdout is not None
        out.write(process.stdout.buffer.read())
        process.communicate()
    assert (tmp_path / "a.log").read_bytes() == (tmp_path / "b.log").read_bytes()


def test_one_object_and_records_do_not_mix(call: Caller, finished: Path) -> None:
    said = call("journal", "export", finished, "--json")
    assert (said.code, said.data["code"], "--out" in said.err) == (2, 2, True)


def test_a_period_has_every_decision_order_and_fill_of_it_in_one_file(
    call: Caller, finished: Path, tmp_path: Path
) -> None:
    whole = [json.loads(text) for text in call("journal", "export", finished).out.splitlines()]
    day = 86_400 * 10**9
    second = whole[0]["event"]["ts"] // day * day + day
    since = datetime.fromtimestamp(second // 10**9, UTC)
    until = since + timedelta(hours=23)
    file = tmp_path / "period.jsonl"
    words = ("--since", f"{since:%Y-%m-%d}", "--until", f"{until:%Y-%m-%dT%H:%M}Z", "--out", file)
    assert call("journal", "export", finished, *words).code == 0
    found = [json.loads(text) for text in file.read_text(encoding="utf-8").splitlines()]
    assert found == [one for one in whole if second <= one["event"]["ts"] <= second + day // 24 * 23]
    kinds = {effect["type"] for one in found for effect in one["effects"]} | {one["event"]["type"] for one in found}
    assert kinds >= {"Decision", "Submit", "Fill", "Bar"}
    assert 0 < len(found) < len(whole)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--since", "soon"), "--since: 'soon' is not a time"),
        (("--raw", "--since", "2024-01-02"), "--raw writes the log"),
    ],
)
def test_a_period_that_cannot_be_meant_is_refused(
    call: Caller, finished: Path, words: tuple[str, ...], told: str
) -> None:
    said = call("journal", "export", finished, *words)
    assert (said.code, told in said.err) == (2, True)


def test_alone_it_helps(call: Caller) -> None:
    assert "openbell journal verify" in call("journal").out
