"""What the verbs of research share: their options, their runs, their page."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
import typer

from openbell.cli.shell.failure import Wrong
from openbell.cli.shell.interrupt import Interrupt
from openbell.cli.shell.onlooker import Meter
from openbell.cli.shell.options import Choose, Data, Json, Until, parse_until
from openbell.cli.shell.output import say, say_json, tell

if TYPE_CHECKING:
    from openbell.report.study import Page
    from openbell.research.grid import Axis
    from openbell.run.assemble import Prepared
    from openbell.run.source import Source
    from openbell.run.study.executor import Backend
    from openbell.run.study.sweep import Desk, Sweep, Watch
    from openbell.run.study.trial import Values

Found = TypeVar("Found")
INTERRUPTED = 130
"""Exit code of a study that Ctrl-C ended: what it had is kept."""

Grid = Annotated[
    list[str],
    typer.Option(
        "--grid",
        metavar="PATH=LOW:HIGH:STEP|PATH=A,B,C",
        help="An option of the file and its values; several behind one --grid, or --grid again.",
        show_default=False,
    ),
]
Random = Annotated[
    int | None,
    typer.Option("--random", metavar="N", help="N points drawn from the grid instead of all.", show_default=False),
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Of everything that is drawn.")]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", metavar="N", help="Processes; default: one for each processor.", show_default=False),
]
BackendOption = Annotated[
    str,
    typer.Option("--backend", metavar="pool|dask|ray", help="Who carries runs out; the results are the same."),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="A Dask or Ray cluster that runs already; default: processes of this machine.",
        show_default=False,
    ),
]
StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store",
        metavar="DIR",
        help="Where runs are remembered; default: research, under the folder of all state.",
        show_default=False,
    ),
]
Html = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Where the HTML report goes.", show_default=False)
]
AccountOption = Annotated[
    str | None,
    typer.Option("--account", metavar="NAME", help="Whose equity is judged, where there are several.",
                 show_default=False),
]  # fmt: skip
By = Annotated[str, typer.Option("--by", metavar="sharpe|return|drawdown", help="What the best is chosen by.")]


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """Options of every study."""

    data: Data = None
    source: Choose = None
    until: Until = None
    account: AccountOption = None
    store: StoreOption = None
    html: Html = None
    as_json: Json = False


class GridTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Options of studies over a grid."""

    grid: Grid = msgspec.field(default_factory=list)
    random: Random = None
    seed: Seed = 1
    by: By = "sharpe"


class Power(msgspec.Struct, frozen=True, kw_only=True):
    """Options of studies that make many runs: who carries them out."""

    jobs: Jobs = None
    backend: BackendOption = "pool"
    cluster: Cluster = None


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """A study that can begin.

    Attributes:
        name: Of the verb. file: As given. terms: Its options. desk: Where and how runs are made.
        prepared, source: The file's own run. reason: Why runs use the plain engine, empty where they need not.
    """

    name: str
    file: Path
    terms: Terms
    desk: "Desk"
    prepared: "Prepared"
    source: "Source"
    reason: str = ""


def open_study(name: str, file: Path, terms: Terms, runs: int = 1, power: Power | None = None) -> Study:
    """Return a study of a file, ready to begin.

    Args:
        name: Of the verb.
        file: Configuration.
        terms: Options of every study.
        runs: How many runs it will make, at most.
        power: Who carries them out; None for this process.

    Raises:
        Wrong: An option is wrong. StudyError: As its text says. And as `begin`.
    """
    from openbell.cli.shell.begin import Asked, begin
    from openbell.run import state
    from openbell.run.compiled import READY, cache_place, use_cache
    from openbell.run.study.store import Store
    from openbell.run.study.sweep import Desk
    from openbell.run.study.trial import subject_of, why_not_compiled

    backend = _backend_of(power or Power(jobs=1), runs)
    until = parse_until(terms.until) if terms.until else None
    prepared, source = begin(Asked(file=file, data=terms.data, choose=terms.source, until=until))
    place = use_cache(cache_place(None), prepared.code)
    subject = subject_of(prepared, source, terms.account, place)
    reason = why_not_compiled(prepared, source, place, runs)
    subject = msgspec.structs.replace(subject, is_compiled=not reason)
    if runs > 1 and not terms.as_json:
        if reason:
            tell(f"note: runs use the plain engine: {reason}")
        elif not (place / READY).exists():
            tell("the engine is compiled once for this version; that takes some seconds")
    store = Store(terms.store or state.home(os.environ) / "research")
    desk = Desk(subject=subject, source=source, store=store, backend=backend)
    return Study(name=name, file=file, terms=terms, desk=desk, prepared=prepared, source=source, reason=reason)


def _backend_of(power: Power, runs: int) -> "Backend":
    """Return who carries out so many runs.

    Raises:
        Wrong: There is no such one, or not with these options.
    """
    from openbell.run.ahead import processors
    from openbell.run.study.executor import BACKENDS, Backend

    jobs = power.jobs if power.jobs is not None else min(processors(), max(runs, 1))
    if jobs < 1:
        raise Wrong(f"--jobs: {jobs} processes cannot work", "write a number from 1 on")
    if power.backend not in BACKENDS:
        raise Wrong(f"--backend: {power.backend!r} carries out no runs", f"known: {', '.join(BACKENDS)}")
    if power.cluster is not None and power.backend == "pool":
        raise Wrong("--cluster: a pool has processes of this machine alone", "add --backend dask or --backend ray")
    if power.cluster is not None and power.jobs is not None:
        raise Wrong("--jobs: a cluster has as many workers as were started", "leave --jobs or --cluster out")
    return Backend(kind=power.backend, cluster=power.cluster or "", jobs=jobs)


def axes_of(grid: GridTerms) -> "tuple[list[Axis], list[Values]]":
    """Return the axes that were asked for, and the values of every run.

    Raises:
        Wrong: They are wrong. StudyError: They cannot be varied.
    """
    from openbell.research.grid import drawn, points
    from openbell.run.study.sweep import values_of

    axes = parsed_axes(grid.grid)
    measures_of(grid.by, most=1)
    with _wrong_grid():
        found = points(axes) if grid.random is None else drawn(axes, grid.random, grid.seed)
    return axes, values_of(axes, found)


def parsed_axes(texts: Sequence[str]) -> "list[Axis]":
    """Return the axes that were asked for.

    Raises:
        Wrong: There are none, or one is wrong.
    """
    from openbell.research.grid import parse_axis

    if not texts:
        raise Wrong("no values to try are named", "add --grid deployments.NAME.strategy.OPTION=LOW:HIGH:STEP")
    with _wrong_grid():
        return [parse_axis(text) for text in texts]


@contextmanager
def _wrong_grid() -> Iterator[None]:
    """Tell what is wrong with a grid as an option of the command line."""
    try:
        yield
    except ValueError as error:
        what, _, advice = str(error).partition("; ")
        raise Wrong(what if what.startswith("--") else f"--grid: {what}", advice) from None


def measures_of(by: str, most: int) -> tuple[str, ...]:
    """Return the measures that were asked for, at most so many.

    Raises:
        Wrong: One of them is none, or stands twice.
    """
    from openbell.run.study.sweep import MEASURES

    names = tuple(by.split(",")) if most > 1 else (by,)
    for name in names:
        if name not in MEASURES:
            raise Wrong(f"--by: {name!r} is not a measure", f"known: {', '.join(MEASURES)}")
    if len(set(names)) < len(names):
        raise Wrong(f"--by: {by!r} names a measure twice", "name each once")
    return names


def watched(study: Study, runs: int, work: "Callable[[Watch], Found]") -> "Found":
    """Return what `work` comes to, with progress; Ctrl-C ends it in good order."""
    from openbell.run.compiled import telling

    with Interrupt() as interrupt, ExitStack() as listening:
        meter = Meter(interrupt, runs, is_shown=not study.terms.as_json, unit="runs")
        if study.desk.subject.is_compiled:
            listening.enter_context(telling(meter.compiling))
        try:
            return work(lambda done, _: meter(done))
        finally:
            meter.close()


def told_interrupted(study: Study, found: "Sweep") -> int:
    """Say that a study was ended before its end, and how it goes on; return the exit code."""
    done = f"{len(found.outcomes):,} of {found.asked:,} runs"
    if study.terms.as_json:
        say_json({"verb": study.name, "is_complete": False, "runs": len(found.outcomes), "asked": found.asked})
    tell(f"stopped: {done} are done and remembered; the same command goes on there")
    return INTERRUPTED


def publish(study: Study, page: "Page", notes: list[str]) -> Path | None:
    """Write a study's page and return where it is; a place that cannot be written is noted."""
    from openbell.cli.run import name_of
    from openbell.cli.shell.finish import report_place
    from openbell.report.study import write_page
    from openbell.run.clock import WallClock

    place = report_place(study.terms.html, None, f"{study.name}-{name_of(study.file)}", WallClock().now())
    try:
        write_page(place, page)
    except OSError as error:
        notes.append(f"the report could not be written: {error}")
        return None
    return place


def finish(study: Study, data: dict[str, object], lines: Sequence[str], page: "Page") -> None:
    """Write the page of a study and tell what it found, for machines or for people."""
    notes: list[str] = []
    place = publish(study, page, notes)
    if study.terms.as_json:
        say_json({**data, "report": str(place) if place else None, "notes": notes})
        return
    for note in notes:
        tell(f"note: {note}")
    for line in lines:
        say(line)
    if place is not None:
        say(f"Report: {place}")


def head_of(study: Study) -> dict[str, object]:
    """Return what the object of every study begins with."""
    subject, source = study.desk.subject, study.source
    return {
        "verb": study.name,
        "file": str(study.file),
        "title": study.prepared.spec.title,
        "is_synthetic": source.is_synthetic,
        "account": subject.account,
        "data": subject.data,
        "code": study.prepared.code,
        "engine": "plain" if study.reason else "compiled",
        "engine_reason": study.reason,
        "bars": source.bars,
        "store": str(study.desk.store.folder),
    }


def facts_of(study: Study, found: "Sweep | None" = None) -> list[tuple[str, str]]:
    """Return how a study was made, for its page."""
    rows = [
        ("File", str(study.file)),
        ("Bars", f"{study.source.bars:,}"),
        ("Account", study.desk.subject.account),
        ("Data", study.desk.subject.data),
        ("Code", study.prepared.code),
        ("Engine", f"plain: {study.reason}" if study.reason else "compiled"),
    ]
    if found is not None:
        rows += [
            ("Runs", f"{len(found.outcomes):,}"),
            ("Configurations tried on these data, ever", f"{found.trials:,}"),
        ]
    return rows
