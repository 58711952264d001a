"""Two runs to be compared: a state's journal, or a file over its source."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from openbell.core.apply import apply_record
from openbell.core.book import Book
from openbell.report.compare import CAUSES, Difference, Story, compare
from openbell.run import state
from openbell.run.assemble import Prepared
from openbell.run.backtest import backtest
from openbell.run.records import entries, first_event, parse_spec
from openbell.run.source import Source

Load = Callable[[Path], tuple[Prepared, Source]]
"""A configuration file -> its run and its source."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What was found.

    Attributes:
        left, right: Both runs. differences: In order of time. counts: How many by cause, zeros included.
        configurations: True where both have the same effective configuration. codes: The same for code.
    """

    left: Story
    right: Story
    differences: tuple[Difference, ...]
    counts: dict[str, int]
    configurations: bool
    codes: bool


class _Side(msgspec.Struct, frozen=True, kw_only=True):
    story: Story
    config: str
    code: str
    interval: int


def compared(left: Path, right: Path, load: Load, tolerance: int | None) -> Compared:
    """Return two runs and every difference between them.

    Args:
        left: State directory, or configuration file.
        right: The other one.
        load: Loads a file's run.
        tolerance: Furthest that two instants of one order may lie apart, ns; None for three of the longest bars.

    Raises:
        NoState, Unlike: A state cannot be read. And as `load`.
    """
    sides = [_of_file(path, load) if path.is_file() else _of_state(path) for path in (left, right)]
    longest = 3 * max(side.interval for side in sides)
    found = compare(sides[0].story, sides[1].story, longest if tolerance is None else tolerance)
    return Compared(
        left=sides[0].story,
        right=sides[1].story,
        differences=tuple(found),
        counts={cause: sum(one.cause == cause for one in found) for cause in CAUSES},
        configurations=sides[0].config == sides[1].config,
        codes=sides[0].code == sides[1].code,
    )


def _of_file(path: Path, load: Load) -> _Side:
    from openbell.config.emit import canonical

    prepared, source = load(path)
    story = Story(str(path))
    result = backtest(prepared, source, watchers=(story.watch,))
    story.end(result.book)
    longest = max(one.interval for one in prepared.spec.deployments.values())
    return _Side(story=story, config=canonical(prepared.loaded), code=prepared.code, interval=longest)


def _of_state(path: Path) -> _Side:
    folder = state.journal(state.existing(path))
    genesis = first_event(folder)
    spec = parse_spec(genesis)
    story, book = Story(str(path)), Book(spec)
    for entry in entries(folder):
        apply_record(book, entry.event, entry.effects)
        story.watch(entry.event, entry.effects)
    story.end(book)
    longest = max((one.interval for one in spec.deployments.values()), default=0)
    return _Side(story=story, config=genesis.config, code=genesis.code, interval=longest)
