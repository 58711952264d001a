"""`openbell sweep`: one file with many values, each run remembered."""

from typing import TYPE_CHECKING

from openbell.cli.shell.options import File
from openbell.cli.shell.spread import spread
from openbell.cli.shell.study import (
    GridTerms,
    Power,
    Study,
    Terms,
    axes_of,
    facts_of,
    finish,
    head_of,
    open_study,
    watched,
)
from openbell.cli.shell.study import told_interrupted as interrupted
from openbell.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openbell.report.sheet import Picture
    from openbell.report.study import Page
    from openbell.research.grid import Axis
    from openbell.run.study.sweep import Sweep
    from openbell.run.study.trial import Outcome

EXAMPLES = """
openbell sweep my.yaml --grid deployments.cross.strategy.fast=5:50:5 deployments.cross.strategy.slow=20:200:20
openbell sweep my.yaml --grid deployments.cross.strategy.fast=5:50:5 --random 20 --seed 7
openbell sweep my.yaml --grid deployments.0.exits.stop_loss=1%:5%:0.5% --by drawdown --jobs 4 --json

A run that was made once is remembered, so a study that was stopped goes on with the same command.
"""
SHOWN = 20
"""Runs listed for people; the page and --json have them all."""


@spread
def sweep(file: File, grid: GridTerms, power: Power, terms: Terms) -> int:
    """Try many values of a file's options and put the runs in order."""
    from openbell.run.study.sweep import ranked, row_of, without
    from openbell.run.study.sweep import sweep as made

    axes, values = axes_of(grid)
    study = open_study("sweep", file, terms, len(values), power)
    found = watched(study, len(values), lambda watch: made(study.desk, values, watch))
    if not found.is_complete:
        return interrupted(study, found)
    best = ranked(found.outcomes, grid.by)
    order = [*best, *without(found.outcomes, grid.by)]
    data = head_of(study) | {
        "is_complete": True,
        "by": grid.by,
        "seed": grid.seed if grid.random is not None else None,
        "made": found.made,
        "trials": found.trials,
        "damaged": found.damaged,
        "best": row_of(best[0]) if best else None,
        "runs": [row_of(one) for one in found.outcomes],
    }
    finish(study, data, _lines(axes, found, order), _page(study, axes, found, order))
    return 0


def _lines(axes: "Sequence[Axis]", found: "Sweep", order: "Sequence[Outcome]") -> list[str]:
    from openbell.run.study.sweep import IDLE_ADVICE, idle

    names = [*(axis.name for axis in axes), "return", "sharpe", "drawdown", "trades", "wins"]
    rows = [cells(one) for one in order[:SHOWN]]
    why = idle(found.outcomes)
    lines = columns(names, rows)
    refused = sum(bool(one.refused) for one in found.outcomes)
    more = f", the first {SHOWN} of {len(order):,} shown" if len(order) > SHOWN else ""
    lines += [
        f"{counted(len(found.outcomes), 'run')} ({found.made:,} made now){more}.",
        f"{found.trials:,} configurations were tried on these data so far.",
    ]
    if refused:
        first = next(one for one in found.outcomes if one.refused)
        lines.append(f"{refused:,} could not be run, the first: {first.refused}")
    if why:
        return [*lines, f"{why[0].upper()}{why[1:]}; {IDLE_ADVICE}."]
    return [*lines, "The best of many is lucky as well as good: openbell robustness tells how much."]


def columns(names: "Sequence[str]", rows: "Sequence[Sequence[str]]") -> list[str]:
    """Return a table as lines, every column as wide as it needs."""
    widths = [max(len(row[n]) for row in [names, *rows]) for n in range(len(names))]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in [names, *rows]]


def cells(one: "Outcome") -> list[str]:
    """Return a run as people read it: values, return, Sharpe, drawdown, trades, wins."""
    values = [value for _, value in one.values]
    if one.refused:
        return [*values, "–", "–", "–", "–", "–"]
    sharpe = f"{one.sharpe:.2f}" if one.sharpe is not None else "–"
    wins = f"{100 * one.wins / one.trades:.0f}%" if one.trades else "–"
    return [
        *values,
        f"{100 * one.total_return:+.2f}%",
        sharpe,
        f"{100 * one.max_drawdown:.2f}%",
        f"{one.trades:,}",
        wins,
    ]


def _page(study: Study, axes: "Sequence[Axis]", found: "Sweep", order: "Sequence[Outcome]") -> "Page":
    from openbell.report.sections import Tile
    from openbell.report.study import Page, table

    best = cells(order[0])[len(axes) :] if order else ["–"] * 5
    tried = [len({dict(one.values)[axis.path] for one in found.outcomes}) for axis in axes]
    names = [*(axis.name for axis in axes), "Return", "Sharpe", "Drawdown", "Trades", "Wins"]
    chosen = ", ".join(f"{path.rpartition('.')[2]} {value}" for path, value in order[0].values) if order else "none"
    return Page(
        title=study.prepared.spec.title,
        study="SWEEP",
        is_synthetic=study.source.is_synthetic,
        about=" · ".join(f"{axis.path}: {count:,} values" for axis, count in zip(axes, tried, strict=True)),
        warnings=[warning(found.trials)],
        tiles=[
            Tile("Runs", f"{len(found.outcomes):,}", f"{found.made:,} made now, the rest remembered"),
            Tile("Sharpe of the best", best[1], chosen),
            Tile("Its return", best[0], f"largest fall {best[2]}"),
            Tile("Configurations tried", f"{found.trials:,}", "on these data, in all studies of this store"),
        ],
        pictures=pictures(axes, found.outcomes),
        tables=[table("Runs, best first", [], names, [cells(one) for one in order])],
        facts=facts_of(study, found),
        note="Each run begins with the file's own cash. Sharpe's ratio is that of daily returns, made yearly.",
    )


def warning(trials: int) -> str:
    """Return what a reader must know before believing the best of so many configurations."""
    return (
        f"The best of {trials:,} configurations is lucky as well as good. Before believing it, ask for its neighbours "
        "and for the probability of overfitting: openbell robustness."
    )


def pictures(axes: "Sequence[Axis]", outcomes: "Sequence[Outcome]") -> "list[Picture]":
    """Return plots of Sharpe's ratio over the first two axes, and of how it is spread."""
    from openbell.report import curves, plots
    from openbell.report.sheet import Picture

    having = [one for one in outcomes if one.sharpe is not None]
    across = [[dict(one.values)[axis.path] for one in having] for axis in axes[:2]]
    firsts = list(dict.fromkeys(across[0]))
    found: list[Picture] = []
    best: dict[tuple[str, ...], float] = {}
    for one, place in zip(having, zip(*across, strict=True), strict=True):
        best[place] = max(best.get(place, one.sharpe or 0.0), one.sharpe or 0.0)
    others = " Where further axes vary, the best of them is shown." if len(axes) > 2 else ""
    if len(axes) > 1:
        seconds = list(dict.fromkeys(across[1]))
        field = curves.Field(firsts, seconds, [[best.get((a, b)) for a in firsts] for b in seconds])
        svg = curves.heat("Sharpe's ratio", (axes[0].name, axes[1].name), field)
        found.append(Picture("Sharpe's ratio of each pair", f"A plateau is worth more than a peak.{others}", svg))
    else:
        bars = [plots.Column(a, best[a,], f"{a}: {best[a,]:.2f}", plots.tone_of(best[a,])) for a in firsts]
        svg = plots.columns("Sharpe's ratio", bars)
        found.append(Picture(f"Sharpe's ratio by {axes[0].name}", "A plateau is worth more than a peak.", svg))
    return found
