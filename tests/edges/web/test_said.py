"""What the server says stands in the page's other language: limits, plans, alerts; names and figures stay as they are."""

import re

import pytest

from openbell.cli import perform
from tests.edges.web.saying import PACKAGE, alerts, korean, left, reasons, rules, stands, words
from tools.tree import ROOT


def test_every_limit_is_told_in_korean() -> None:
    texts = list(rules())
    assert len(texts) > 60
    kinds = frozenset(name for name, _ in texts)
    assert {f"{name}: {text}": left(text, kinds) for name, text in texts if left(text, kinds)} == {}


@pytest.mark.parametrize("name", ["multi-strategy", "fx-week"])
def test_the_plan_of_an_example_is_told_in_korean(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = ROOT / "examples" / name / "config.yaml"
    assert perform(["plan", str(file)]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    # The score stands by itself, and what is worth a second look quotes the file: neither is among the page's lines.
    lines = [line for line in lines if not re.match(r"Warning: |Risk score, |\w+ \d+ of \d+: |NOT PLAUSIBLE|$", line)]
    assert len(lines) > 15
    config = frozenset(re.findall(r"\w+", file.read_text(encoding="utf-8")))
    kinds = frozenset(
        place.stem for folder in ("rules", "strategies") for place in (PACKAGE / "parts" / folder).glob("*.py")
    )
    found = {
        line: left(re.sub(r"(?<=\w) \([^)]*\)(?= on )", "", line), config | kinds)
        for line in lines if not line.startswith("Rule ")
    }  # fmt: skip
    assert {line: words for line, words in found.items() if words} == {}
    assert all(str(korean()(line)).startswith("규칙 ") for line in lines if line.startswith("Rule "))


def test_every_alert_of_the_core_is_told_in_korean() -> None:
    # What has no word of its own passes on what an adapter, a rule or a person has said.
    said = {re.sub(" +", " ", text) for text in alerts() if re.search(r"[a-z]{3,}", text)}
    assert len(said) > 60
    assert sorted(text for text in said if left(text)) == []


def test_every_text_of_a_kill_a_stop_and_a_pause_is_told_in_korean() -> None:
    assert len(set(reasons())) >= 12
    texts = [*words(), *stands()]
    for said in (
        "pause of all, tier 3, is done",
        "flat",
        "no entry is open",
        "left: the venue has not answered",
        "line of main",
    ):
        assert any(said in text for text in texts), said
    assert sorted({text for text in texts if left(text)}) == []


def test_how_a_kill_stands_reads_as_one_sentence_in_korean() -> None:
    text = (
        "stop of account:main, tier 3, is done; 1 of 2 holdings closed; confirmed by the venue of main, other;"
        " cross AAA 5 left: it is less than a lot; broker BBB 2 left: the venue has not answered"
    )
    assert korean()(text) == (
        "계좌 main 중지(단계 3): 끝남; 보유 2건 중 1건 청산; 거래소가 확인함: main, other;"
        " 남음: cross AAA 5 (최소 단위보다 적음); 남음: 브로커 BBB 2 (거래소가 답하지 않음)"
    )
