"""Does anything look ahead? Without its future, a run must decide the same.

The source is loaded anew up to an instant, and the parts are imported anew: whatever reaches past that instant, in a
feed, an indicator or a strategy, has nothing to reach for, and decides otherwise. What a private part could read behind
the engine's back is found by other means: the files it opens while it decides, and the modules it imports.
"""

import ast
import gc
import sys
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from openbell.core import events as ev
from openbell.core.codes import label
from openbell.core.draw import draw
from openbell.core.effects import Decision, Effect
from openbell.edges.feeds.merge import fingerprint
from openbell.edges.feeds.table import select
from openbell.run.assemble import Prepared
from openbell.run.backtest import backtest
from openbell.run.source import Source

Load = Callable[[int | None], tuple[Prepared, Source]]
"""An instant (UTC ns), None for no bound -> the run and its source up to there, all parts imported anew."""
Watch = Callable[[int, int], bool]
REACHING = frozenset(
    {
        "builtins", "csv", "ctypes", "duckdb", "gc", "glob", "http", "importlib", "inspect", "io", "mmap",
        "openbell.cli", "openbell.config", "openbell.edges", "openbell.report", "openbell.run", "os", "pandas",
        "pathlib", "pickle", "polars", "pyarrow", "requests", "shutil", "socket", "sqlite3", "subprocess", "sys",
        "tempfile", "urllib",
    }
)  # fmt: skip
"""Modules that reach out of what a strategy is handed."""
_CODE = (".py", ".pyc", ".pyi", ".so", ".nbi", ".nbc")
_EARLIEST = 10
"""Cuts begin behind this share of the bars, in hundredths: before, most strategies still warm up."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """The first decision that came out otherwise without its future.

    Attributes:
        ts: Of the event decided on, UTC ns. until: Where the future was cut off, the same.
        deployment, instrument: Whose. whole, cut: What was decided with all data and without the future.
    """

    ts: int
    until: int
    deployment: str
    instrument: str
    whole: str
    cut: str


class Lookahead(msgspec.Struct, frozen=True, kw_only=True):
    """What was found.

    Attributes:
        bars, signals: In the whole source: bars, and decisions of all deployments. compared: Decisions compared.
        cuts: Instants at which the future was cut off, UTC ns.
        differences: The first of each cut where decisions differ. data: Instruments whose bars before a cut differ.
        opened: Files that were opened while strategies decided. imports: Modules of private parts that reach out.
        is_complete: False where it was ended early.
    """

    bars: int
    signals: int
    compared: int
    cuts: tuple[int, ...]
    differences: tuple[Difference, ...]
    data: tuple[str, ...]
    opened: tuple[str, ...]
    imports: tuple[str, ...]
    is_complete: bool

    @property
    def is_clean(self) -> bool:
        """True when nothing was found."""
        return not (self.differences or self.data or self.opened or self.imports)


class _Log:
    """Decisions of a run: their instants, and a short hash of each."""

    def __init__(self) -> None:
        self.ts, self.marks = array("q"), array("Q")
        self.changes = array("q")
        self._targets: dict[tuple[str, str], float | None] = {}
        self._encode = msgspec.msgpack.Encoder().encode

    def watch(self, event: ev.Event, effects: list[Effect]) -> None:
        for effect in effects:
            if type(effect) is not Decision:
                continue
            self.ts.append(event.ts)
            digest = blake2b(self._encode(effect), digest_size=8).digest()
            self.marks.append(int.from_bytes(digest, "little"))
            pair = (effect.deployment, effect.instrument)
            if self._targets.get(pair) != effect.target:
                self._targets[pair] = effect.target
                self.changes.append(event.ts)


def lookahead(load: Load, cuts: int, seed: int, watch: Watch) -> Lookahead:
    """Return whether decisions depend on what came after them.

    Half of the cuts fall where a decision has just changed, because that is where a future that was seen shows most.

    Args:
        load: Loads the run up to an instant.
        cuts: How many times the future is cut off.
        seed: Of where it is.
        watch: Sees how many runs of how many are done; True from it ends the study.
    """
    ears = _Ears()
    prepared, source = load(None)
    whole = _run(prepared, source, ears)
    instants = _instants(source, whole, cuts, seed)
    known, bars = [_prints(source, until) for until in instants], source.bars
    # From here on no bar behind a cut is in memory, wherever a part may look for it.
    del source
    differences, others, compared, done = [], set[str](), 0, 1
    for until, prints in zip(instants, known, strict=True):
        if watch(done, len(instants) + 1):
            break
        prepared, part = _fresh(load, until)
        others |= {symbol for (symbol, _), mark in (prints.items() - _prints(part, until).items())}
        log = _run(prepared, part, ears)
        count = int(np.searchsorted(np.asarray(whole.ts), until, side="right"))
        compared += count
        place = _first_unlike(whole, log, count)
        if place is not None:
            differences.append(_told(load, until, int((whole if place < count else log).ts[place])))
        done += 1
    return Lookahead(
        bars=bars,
        signals=len(whole.ts),
        compared=compared,
        cuts=tuple(instants[: done - 1]),
        differences=tuple(differences),
        data=tuple(sorted(others)),
        opened=tuple(sorted(ears.heard)),
        imports=tuple(_reaching(prepared)),
        is_complete=done == len(instants) + 1,
    )


def _run(prepared: Prepared, source: Source, ears: "_Ears") -> _Log:
    log = _Log()
    with ears.listening():
        backtest(prepared, source, watchers=(log.watch,))
    return log


def _instants(source: Source, whole: _Log, cuts: int, seed: int) -> list[int]:
    """Return where the future is cut off, in order of time."""
    stamps = np.unique(np.concatenate([table.ts for table in source.tables]))
    first = int(stamps[len(stamps) * _EARLIEST // 100])
    changes = np.unique(np.asarray(whole.changes, dtype=np.int64))
    found: set[int] = set()
    for n, (choice, most) in enumerate(((changes[changes >= first], cuts // 2), (stamps[stamps >= first], cuts))):
        for i in range(10 * cuts if len(choice) else 0):
            if len(found) < most:
                found.add(int(choice[draw(seed, f"cut/{n}", i) * len(choice) >> 64]))
    return sorted(found)


def _prints(source: Source, until: int) -> dict[tuple[str, int], str]:
    """Return the fingerprint of each table's bars up to an instant, by instrument and interval."""
    cut = {(table.symbol, table.interval_ns): select(table, table.ts <= until) for table in source.tables}
    return {name: fingerprint([table]) for name, table in cut.items() if len(table)}


def _fresh(load: Load, until: int | None) -> tuple[Prepared, Source]:
    """Return a run loaded anew, with nothing of the runs before left in memory."""
    gc.collect()
    return load(until)


def _first_unlike(whole: _Log, part: _Log, count: int) -> int | None:
    """Return the place of the first decision up to a cut in which two runs differ."""
    both = min(count, len(part.ts))
    same = np.asarray(whole.marks[:both]) == np.asarray(part.marks[:both])
    same &= np.asarray(whole.ts[:both]) == np.asarray(part.ts[:both])
    if not same.all():
        return int(np.argmin(same))
    return both if both != count or len(part.ts) != count else None


def _told(load: Load, until: int, ts: int) -> Difference:
    """Return the first difference at an instant in words, from two runs made once more."""
    whole, part = (_at(*_fresh(load, bound), ts) for bound in (None, until))
    pairs = list(dict.fromkeys([*whole, *part]))
    deployment, instrument = next((pair for pair in pairs if whole.get(pair) != part.get(pair)), pairs[0])
    said = [_words(one.get((deployment, instrument))) for one in (whole, part)]
    return Difference(ts=ts, until=until, deployment=deployment, instrument=instrument, whole=said[0], cut=said[1])


def _at(prepared: Prepared, source: Source, ts: int) -> dict[tuple[str, str], Decision]:
    found: dict[tuple[str, str], Decision] = {}

    def look(event: ev.Event, effects: list[Effect]) -> None:
        if event.ts == ts:
            found.update({(one.deployment, one.instrument): one for one in effects if type(one) is Decision})

    backtest(prepared, source, watchers=(look,))
    return found


def _words(decision: Decision | None) -> str:
    if decision is None:
        return "no decision"
    target = "no target" if decision.target is None else f"target {decision.target:g}"
    numbers = ", ".join("none" if number is None else f"{number:.10g}" for number in decision.numbers)
    return f"{target}, {label(decision.signal)}{f' ({numbers})' if numbers else ''}"


# --- what a part reads behind the engine's back ------------------------------------------------------------------


class _Ears:
    """Hears which files are opened; Python lets nobody stop listening, so it listens only while it is asked to."""

    def __init__(self) -> None:
        self.heard: set[str] = set()
        self._is_on = False
        sys.addaudithook(self._hear)

    @contextmanager
    def listening(self) -> Iterator[None]:
        self._is_on = True
        try:
            yield
        finally:
            self._is_on = False

    def _hear(self, event: str, given: tuple[Any, ...]) -> None:
        if not self._is_on:
            return
        if event == "socket.connect":
            self.heard.add(f"a connection to {given[1]}")
        if event == "open" and isinstance(given[0], str) and not given[0].endswith(_CODE):
            self.heard.add(given[0])


def _reaching(prepared: Prepared) -> list[str]:
    """Return what private strategies import that reaches out of what they are handed."""
    found = []
    for deployment in prepared.loaded.config.deployments:
        kind = deployment.strategy.kind
        path = prepared.loaded.folder / kind
        if kind.endswith(".py") and path.is_file():
            found += [f"{kind} imports {name}" for name in reaching(path)]
    return list(dict.fromkeys(found))


def reaching(path: Path) -> list[str]:
    """Return the modules that a file imports and that reach out, in its order."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("open", "__import__"):
            names.append(f"builtins.{node.func.id}")
    return [name for name in dict.fromkeys(names) if any(_is_below(name, module) for module in REACHING)]


def _is_below(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")
