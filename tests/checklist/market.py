"""Recorded bars whose volume says what the strategy wants, and the product run on them as a user would.

A test writes a configuration, bars in a CSV file and (unless it uses our own strategies) one private strategy file,
calls verbs of the command line, and reads the journal that they leave.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.run import assemble, source, state
from openbell.run.live import Settings, live
from openbell.run.reading import read_book
from openbell.run.records import entries
from openbell.run.results import Result
from openbell.run.sessions import sessions_of
from tests.cli.process import perform

NONE, FLAT, LONG, SHORT, HALF, AGAIN, FAIL = 1, 2, 3, 4, 5, 6, 9
"""Wishes, written as a bar's volume: nothing new, targets, long once more, and an exception."""

WISHES = '''\
"""Wants what the volume of a bar says."""

import math

from openbell.core.codes import Code
from openbell.schema import PartConfig


class Config(PartConfig):
    """No options."""


PARAMS = ()
STATE = (("close", "f8", 1), ("bars", "i8", 1))


def step(state, params, row):
    state.d[0] = row.close
    state.q[0] += 1
    wish = int(row.volume)
    if wish == 9:
        raise ValueError("the strategy fell over")
    if wish == 2:
        return 0.0, int(Code.SIGNAL_FLAT)
    if wish == 3:
        return 1.0, int(Code.SIGNAL_LONG)
    if wish == 4:
        return -1.0, int(Code.SIGNAL_SHORT)
    if wish == 5:
        return 0.5, int(Code.SIGNAL_LONG)
    if wish == 6:
        return 1.0, int(Code.REBALANCE)
    return math.nan, int(Code.NO_SIGNAL)
'''

CONFIG = """\
title: Checklist
{head}
source: {{kind: csv, path: bars.csv, interval: {bars}, tz: {tz}}}
instruments: {{default: {{{instrument}}}}}
accounts:
  main: {{broker: sim, {account}}}
deployments:
{deployments}
rules:
{rules}
"""
DEPLOYMENT = """\
  - name: {name}
    strategy: {{kind: {strategy}}}
    instruments: [{symbols}]
    bars: {bars}
    account: main
    budget: {{{budget}}}
    {more}
"""
PAPER = """\
mode: paper
accounts:
  main: {{broker: plain, url: "{url}", cash: 100000 USD}}
deployments:
  - name: cross
    strategy: {{kind: ema_cross, fast: 2, slow: 3}}
    instruments: [SPY]
    bars: 1m
    account: main
    budget: {{capital: 50000 USD, per_position: 20%}}
instruments:
  SPY: {{kind: stock, calendar: 24x7}}
rules:
  preset: none
"""
"""A run at the plain venue in a process of its own; `url` is to be filled in."""
FREE = ("{max_position: off}", "{daily_loss: off}", "{max_positions: off}")
"""Rules off, for tests about something else."""
PLAIN = ("kill", "session_hours", "daily_loss", "max_position", "max_positions", "duplicate")
"""Rules that a file of these tests has; what the whole table forbids has tests of its own."""


class Row(NamedTuple):
    """One bar as recorded: it opens at `stamp` (local to the file's zone)."""

    stamp: str
    symbol: str
    open: float
    high: float
    low: float
    close: float
    volume: float


def stamp(n: int, start: str = "2024-01-02 00:00", minutes: int = 1) -> str:
    """Return the stamp of the `n`-th bar."""
    return f"{datetime.fromisoformat(start) + timedelta(minutes=n * minutes):%Y-%m-%d %H:%M}"


def row(at: str, px: object, wish: int = NONE, symbol: str = "AAA") -> Row:
    """Return a bar: flat at one price, or (open, high, low, close)."""
    o, h, low, c = px if isinstance(px, tuple) else (px,) * 4
    return Row(at, symbol, o, h, low, c, wish)


def rows(given: Iterable[object], symbol: str = "AAA", start: str = "2024-01-02 00:00", minutes: int = 1) -> list[Row]:
    """Return one bar after another from prices, or pairs of a price and a wish."""
    made = []
    for n, one in enumerate(given):
        px, wish = one if isinstance(one, tuple) and len(one) == 2 else (one, NONE)
        made.append(row(stamp(n, start, minutes), px, wish, symbol))
    return made


def deployment(name: str = "alpha", symbols: str = "AAA", **fields: str) -> str:
    """Return one entry of the list of deployments."""
    known = {"strategy": "./wishes.py", "bars": "1m", "budget": "capital: 100000 USD, per_position: 10%", "more": ""}
    return DEPLOYMENT.format(name=name, symbols=symbols, **(known | fields))


def chosen(entries: Sequence[str]) -> list[str]:
    """Return the lines of a file with a few plain rules, changed and added to by `{kind: K, …}` and `{K: off}`."""
    found = dict.fromkeys(PLAIN, "")
    for entry in entries:
        words = entry.strip("{}")
        if words.startswith("kind: "):
            kind, _, options = words.removeprefix("kind: ").partition(", ")
            found[kind] = options
        else:
            del found[words.removesuffix(": off")]
    return ["preset: none", *(f"{kind}: {{{options}}}" for kind, options in found.items())]


def config(**fields: Any) -> str:
    """Return a configuration; `rules` and `deployments` are lists of entries."""
    known = {
        "head": "", "bars": "1m", "tz": "UTC", "instrument": "kind: stock, calendar: 24x7",
        "account": "cash: 100000 USD",
    }  # fmt: skip
    rules = "\n".join(f"  {rule}" for rule in chosen(fields.pop("rules", FREE)))
    listed = "".join(fields.pop("deployments", (deployment(),)))
    return CONFIG.format(rules=rules, deployments=listed, **(known | fields))


class Market:
    """A folder with a configuration and bars, and the verbs called on it."""

    def __init__(self, folder: Path, text: str, bars: Sequence[Row]) -> None:
        """Write everything down."""
        self.folder = folder
        self.file = folder / "c.yaml"
        self.state = folder / "s"
        self.file.write_text(text, encoding="utf-8")
        (folder / "wishes.py").write_text(WISHES, encoding="utf-8")
        lines = ["ts,symbol,open,high,low,close,volume", *(",".join(map(str, one)) for one in bars)]
        (folder / "bars.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def run(self, *words: object) -> int:
        """Run the file on its state and return the exit code."""
        return perform(["run", str(self.file), "--state", str(self.state), "--json", *map(str, words)])

    def live(self, name: str = "s", **settings: Any) -> Result:
        """Run it as the verb does, in good order up to a bar if asked."""
        prepared, told = self.prepare()
        return live(prepared, told, Settings(state=self.folder / name, **settings))

    def prepare(self) -> Any:
        """Return the prepared run and its source."""
        loaded, shelves = assemble.read(self.file, {})
        prepared = assemble.prepare(loaded, shelves)
        look_up = sessions_of(loaded.config.calendars, None)
        return prepared, source.load(prepared.spec, prepared.feed, prepared.feed_options, look_up, None)

    @property
    def told(self) -> "Told":
        """What the journal holds."""
        return Told(state.journal(self.state))


class Told:
    """A journal, read as a user's export would be."""

    def __init__(self, journal: Path) -> None:
        """Read it whole."""
        self.journal = journal
        self.entries = list(entries(journal))

    @property
    def book(self) -> Book:
        """The book that the journal amounts to."""
        return read_book(self.journal).book

    def events(self, kind: type) -> list[Any]:
        """Return all events of a kind."""
        return [entry.event for entry in self.entries if isinstance(entry.event, kind)]

    def effects(self, kind: type) -> list[Any]:
        """Return all effects of a kind."""
        return [effect for entry in self.entries for effect in entry.effects if isinstance(effect, kind)]

    @property
    def orders(self) -> list[fx.Submit]:
        """All orders."""
        return self.effects(fx.Submit)

    @property
    def entered(self) -> list[fx.Submit]:
        """Orders that could add risk."""
        return [order for order in self.orders if not order.reduce_only]

    @property
    def fills(self) -> list[ev.Fill]:
        """All executions."""
        return self.events(ev.Fill)

    def decided(self, symbol: str = "AAA", deployment: str = "") -> list[tuple[int, str]]:
        """Return instant (ns) and code of each decision on a symbol."""
        return [
            (entry.event.ts, Code(effect.code).name)
            for entry in self.entries
            for effect in entry.effects
            if isinstance(effect, fx.Decision) and effect.instrument == symbol and deployment in ("", effect.deployment)
        ]

    def codes(self, symbol: str = "AAA", deployment: str = "") -> list[str]:
        """Return the codes of the decisions on a symbol."""
        return [code for _, code in self.decided(symbol, deployment)]


def clock(ts: int, zone: str = "America/New_York") -> str:
    """Return an instant (ns) as local date and time."""
    return f"{datetime.fromtimestamp(ts // 10**9, tz=ZoneInfo(zone)):%Y-%m-%d %H:%M}"
