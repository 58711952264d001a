"""A foreign file, key by key."""

from decimal import Decimal
from typing import Any

import pytest

from openbell.config.dialects import keys as k
from openbell.config.dialects.keys import Form, Keys, Unfit
from openbell.config.document import parse_document

TEXT = """
a:
  b: 0.02
  c: [x, y]
list:
  - {name: one, size: 2}
  - {name: two}
odd: true
"""


def keys() -> Keys:
    return Keys(parse_document(TEXT)[0])


def value(text: str, form: Form) -> Any:
    return form(parse_document(f"v: {text}")[0].value["v"])


def test_what_is_taken_says_from_which_line_it_came_and_where_it_stands() -> None:
    made = keys()
    assert made.take("a.b", k.share, "rules.x") == "2%"
    assert made.take("list.1.name", k.text, "names") == "two"
    assert made.take("a.nothing", k.share, "rules.y") is None
    assert [(one.line, one.path, one.where) for one in made.placed] == [
        (3, "a.b", "rules.x"), (7, "list.1.name", "names")
    ]  # fmt: skip
    assert (made.size("list"), made.size("a"), made.has("a.c"), made.has("a.d")) == (2, 0, True, False)


def test_what_nobody_took_is_refused_value_by_value() -> None:
    made = keys()
    made.take("list.0.name", k.text, "names")
    made.leave("a", "is not taken over", "write it by hand")
    made.leave("absent", "is not taken over", "write it by hand")
    made.refuse_rest("delete the key")
    assert [(one.loc, one.is_warning) for one in made.faults] == [
        (("a",), True), (("list", 0, "size"), False), (("list", 1, "name"), False), (("odd",), False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "form", "wanted"),
    [
        ("hello", k.text, "hello"), ("true", k.flag, True), ("3", k.count, 3), ("1.5", k.number, Decimal("1.5")),
        ("0.025", k.share, "2.5%"), ("1", k.share, "100%"), ("30", k.span("m"), "30m"), ("[A, B]", k.names, ["A", "B"]),
        ("b", k.one_of({"a": 1, "b": 2}), 2), ('"${KEY}"', k.secret, "${KEY}"),
    ],
)  # fmt: skip
def test_values_take_our_form(text: str, form: Form, wanted: object) -> None:
    assert value(text, form) == wanted


@pytest.mark.parametrize(
    ("text", "form", "what"),
    [
        ("3", k.text, "a text is needed"), ("maybe", k.flag, "maybe is neither true nor false"),
        ("x", k.number, "x is not a number"), ("0", k.number, "0 is not a number above zero"),
        ("-1", k.share, "-1 is not a number above zero"), ("true", k.number, "true is not a number"),
        ('"3"', k.number, "3 is not a number above zero"), ("1.5", k.count, "1.5 is not a whole number"),
        ("2", k.share, "2 is more than the whole"), ("[]", k.names, "a list is needed, such as [SPY, QQQ]"),
        ("c", k.one_of({"a": 1, "b": 2}), "'c' is not known"),
        ("PK123", k.secret, "a secret stands in the file and is not copied"),
    ],
)  # fmt: skip
def test_values_that_have_none_are_refused_in_words(text: str, form: Form, what: str) -> None:
    with pytest.raises(Unfit) as caught:
        value(text, form)
    assert caught.value.what == what
