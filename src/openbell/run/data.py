"""Recorded market data: a store of bars with calendars beside it."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec

from openbell.core.types import DAY_NS
from openbell.edges.brokers.enquiry import Access
from openbell.edges.brokers.past import Wanted
from openbell.edges.calendars import sessions as calendar_sessions
from openbell.edges.feeds import intake, recorded, resample, store
from openbell.edges.feeds.defects import Defect, counted
from openbell.run import state
from openbell.run.listings import Wire, place_of
from openbell.schema import format_span

_PAD = 4 * 86_400_000_000_000
SUFFIXES = (".parquet", ".csv")


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one instrument's bars.

    Attributes:
        file: Where. symbol: Instrument. interval: Length of a bar, ns. rows: How many.
        defects: What is wrong. gaps: What is missing, None where no calendar was named.
    """

    file: str
    symbol: str
    interval: int
    rows: int
    defects: list[Defect]
    gaps: resample.Gaps | None

    def as_data(self) -> dict[str, object]:
        """Return it for machines; lengths of time as text, instants in UTC ns."""
        missing = None
        if self.gaps is not None:
            missing = {name: getattr(self.gaps, name) for name in resample.Gaps.__dataclass_fields__}
        return {
            "file": self.file,
            "symbol": self.symbol,
            "interval": format_span(self.interval),
            "rows": self.rows,
            "defects": counted(self.defects),
            "gaps": missing,
        }


def home(environment: Mapping[str, str]) -> Path:
    """Return the folder of the store: `data` under the folder of all state."""
    return state.home(environment) / "data"


def _ignore(_: str) -> None:
    return None


def _parts_of(paths: Sequence[Path], terms: intake.Terms, tell: Callable[[str], None]) -> Iterator[intake.Part]:
    """Yield the rows of each instrument of files, and tell which files of a folder are left out, and why.

    Raises:
        ValueError: A file that is named itself, or each of a folder, holds no bars. OSError: One cannot be read.
    """
    named, strange, seen = {path for path in paths if path.is_file()}, "", False
    for path in files(paths):
        try:
            own = list(intake.parts(path, terms))
        except ValueError as error:
            if path in named:
                raise
            strange = str(error)
            tell(f"left out: {strange}")
            continue
        seen = True
        yield from own
    if strange and not seen:
        raise ValueError(strange)


def files(paths: Sequence[Path]) -> list[Path]:
    """Return the files of bars that paths stand for: folders stand for what is in them.

    Raises:
        ValueError: One of them is not there, or a folder holds none.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_file():
            found.append(path)
            continue
        own = (
            sorted(e for e in path.iterdir() if e.suffix in SUFFIXES and e.name != store.ACTIONS)
            if path.is_dir()
            else []
        )
        if not own:
            raise ValueError(f"{path}: no .parquet or .csv file is there")
        found += own
    return found


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What a file or folder holds of one instrument.

    Attributes:
        intervals: Lengths of its bars, ns, ascending. clash: Two files whose bars of one length overlap in time, or ().
        since: When its first bar opens, UTC ns.
    """

    intervals: tuple[int, ...]
    clash: tuple[str, ...] = ()
    since: int = 0


def holdings(market: Path, suffix: str) -> dict[str, Held]:
    """Return what bars a run would find in a file or folder, by instrument.

    Of a folder the files with that ending are read. Files without bars, and those that do not tell how long theirs are,
    are left out.

    Raises:
        ValueError: There is no such file, or none of them holds bars. OSError: One cannot be read.
    """
    found: dict[str, dict[int, list[tuple[int, int, str]]]] = {}
    for path in recorded.files(market, suffix):
        try:
            parts = list(intake.parts(path, intake.Terms()))
        except ValueError:
            continue
        for part in parts:
            if len(stamps := intake.stamps(part.frame)):
                place = (int(stamps.min()), int(stamps.max()), part.file)
                found.setdefault(part.symbol, {}).setdefault(part.interval, []).append(place)
    if not found:
        raise ValueError(f"{market}: no bars are there (open, high, low, close with ts or date)")
    return {symbol: _held(by_length) for symbol, by_length in sorted(found.items())}


def _held(by_length: Mapping[int, list[tuple[int, int, str]]]) -> Held:
    pairs = [pair for places in by_length.values() for pair in pairwise(sorted(places))]
    clash = next(((one[2], other[2]) for one, other in pairs if other[0] <= one[1]), ())
    since = min(place[0] for places in by_length.values() for place in places)
    return Held(intervals=tuple(sorted(by_length)), clash=clash, since=since)


def take_in(
    folder: Path, paths: Sequence[Path], terms: intake.Terms, tell: Callable[[str], None] = _ignore
) -> list[intake.Taken]:
    """Put files into a store.

    Args:
        folder: Of the store.
        paths: Files, or folders of them.
        terms: How.
        tell: Hears which files of a folder are left out, and why.

    Raises:
        ValueError: A file holds no bars, or other rows stand at the same stamps.
        OSError: A file cannot be read or written.
    """
    return [intake.take_in(folder, part, terms) for part in _parts_of(paths, terms, tell)]


def fetch(
    wire: Wire, wanted: tuple[Wanted, ...], folder: Path, access: Access, *, replaces: bool
) -> list[intake.Taken]:
    """Put minutes of the past of an account's vendor into a store, symbol by symbol.

    Args:
        wire: The account.
        wanted: Of each symbol, which.
        folder: Of the store.
        access: What a question to the vendor needs besides.
        replaces: New rows win over stored ones.

    Raises:
        Failure: They cannot be had. ValueError: Other rows stand at the same stamps.
    """
    found = asyncio.run(wire.broker.history(wire.options, wire.broker.LIMITS, wanted, access))
    parts = [intake.part_of(place_of(wire), found[one.symbol]) for one in wanted if found[one.symbol]]
    return [intake.take_in(folder, part, intake.Terms(replaces=replaces)) for part in parts]


def verify(
    paths: Sequence[Path],
    calendar: str | None,
    environment: Mapping[str, str],
    *,
    is_adjusted: bool = False,
    tell: Callable[[str], None] = _ignore,
) -> list[Verified]:
    """Return what is wrong with files of bars and, with a calendar, what is missing in them.

    Args:
        paths: Files, or folders of them.
        calendar: Whose sessions bars are looked for in, None for none.
        environment: Names the folder of all state.
        is_adjusted: True when the vendor's prices are adjusted for splits.
        tell: Hears which files of a folder are left out, and why.

    Raises:
        ValueError: A file holds no bars, or there is no such calendar.
        OSError: A file cannot be read.
    """
    found = []
    look_up = sessions_of(calendar, environment) if calendar else None
    for part in _parts_of(paths, intake.Terms(), tell):
        stamps = intake.stamps(part.frame)
        stamps.sort()
        missing = None
        if look_up is not None and len(stamps) and "ts" in part.frame.columns:
            missing = resample.gaps(stamps, part.interval, look_up(int(stamps[0]), int(stamps[-1])))
        found.append(
            Verified(
                file=part.file,
                symbol=part.symbol,
                interval=part.interval,
                rows=len(stamps),
                defects=sorted([*intake.judge(part), *intake.doubt(part, is_adjusted=is_adjusted)], key=_when),
                gaps=missing,
            )
        )
    return found


def _when(defect: Defect) -> int:
    return defect.ts


def sessions_of(calendar: str, environment: Mapping[str, str]) -> Callable[[int, int], resample.Sessions]:
    """Return the look-up of a calendar's sessions around two instants (UTC ns)."""
    cache = state.home(environment) / "calendars.json"
    cache.parent.mkdir(parents=True, exist_ok=True)

    def look_up(first: int, last: int) -> resample.Sessions:
        return resample.sessions_from(calendar_sessions(calendar, first - _PAD, last + _PAD, None, cache))

    return look_up


class Longer(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be made longer.

    Attributes:
        symbol: Instrument. before, after: Length of its bars now and then, ns; None for one a session.
        calendar: Whose sessions.
    """

    symbol: str
    before: int
    after: int | None
    calendar: str


def lengthen(folder: Path, asked: Longer, environment: Mapping[str, str]) -> tuple[int, int]:
    """Make longer bars in a store, anchored at each session's opening.

    Returns bars made, and rows that were in no session.

    Raises:
        ValueError: The bars are not there, are not shorter, or there is no such calendar.
    """
    if asked.after is not None and (asked.after <= asked.before or asked.after % asked.before):
        raise ValueError(f"{format_span(asked.after)} is no multiple of {format_span(asked.before)}")
    frame = store.read(folder, asked.symbol, asked.before)
    if "ts" not in frame.columns:
        raise ValueError(f"{asked.symbol}: bars of whole days cannot be told apart within a session")
    stamps = intake.stamps(frame)
    sessions = sessions_of(asked.calendar, environment)(int(stamps[0]), int(stamps[-1]))
    made, outside = resample.resample(frame, sessions, asked.after)
    if not made.height:
        raise ValueError(f"{asked.symbol}: none of its bars is in a session of {asked.calendar}")
    store.write(store.place(folder, asked.symbol, asked.after or DAY_NS), made)
    return made.height, outside


def read(folder: Path, symbol: str, interval: int, adjust: str) -> intake.Frame:
    """Return stored bars as a frame.

    They are as stored (`none`), adjusted for `splits`, or for dividends too (`all`).

    Raises:
        ValueError: They are not there.
    """
    frame = store.read(folder, symbol, interval)
    if adjust == "none":
        return frame
    return store.adjusted(frame, store.actions(folder), dividends=adjust == "all")
