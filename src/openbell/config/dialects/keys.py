"""A foreign file, key by key: each is placed in ours, left out by name, or refused."""

from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from openbell.config.document import Tree
from openbell.config.explain import C, ConfigError, Fault, Loc
from openbell.schema import format_fraction

Form = Callable[[Tree], Any]
"""Turns a value into ours; raises Unfit where it cannot be."""


class Unfit(Exception):
    """A value that cannot be taken over.

    Attributes:
        what, advice: What is wrong, and what to do next.
    """

    def __init__(self, what: str, advice: str = "") -> None:
        """Keep both."""
        super().__init__(what)
        self.what, self.advice = what, advice


class ForeignError(ConfigError):
    """A file of another system that cannot be taken over."""

    wanted, verb = "taken over", "config import"


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A key that was taken over: its line and path, and where it stands now."""

    line: int
    path: str
    where: str


class Keys:
    """Takes values out of a foreign file, and knows what nobody took.

    Attributes:
        placed: Keys that were taken over, in the order of their taking. faults: What cannot be.
    """

    def __init__(self, root: Tree) -> None:
        """Begin with nothing taken."""
        self._root = root
        self._seen: set[Loc] = set()
        self.placed: list[Placed] = []
        self.faults: list[Fault] = []

    def has(self, path: str) -> bool:
        """Return True if the file has a key."""
        return self._find(steps(path)) is not None

    def size(self, path: str) -> int:
        """Return how many entries the list at a path has, 0 where there is none."""
        tree = self._find(steps(path))
        return len(tree.value) if tree is not None and isinstance(tree.value, list) else 0

    def take(self, path: str, form: Form, where: str) -> Any:
        """Return a value in our form, whose place is `where`.

        None where it is not there or is refused.
        """
        loc = steps(path)
        tree = self._find(loc)
        if tree is None:
            return None
        self._seen.add(loc)
        try:
            value = form(tree)
        except Unfit as unfit:
            self.refuse(path, unfit.what, unfit.advice)
            return None
        self.placed.append(Placed(line=tree.key_line or tree.line, path=path, where=where))
        return value

    def refuse(self, path: str, what: str, advice: str = "", *, is_warning: bool = False) -> None:
        """Say that a key is not taken over.

        A warning is for what risks nothing.
        """
        loc = steps(path)
        self._seen.add(loc)
        code = C.UNREACHABLE if is_warning else C.VALUE
        self.faults.append(
            Fault(loc=loc, code=code, what=what, advice=advice, is_key=is_warning, is_warning=is_warning)
        )

    def leave(self, path: str, why: str, advice: str) -> None:
        """Leave a whole section out with a warning, where it is there."""
        if self.has(path):
            self.refuse(path, why, advice, is_warning=True)

    def refuse_rest(self, advice: str) -> None:
        """Refuse every value that nobody took."""
        for loc, _ in _leaves(self._root, ()):
            if not any(loc[:n] in self._seen for n in range(1, len(loc) + 1)):
                what = "has no place in a file of ours"
                self.faults.append(Fault(loc=loc, code=C.UNKNOWN_KEY, what=what, advice=advice, is_key=True))

    def _find(self, loc: Loc) -> Tree | None:
        tree: Tree | None = self._root
        for step in loc:
            tree = tree.child(step) if tree is not None else None
        return tree


def steps(path: str) -> Loc:
    """Return `strategies.0.name` as keys and indexes."""
    return tuple(int(step) if step.isdigit() else step for step in path.split("."))


def _leaves(tree: Tree, loc: Loc) -> Iterator[tuple[Loc, Tree]]:
    below = tree.value
    if isinstance(below, dict) and below:
        for key, child in below.items():
            yield from _leaves(child, (*loc, key))
    elif isinstance(below, list) and below and isinstance(below[0].value, dict):
        for number, child in enumerate(below):
            yield from _leaves(child, (*loc, number))
    else:
        yield loc, tree


# --- forms ------------------------------------------------------------------------------------------------------


def text(tree: Tree) -> str:
    """Return a text, such as a name."""
    if not isinstance(tree.value, str) or not tree.value.strip():
        raise Unfit("a text is needed")
    return tree.value


def flag(tree: Tree) -> bool:
    """Return true or false."""
    if not isinstance(tree.value, bool):
        raise Unfit(f"{tree.raw or 'this'} is neither true nor false")
    return tree.value


def number(tree: Tree) -> Decimal:
    """Return a number above zero."""
    try:
        value = Decimal(tree.raw)
    except InvalidOperation:
        raise Unfit(f"{tree.raw or 'this'} is not a number") from None
    if isinstance(tree.value, bool | str) or not value.is_finite() or value <= 0:
        raise Unfit(f"{tree.raw} is not a number above zero")
    return value


def count(tree: Tree) -> int:
    """Return a whole number above zero."""
    value = number(tree)
    if value != int(value):
        raise Unfit(f"{tree.raw} is not a whole number")
    return int(value)


def share(tree: Tree) -> str:
    """Return a share of one as a percentage: 0.02 is 2%."""
    value = number(tree)
    if value > 1:
        raise Unfit(
            f"{tree.raw} is more than the whole", f"a share of one is meant: 0.02 is 2%, {tree.raw} is too much"
        )
    return format_fraction(value)


def span(unit: str) -> Form:
    """Return the form of a number of `s` or `m`."""
    return lambda tree: f"{number(tree):f}{unit}"


def names(tree: Tree) -> list[str]:
    """Return a list of texts."""
    if not isinstance(tree.value, list) or not tree.value:
        raise Unfit("a list is needed, such as [SPY, QQQ]")
    return [text(one) for one in tree.value]


def one_of(known: dict[str, Any]) -> Form:
    """Return the form of a word that stands for something of ours."""

    def form(tree: Tree) -> Any:
        word = text(tree)
        if word not in known:
            raise Unfit(f"{word!r} is not known", f"known: {', '.join(known)}")
        return known[word]

    return form


def secret(tree: Tree) -> str:
    """Return the name of a variable; a secret itself is not copied."""
    word = text(tree)
    if not (word.startswith("${") and word.endswith("}")):
        raise Unfit("a secret stands in the file and is not copied", "write ${NAME}, and the secret into .env")
    return word
