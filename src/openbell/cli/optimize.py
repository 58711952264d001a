"""`openbell optimize`: a search for good values, each chosen by what those before came to."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from openbell.cli.shell.failure import Wrong
from openbell.cli.shell.options import File
from openbell.cli.shell.spread import spread
from openbell.cli.shell.study import (
    Grid,
    Power,
    Seed,
    Study,
    Terms,
    facts_of,
    finish,
    head_of,
    measures_of,
    open_study,
    parsed_axes,
    told_interrupted,
    watched,
)
from openbell.cli.sweep import cells, columns, warning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openbell.report.sheet import Picture
    from openbell.report.study import Page
    from openbell.research.grid import Axis
    from openbell.run.study.optimize import Optimum
    from openbell.run.study.search import Terms as Asked
    from openbell.run.study.trial import Outcome

EXAMPLES = """
openbell optimize my.yaml --grid deployments.cross.strategy.fast=2:50 deployments.cross.strategy.slow=20:200
openbell optimize my.yaml --grid deployments.0.exits.stop_loss=0.5%:5% --by return --seed 7 --json
openbell optimize my.yaml --grid deployments.cross.strategy.fast=2:50 --by sharpe,drawdown --sampler nsga2
openbell optimize my.yaml --grid deployments.cross.strategy.fast=2:50 --write best.yaml

Needs optuna: pip install 'openbell[optimize]'. A run that was made once is remembered, so a study that was stopped
goes on with the same command.
"""
SHOWN = 20
"""Configurations listed for people; the page and --json have them all."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """How is searched."""

    grid: Grid = msgspec.field(default_factory=list)
    trials: Annotated[int, typer.Option("--trials", metavar="N", help="Points that are tried in all.")] = 100
    by: Annotated[
        str, typer.Option("--by", metavar="sharpe|return|drawdown,…", help="What is searched for, one or several.")
    ] = "sharpe"
    sampler: Annotated[
        str | None,
        typer.Option(
            "--sampler",
            metavar="tpe|nsga2",
            help="Default: tpe for one measure, nsga2 for several.",
            show_default=False,
        ),
    ] = None
    batch: Annotated[
        int | None,
        typer.Option(
            "--batch",
            metavar="N",
            help="Points chosen at once; default: 8, for nsga2 a generation of 20.",
            show_default=False,
        ),
    ] = None
    seed: Seed = 1
    write: Annotated[
        Path | None,
        typer.Option(
            "--write",
            metavar="FILE",
            help="A copy of the file with the best values, beside it.",
            show_default=False,
        ),
    ] = None


@spread
def optimize(file: File, look: Look, power: Power, terms: Terms) -> int:
    """Search for good values: TPE for one measure, NSGA-II for several at once."""
    from openbell.config.amend import with_values
    from openbell.files import SHARED, write_whole
    from openbell.run.study.optimize import optimize as searched
    from openbell.run.study.sweep import Sweep, values_of

    axes, asked = parsed_axes(look.grid), _asked(look)
    values_of(axes, [])
    if look.write is not None:
        _check_copy(file, look.write)
    study = open_study("optimize", file, terms, asked.trials, power)
    found = watched(study, asked.trials, lambda watch: searched(study.desk, axes, asked, watch))
    if isinstance(found, Sweep):
        return told_interrupted(study, found)
    lines = _lines(axes, found)
    if look.write is not None:
        best = found.found.outcomes[found.best[0]]
        write_whole(look.write, with_values(file.read_text(encoding="utf-8"), dict(best.values)).encode(), mode=SHARED)
        lines.append(f"Written with the best values: {look.write}. openbell plan {look.write} shows what it would do.")
    told = {"written": str(look.write) if look.write is not None else None}
    finish(study, head_of(study) | _data(found) | told, lines, _page(study, axes, found))
    return 0


def _check_copy(file: Path, copy: Path) -> None:
    """Do nothing where a copy with other values can be written.

    Raises:
        Wrong: It cannot, which is better known before the search.
    """
    if copy.exists():
        raise Wrong(f"--write: {copy} is there already", "nothing is overwritten: name another file")
    if copy.resolve().parent != file.resolve().parent:
        raise Wrong(
            f"--write: {copy} is in another folder", f"paths in the file are meant from it: write {file.parent}/…"
        )
    if {file.suffix, copy.suffix} - {".yaml", ".yml"}:
        raise Wrong(f"--write: {copy} would be a copy of {file}", "a copy is YAML of YAML: name one that ends in .yaml")


def _asked(look: Look) -> "Asked":
    """Return how is searched.

    Raises:
        Wrong: An option is out of its bounds.
    """
    from openbell.run.study.search import BATCHES, SAMPLERS
    from openbell.run.study.search import Terms as Asked

    by = measures_of(look.by, most=len(look.by))
    sampler = look.sampler if look.sampler is not None else "tpe" if len(by) == 1 else "nsga2"
    if sampler not in SAMPLERS:
        raise Wrong(f"--sampler: {sampler!r} is not one", f"known: {', '.join(SAMPLERS)}")
    batch = look.batch if look.batch is not None else BATCHES[sampler]
    least = 2 if sampler == "nsga2" else 1
    if batch < least:
        raise Wrong(f"--batch: {batch} is too small", f"write a number from {least} on")
    if look.trials < 1:
        raise Wrong(f"--trials: {look.trials} is too small", "write a number from 1 on")
    return Asked(trials=look.trials, by=by, sampler=sampler, batch=batch, seed=look.seed)


def _data(found: "Optimum") -> dict[str, object]:
    from openbell.run.study.sweep import row_of

    outcomes, terms = found.found.outcomes, found.terms
    best = [{"trial": number, **row_of(outcomes[number])} for number in found.best]
    return {
        "is_complete": True,
        "by": list(terms.by),
        "sampler": terms.sampler,
        "batch": terms.batch,
        "seed": terms.seed,
        "optuna": found.version,
        "asked": terms.trials,
        "made": found.found.made,
        "trials": found.found.trials,
        "damaged": found.found.damaged,
        "best": best[0],
        "front": best,
        "runs": [{"trial": number, **row_of(one)} for number, one in found.different],
    }


def _order(found: "Optimum") -> "list[Outcome]":
    """Return every configuration once: the best ones, then the others by the first measure."""
    from openbell.run.study.sweep import ranked

    outcomes = found.found.outcomes
    best = [outcomes[number] for number in found.best]
    known = {one.key for one in best}
    others = ranked([one for _, one in found.different if one.key not in known], found.terms.by[0])
    return [*best, *others]


def _lines(axes: "Sequence[Axis]", found: "Optimum") -> list[str]:
    order, sweep = _order(found), found.found
    names = [*(axis.name for axis in axes), "return", "sharpe", "drawdown", "trades", "wins"]
    lines = columns(names, [cells(one) for one in order[:SHOWN]])
    more = f", the first {SHOWN} shown" if len(order) > SHOWN else ""
    lines.append(f"{sweep.asked:,} trials of {len(found.different):,} configurations ({sweep.made:,} made now){more}.")
    if len(found.terms.by) > 1:
        count = len(found.best)
        lines.append(f"No other is better than the first {count:,} in {' and '.join(found.terms.by)} at once.")
    refused = [one for _, one in found.different if one.refused]
    if refused:
        lines.append(f"{len(refused):,} could not be run, the first: {refused[0].refused}")
    lines.append(f"{sweep.trials:,} configurations were tried on these data so far.")
    lines.append("Who searches long enough finds luck: openbell robustness tells how much of it this is.")
    return lines


def _page(study: Study, axes: "Sequence[Axis]", found: "Optimum") -> "Page":
    from openbell.report.sections import Tile
    from openbell.report.study import Page, table

    order, terms, sweep = _order(found), found.terms, found.found
    best = cells(order[0])[len(axes) :]
    names = [*(axis.name for axis in axes), "Return", "Sharpe", "Drawdown", "Trades", "Wins"]
    chosen = ", ".join(f"{path.rpartition('.')[2]} {value}" for path, value in order[0].values)
    how = {"tpe": "TPE", "nsga2": "NSGA-II"}[terms.sampler]
    return Page(
        title=study.prepared.spec.title,
        study="OPTIMIZE",
        is_synthetic=study.source.is_synthetic,
        about=f"{how} by {' and '.join(terms.by)} over " + " · ".join(axis.path for axis in axes),
        warnings=[warning(sweep.trials)],
        tiles=[
            Tile("Trials", f"{sweep.asked:,}", f"{len(found.different):,} configurations, {sweep.made:,} made now"),
            Tile("Sharpe of the first", best[1], chosen),
            Tile("Its return", best[0], f"largest fall {best[2]}"),
            Tile("Configurations tried", f"{sweep.trials:,}", "on these data, in all studies of this store"),
        ],
        pictures=[*_progress(found), *_by_axis(axes, found)],
        tables=[table("Configurations, best first", [], names, [cells(one) for one in order])],
        facts=[
            *facts_of(study, sweep), ("Sampler", f"{how}, {terms.batch} at once"), ("Seed", str(terms.seed)),
            ("optuna", found.version),
        ],
        note="Each run begins with the file's own cash. Sharpe's ratio is that of daily returns, made yearly. "
        "Drawdown is searched for as a small one.",
    )  # fmt: skip


def _progress(found: "Optimum") -> "list[Picture]":
    """Return how the search went: the best so far, or for several measures the front."""
    from itertools import accumulate

    from openbell.report import curves, scatter
    from openbell.report.sheet import Picture
    from openbell.run.study.optimize import figures_of

    by, outcomes = found.terms.by, found.found.outcomes
    having = [(n, figures) for n, one in enumerate(outcomes) if (figures := figures_of(one, by)) is not None]
    if len(by) == 1:
        best = curves.Line("Best so far", list(accumulate((figures[0] for _, figures in having), max)), "main")
        each = curves.Line("Each trial", [figures[0] for _, figures in having])
        svg = curves.lines(f"{by[0]} by trial", [each, best], ("first trial", "last trial"))
        return [Picture(f"{by[0]} by trial", "A search that still climbs at its end has not ended.", svg)]
    dots = [
        scatter.Dot(figures[0], figures[1], _told(outcomes[n]), "main" if n in found.best else "")
        for n, figures in having
    ]
    svg = scatter.dots(f"{by[1]} over {by[0]}", (by[0], by[1]), dots)
    note = (
        "More is better in both; drawdown is counted below zero. Nothing is better than a coloured dot in all measures."
    )
    return [Picture(f"{by[1]} over {by[0]}", note, svg)]


def _by_axis(axes: "Sequence[Axis]", found: "Optimum") -> "list[Picture]":
    """Return the first measure over each option."""
    from openbell.report import scatter
    from openbell.report.sheet import Picture
    from openbell.run.study.optimize import figures_of

    name, pictures = found.terms.by[0], []
    best = {found.found.outcomes[number].key for number in found.best}
    for axis in axes:
        having = [
            (axis.place(dict(one.values)[axis.path]), one, figures[0])
            for _, one in found.different
            if (figures := figures_of(one, (name,))) is not None
        ]
        dots = [scatter.Dot(x, y, _told(one), "main" if one.key in best else "") for x, one, y in having]
        places = sorted((x, dict(one.values)[axis.path]) for x, one, _ in having)
        ends = (places[0][1], places[-1][1]) if places else None
        svg = scatter.dots(f"{name} over {axis.name}", (axis.name, name), dots, ends)
        note = "Where the dots lie close the search has looked often. A plateau is worth more than a peak."
        pictures.append(Picture(f"{name} over {axis.name}", note, svg))
    return pictures


def _told(one: "Outcome") -> str:
    values = ", ".join(f"{path.rpartition('.')[2]} {value}" for path, value in one.values)
    return f"{values}: return {100 * one.total_return:+.2f}%, drawdown {100 * one.max_drawdown:.2f}%"
