import re

from openbell.core.codes import Code
from openbell.core.order import Happening
from openbell.edges.brokers.plain import tables
from tests.house.source import ROOT

PAGE = (ROOT / "docs" / "reference" / "plain-protocol.md").read_text()


def test_every_refusal_in_the_document_is_final_or_says_who_we_are() -> None:
    rows = [line.split("|") for line in PAGE.splitlines() if re.match(r"\| (4\d\d) \|", line)]
    words = {word for row in rows for word in re.findall(r"`(\w+)`", row[2])}
    assert words - {"rate_limited", "bad_frame"} == set(tables.REFUSALS) | tables.STRANGERS


def test_every_ending_and_state_in_the_document_has_a_meaning() -> None:
    endings = PAGE.partition("`code` of an ended order:")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", endings)) == set(tables.ENDINGS) - {""}
    states = re.search(r"`state` \(([\w, ]+)\)", PAGE)
    assert states is not None
    assert set(states[1].split(", ")) == set(tables.STATES)


def test_every_happening_is_one_of_the_cores() -> None:
    assert {*tables.STATES.values(), *tables.CHANGES} <= set(Happening)
    assert all(isinstance(code, Code) for code in (*tables.REFUSALS.values(), *tables.ENDINGS.values()))
