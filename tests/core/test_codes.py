"""Reason codes: one number each, in the range of its area."""

import pytest

from openbell.core.codes import Code, label

AREAS = {"S": range(100), "D": range(100, 200), "R": range(200, 300), "O": range(300, 400)}


@pytest.mark.parametrize("code", list(Code))
def test_every_code_prints_with_the_letter_of_its_area(code: Code) -> None:
    letter = next(letter for letter, numbers in AREAS.items() if code in numbers)
    assert label(code) == f"{letter}{int(code):03d} {code.name.lower()}"


def test_no_number_means_two_things() -> None:
    assert len({int(code) for code in Code}) == len(Code.__members__)


def test_refusals_begin_where_rejections_are_counted_from() -> None:
    assert min(code for code in Code if label(code)[0] in "RO") == Code.KILLED
