"""The pages of events and of an order's life hold all that the code knows."""

import re

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.order import TABLE, Happening, Outcome
from tools.events import events_page, meanings, orders_page
from tools.tree import ROOT

PAGE = events_page(ROOT)


@pytest.mark.parametrize("kind", [*ev.Event.__subclasses__(), *fx.Effect.__subclasses__()], ids=lambda k: k.__name__)
def test_every_event_and_effect_stands_there_with_all_its_fields(kind: type) -> None:
    section = PAGE.split(f"\n### {kind.__name__}\n")[1].split("\n### ")[0]
    names = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert names == list(kind.__struct_fields__)  # type: ignore[attr-defined]


def test_a_field_has_the_meaning_and_the_default_that_its_code_gives_it() -> None:
    assert "| `is_maker` | `bool` | `False` | True when our order was resting. |" in PAGE
    assert "| `limit` | `Decimal \\| None` | `None` | Quote currency, on the order tick; None where the type" in PAGE


def test_attributes_are_told_apart_wherever_they_stand() -> None:
    text = "What.\n\nAttributes:\n    a, b: Two. c: Of these: one.\n    d to f: All\n        three; g: last."
    told = meanings(text, ("a", "b", "c", "d", "e", "f", "g"))
    assert told == {"a": "Two.", "b": "Two.", "c": "Of these: one.", **dict.fromkeys("def", "All three;"), "g": "last."}


def test_the_diagram_has_a_way_for_every_move_and_the_table_every_pair() -> None:
    page = orders_page(ROOT)
    ways = {(a, b): words.split(", ") for a, b, words in re.findall(r"^    (\w+) --> (\w+): (.*)$", page, re.MULTILINE)}
    for status, row in TABLE.items():
        for happening, result in row.items():
            if result not in (status, Outcome.SAME, Outcome.LATE, Outcome.ILLEGAL, Outcome.OPEN):
                assert happening.value in ways[status.value, result.value]
    assert ("filled", "working") not in ways
    assert ways["cancelling", "working"] == ["cancel_refused"]
    table = [line for line in page.splitlines() if line.startswith("| ")][1:]
    assert [line.split(" | ")[0].removeprefix("| ") for line in table] == [happening.value for happening in Happening]
