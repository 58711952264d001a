"""One run of a study: a file with other values in some places."""

import functools
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from openbell.config.catalog import Catalog
from openbell.config.document import Tree
from openbell.config.emit import canonical
from openbell.config.explain import ConfigError, Fault, Problem
from openbell.config.load import load, read_document
from openbell.core.book import Book
from openbell.core.types import ZERO, as_float
from openbell.report import returns
from openbell.report.days import Day
from openbell.report.figures import exact, ratio
from openbell.run import assemble
from openbell.run.assemble import Prepared, Shelves
from openbell.run.backtest import backtest
from openbell.run.compiled import READY, Twin, why_plain
from openbell.run.parts import PartError, source_hash
from openbell.run.source import Source

Values = tuple[tuple[str, str], ...]
"""Path and value of each option that a run has otherwise than the file."""
MANY_BARS = 2_000_000
"""From so many bars in all runs together, compiling the kernels pays for itself."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one run came to: a pure function of configuration, code and data.

    Attributes:
        key: Of the run among all others: SHA-256 over configuration, code, data and account, hex.
        values: What it had otherwise than the file.
        config: SHA-256 of the effective configuration. code: Of the code that can change a decision.
        refused: Why the file cannot be run with these values, empty where it was.
        equity_end: Base currency, text. fees: The same.
        total_return, max_drawdown: Fractions. sharpe: A year, None where it cannot be computed.
        trades, wins, orders, fills: How many.
        per_year: Trading days in a year.
        first, last: Dates of the first and the last trading day. dates: Of all of them, ISO.
        daily: Return of each trading day, a fraction.
        is_trial: False for a run that tried other costs, not another configuration.
    """

    key: str
    values: Values
    config: str = ""
    code: str = ""
    refused: str = ""
    equity_end: str = ""
    fees: str = ""
    total_return: float = 0.0
    max_drawdown: float = 0.0
    sharpe: float | None = None
    trades: int = 0
    wins: int = 0
    orders: int = 0
    fills: int = 0
    per_year: float = 252.0
    dates: tuple[str, ...] = ()
    daily: tuple[float, ...] = ()
    is_trial: bool = True


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """What all runs of a study share, small enough to be handed to another process.

    Attributes:
        path: Of the file. text: SHA-256 of what stands in it, so that nobody changes it half way.
        environment: Variables of the process. account: Whose equity is judged.
        base: SHA-256 of the file's own effective configuration, its code and its strategies.
        data: Fingerprint of the bars. cache: Folder of compiled code.
        is_compiled: True to use the compiled twin where there is one.
        is_trial: False where runs try other costs, not other configurations.
    """

    path: str
    text: str
    environment: tuple[tuple[str, str], ...]
    account: str
    base: str
    data: str
    cache: str
    is_compiled: bool
    is_trial: bool = True


class StudyError(Exception):
    """A study cannot be carried out; the text says why, `advice` what to do."""

    def __init__(self, what: str, advice: str = "") -> None:
        """Say what is wrong and what to do next."""
        super().__init__(what)
        self.advice = advice


def subject_of(prepared: Prepared, source: Source, account: str | None, place: Path) -> Subject:
    """Return what all runs of a study share.

    Args:
        prepared: The file's own run.
        source: What it is told.
        account: Name of the account to judge, None for the only one.
        place: Folder of compiled code of this version.

    Raises:
        StudyError: There is no such account, or several to choose from.
    """
    names = list(prepared.spec.accounts)
    if account is None and len(names) > 1:
        raise StudyError(f"the file has several accounts: {', '.join(names)}", "say which to judge with --account NAME")
    if account is not None and account not in names:
        raise StudyError(f"--account: there is no account {account!r}", f"known: {', '.join(names)}")
    path = Path(prepared.loaded.path)
    return Subject(
        path=str(path),
        text=_digest(path.read_bytes()),
        environment=tuple(sorted(prepared.loaded.environment.process.items())),
        account=account or names[0],
        base=Bench.base_of(prepared),
        data=source.digest,
        cache=str(place),
        is_compiled=False,
    )


def why_not_compiled(prepared: Prepared, source: Source, place: Path, runs: int) -> str:
    """Return why so many runs use the plain engine; empty where they need not."""
    if not (place / READY).exists() and source.bars * runs < MANY_BARS:
        return f"compiling would take longer than {runs:,} runs over {source.bars:,} bars do"
    return why_plain(prepared, source)


def key_of(subject: Subject, values: Values) -> str:
    """Return the key of a run; the contents of a private part that a value names count."""
    folder = Path(subject.path).parent
    files = [folder / value for _, value in values if value.endswith(".py")]
    private = [_digest(file.read_bytes()) for file in files if file.is_file()]
    parts = [subject.base, subject.data, subject.account, subject.is_trial, sorted(values), private]
    return _digest(json.dumps(parts).encode())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Bench:
    """Runs a file again and again with other values; what does not change is read once."""

    def __init__(self, subject: Subject, source: Source) -> None:
        """Read the file.

        Raises:
            ConfigError: It cannot be read. StudyError: It is another one than the study began with.
        """
        path = Path(subject.path)
        if _digest(path.read_bytes()) != subject.text:
            raise StudyError(f"{path} was changed while the study ran", "start the study again")
        self.subject, self.source = subject, source
        self.path = path
        self.shelves: Shelves = assemble.shelves(path.parent)
        self.catalog: Catalog = assemble.catalog(self.shelves, dict(subject.environment))
        self.document: tuple[Tree, list[Fault]] = read_document(path)
        self._environment: Mapping[str, str] = dict(subject.environment)
        self._twin: Twin | None = None
        # Half of the time of a short run would go into reading the same source files again.
        self._hashed = functools.cache(source_hash)

    @staticmethod
    def base_of(prepared: Prepared) -> str:
        """Return the SHA-256 of a file's configuration, of code and strategies, hex."""
        own = (canonical(prepared.loaded), prepared.code, *sorted(prepared.hashes.items()))
        return _digest(repr(own).encode())

    def prepare(self, values: Values) -> Prepared:
        """Return the run that the file means with other values.

        Raises:
            ConfigError, PartError: The file cannot be run with them.
        """
        loaded = load(self.path, self.catalog, self._environment, values=dict(values), document=self.document)
        prepared = assemble.prepare(loaded, self.shelves, self._hashed, prices=assemble.TRIAL)
        prepared.spec = msgspec.structs.replace(prepared.spec, is_synthetic=self.source.is_synthetic)
        return prepared

    def run(self, values: Values, progress: Callable[[int], bool] | None = None) -> Outcome | None:
        """Return what a run with other values comes to; None where `progress` ended it."""
        key = key_of(self.subject, values)
        try:
            prepared = self.prepare(values)
        except (ConfigError, PartError, ValueError) as error:
            return Outcome(key=key, values=values, refused=_told(error))
        if self.subject.is_compiled and not why_plain(prepared, self.source):
            twin = Twin(prepared, self.source, self._twin)
            if not twin.run():
                self._twin = twin
                Path(self.subject.cache, READY).touch()
                return self._of_twin(key, values, twin)
        result = backtest(prepared, self.source, progress)
        if not result.is_complete:
            return None
        return self._outcome((key, values), prepared, result.book, result.recorder.days(self.subject.account))

    def _of_twin(self, key: str, values: Values, twin: Twin) -> Outcome:
        from openbell.parts.kernels import layout as k
        from openbell.run.twin_result import days_of, fill_account

        book, g = Book(twin.prepared.spec), twin.state.g
        fill_account(g, book.truth.accounts[self.subject.account])
        counts = book.truth.counts
        counts.trades, counts.wins = int(g[k.TRADES, 0]), int(g[k.WINS, 0])
        counts.orders, counts.fills = int(g[k.COUNTER, 0]), int(g[k.FILLS, 0])
        return self._outcome((key, values), twin.prepared, book, days_of(twin))

    def _outcome(self, run: tuple[str, Values], prepared: Prepared, book: Book, days: Sequence[Day]) -> Outcome:
        account, counts = book.truth.accounts[self.subject.account], book.truth.counts
        daily = tuple(_return(day) for day in days)
        per_year = returns.days_per_year(days)
        gained = account.equity - account.equity_start - account.net_flows
        own = (canonical(prepared.loaded), *sorted(prepared.hashes.items()))
        return Outcome(
            key=run[0],
            values=run[1],
            config=_digest(repr(own).encode()),
            code=prepared.code,
            equity_end=exact(account.equity),
            fees=exact(account.fees.get(account.currency, ZERO)),
            total_return=as_float(ratio(gained, account.equity_start)),
            max_drawdown=as_float(account.max_drawdown),
            sharpe=returns.sharpe(daily, per_year),
            trades=counts.trades,
            wins=counts.wins,
            orders=counts.orders,
            fills=counts.fills,
            per_year=per_year,
            dates=tuple(day.date for day in days),
            daily=daily,
            is_trial=self.subject.is_trial,
        )


def _return(day: Day) -> float:
    """Return a day's return; a day that begins with nothing has one of zero, so that days of all runs agree."""
    return (returns.daily([day]) or [0.0])[0]


def _told(error: Exception) -> str:
    """Return what is wrong with values, the same wherever the file lies."""
    wrong = [problem for problem in getattr(error, "problems", ()) if not problem.is_warning]
    found = "; ".join(f"{one.path or one.file}: {one.what}{_meant(one)}" for one in wrong) or str(error)
    return " ".join(found.split()) or type(error).__name__


def _meant(problem: Problem) -> str:
    return f", did you mean {problem.meant}?" if problem.meant else ""
