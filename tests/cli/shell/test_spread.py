"""Options in a Struct become options one by one."""

import inspect

import msgspec
import pytest

from openbell.cli.shell.spread import gathered, repeated, spread


class Words(msgspec.Struct, frozen=True):
    """Two options."""

    first: int = 1
    second: str | None = None


class Many(msgspec.Struct, frozen=True):
    """One option that may be given again and again."""

    names: list[str] = []


def test_a_list_begins_empty() -> None:
    def verb(many: Many) -> int:
        return len(many.names)

    (only,) = inspect.signature(spread(verb)).parameters.values()
    assert only.default == []


def test_a_struct_is_taken_apart_and_put_together_again() -> None:
    def verb(words: Words, other: bool = False) -> int:
        """Do it."""
        assert words.second == "b"
        return words.first + other

    made = spread(verb)
    assert list(inspect.signature(made).parameters) == ["first", "second", "other"]
    assert [p.default for p in inspect.signature(made).parameters.values()] == [1, None, False]
    assert (made.__doc__, made.__name__) == ("Do it.", "verb")
    assert made(first=4, second="b", other=True) == 5


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("run --x A B C --y", "run --x A,B,C --y"), ("run --x A,B C", "run --x A,B,C"), ("run --x A", "run --x A"),
        ("run --x --y A", "run --x --y A"), ("run --y A", "run --y A"), ("run --x", "run --x"),
    ],
)  # fmt: skip
def test_several_words_behind_an_option_become_one(given: str, wanted: str) -> None:
    assert gathered(given.split(), "--x") == wanted.split()


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("v f --g a=1 b=2,3 --x 1", "v f --g a=1 --g b=2,3 --x 1"),
        ("v --g a=1 f", "v --g a=1 f"),
        ("v --g a=1 --g b=2", "v --g a=1 --g b=2"),
        ("v --g --x=1", "v --g --x=1"),
        ("v f a=1", "v f a=1"),
    ],
)
def test_values_behind_one_option_become_options(given: str, wanted: str) -> None:
    assert repeated(given.split(), "--g") == wanted.split()
