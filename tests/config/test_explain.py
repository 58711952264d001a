"""Texts of problems, and the words for pydantic's errors."""

import json
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from openbell.config.explain import (
    C,
    ConfigError,
    Fault,
    Problem,
    as_data,
    bool_faults,
    faults_of,
    format_problems,
    known_text,
    nearest,
    shown,
    unknown_name,
)
from openbell.schema import Fraction, Money, PartConfig


class Left(PartConfig):
    kind: Literal["left"]
    size: int = 1


class Right(PartConfig):
    kind: Literal["right"]
    share: Fraction


class Box(PartConfig):
    sides: list[Annotated[Left | Right, Field(discriminator="kind")]] = []
    names: dict[str, Left] = {}
    cash: Money | None = None
    is_open: bool = False
    count: int | None = None
    either: bool | int = 0


PROBLEM = Problem(
    file="c.yaml", line=3, column=7, path="a.b", code=C.VALUE, what="2 is wrong", meant="3", advice="write 3"
)


def faults(data: object) -> list[Fault]:
    try:
        Box.model_validate(data)
    except ValidationError as error:
        return faults_of(Box, error)
    return []


def test_text_of_a_problem() -> None:
    assert PROBLEM.text() == "c.yaml:3:7 a.b: 2 is wrong, did you mean 3? write 3 [C106]"
    plain = Problem(file="c.yaml", line=0, column=0, path="", code=C.FILE, what="is empty", advice="fill\nit")
    assert plain.text() == "c.yaml: is empty; fill it [C100]"
    warning = Problem(file="c", line=1, column=2, path="a", code=C.SECRET, what="w", is_warning=True)
    assert warning.text() == "c:1:2 a: warning: w [C110]"
    assert format_problems([plain, warning]) == f"{plain.text()}\n{warning.text()}"


def test_problems_as_data_are_json() -> None:
    assert json.loads(json.dumps(as_data([PROBLEM]))) == [
        {
            "file": "c.yaml", "line": 3, "column": 7, "path": "a.b", "code": "C106", "what": "2 is wrong",
            "meant": "3", "advice": "write 3", "is_warning": False,
        }
    ]  # fmt: skip


def test_error_keeps_its_problems() -> None:
    error = ConfigError([PROBLEM, PROBLEM], "c.yaml")
    assert error.problems == (PROBLEM, PROBLEM)
    assert str(error).count("\n") == 1


def test_nearest() -> None:
    assert nearest("Stop-Los ", ["stop_loss", "take_profit"]) == "stop_loss"
    assert nearest("zzz", ["stop_loss"]) == ""
    assert nearest("x", []) == ""


def test_known_text() -> None:
    assert known_text(["b", "a"]) == "known: a, b"
    assert known_text([]) == "none is known"


def test_unknown_name_of_the_wrong_type() -> None:
    assert unknown_name((), [1], "rule", ["kill"]).what == "a list is not the name of a rule"


def test_shown() -> None:
    assert [shown(v) for v in (True, None, {}, [], "a", 1.5)] == [
        "true", "nothing", "a mapping", "a list", "'a'", "1.5",
    ]  # fmt: skip


def test_known_keys_are_found_through_unions_lists_and_mappings() -> None:
    found = faults(
        {"sides": [{"kind": "right", "share": "2%", "shar": 1}], "names": {"x": {"kind": "left", "sise": 1}}}
    )
    assert [(f.loc, f.meant, f.advice) for f in found] == [
        (("sides", 0, "right", "shar"), "share", "known: kind, share"),
        (("names", "x", "sise"), "size", "known: kind, size"),
    ]


def test_missing_option_has_an_example_of_its_unit() -> None:
    found = faults({"sides": [{"kind": "right"}]})
    assert [(f.what, f.advice, f.is_key) for f in found] == [("is missing", "add for example share: 2%", True)]


def test_missing_tag() -> None:
    assert [(f.loc, f.what) for f in faults({"sides": [{"size": 1}]})] == [(("sides", 0, "kind"), "is missing")]


def test_bools_where_numbers_are_wanted() -> None:
    data = {"is_open": True, "count": True, "either": True, "sides": [{"kind": "left", "size": False}], "cash": True}
    assert [f.loc for f in bool_faults(Box, data)] == [("count",), ("sides", 0, "size")]
    assert bool_faults(Box, "text") == []


def test_errors_without_words_of_their_own_keep_those_of_pydantic() -> None:
    class Odd(PartConfig):
        word: Annotated[str, Field(pattern="^a+$")] = "a"

    try:
        Odd.model_validate({"word": "b"})
    except ValidationError as error:
        assert [f.what for f in faults_of(Odd, error)] == ["string should match pattern '^a+$'"]  # noqa: PT017
