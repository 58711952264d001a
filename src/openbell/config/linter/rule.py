"""A rule of the linter: what it is called, what it sees, and what it finds."""

from collections.abc import Callable, Iterator, Mapping

import msgspec

from openbell.config.choose import Part
from openbell.config.explain import Loc
from openbell.config.load import Loaded
from openbell.config.model import Configuration
from openbell.config.places import loc_of_rule
from openbell.core.types import Instrument


class Lore(msgspec.Struct, frozen=True, kw_only=True):
    """What only parts and edges know, handed in by `run`; empty where it is not known.

    Attributes:
        instruments: By symbol. sessions: Usual length of a session by calendar, ns.
        warmups: Bars before a strategy first decides, by deployment.
        bars: Most bars of one instrument that the source can hold, by deployment.
        intervals: Lengths of bars that the source holds, ns; empty where it is not known.
        rates: Requests a second that a broker allows, by account.
        lacking: What a rule in force has no data of, by kind.
        habits: What a private part does that a replay cannot do again, by its kind.
        worthless: By deployment, of which currency nothing tells the worth, such as `JPY is worth in USD`.
    """

    instruments: Mapping[str, Instrument] = {}
    sessions: Mapping[str, int] = {}
    warmups: Mapping[str, int] = {}
    bars: Mapping[str, int] = {}
    intervals: tuple[int, ...] = ()
    rates: Mapping[str, int] = {}
    lacking: Mapping[str, str] = {}
    worthless: Mapping[str, str] = {}
    habits: Mapping[str, tuple[str, ...]] = {}


class Scene(msgspec.Struct, frozen=True):
    """What a rule sees: the checked configuration, and what is known besides."""

    loaded: Loaded
    lore: Lore

    @property
    def config(self) -> Configuration:
        """Everything the file says and its defaults."""
        return self.loaded.config

    def in_force(self, *kinds: str) -> list[Part]:
        """Return the rules in force of some kinds, in the order in which they are asked."""
        return [rule for rule in self.loaded.rules if rule.kind in kinds]

    def place(self, rule: Part, option: str, otherwise: Loc) -> Loc:
        """Return where an option of a rule in force stands, else another place."""
        loc = loc_of_rule(self.loaded, rule)
        return otherwise if loc is None else (*loc, option)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule found, and where; `meant` is the nearest name that would be right."""

    loc: Loc
    what: str
    meant: str = ""
    is_key: bool = False


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule.

    Attributes:
        id: Stable code, `L` and three digits. level: How it is told.
        title: What it finds, in a sentence without a stop. why: Why that matters, and what it would do.
        hint: What to do, in a sentence without a stop.
        wrong, right: The line that is found, and the same just beyond it.
        check: Finds it.
    """

    id: str
    title: str
    why: str
    hint: str
    wrong: str
    right: str
    check: Callable[[Scene], Iterator[Finding]]
    level: str = "warning"
