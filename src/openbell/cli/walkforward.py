"""`openbell walkforward`: choose on what was, judge on what came, again and again."""

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from openbell.cli.shell.failure import Wrong
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
    told_interrupted,
    watched,
)
from openbell.cli.sweep import columns
from openbell.words import counted

if TYPE_CHECKING:
    from openbell.report.study import Page
    from openbell.run.study.walkforward import Walk

EXAMPLES = """
openbell walkforward my.yaml --grid deployments.cross.strategy.fast=5:50:5 --folds 6
openbell walkforward my.yaml --grid deployments.cross.strategy.fast=5:50:5 --mode rolling --train 60 --purge 2
openbell walkforward my.yaml --grid deployments.cross.strategy.fast=2:50 --random 40 --embargo 3 --json

The sweep is made first, or remembered; each configuration runs once, and its days are judged in folds.
"""


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """How days are cut into folds."""

    folds: Annotated[int, typer.Option("--folds", metavar="N", help="Stretches of days that are judged.")] = 5
    mode: Annotated[
        str,
        typer.Option("--mode", metavar="anchored|rolling", help="Choose in all days before, or in the last --train."),
    ] = "anchored"
    train: Annotated[
        int | None,
        typer.Option(
            "--train", metavar="DAYS", help="Trading days to choose in, with --mode rolling.", show_default=False
        ),
    ] = None
    purge: Annotated[
        int, typer.Option("--purge", metavar="DAYS", help="Last days not chosen in: what is held then is judged later.")
    ] = 1
    embargo: Annotated[
        int, typer.Option("--embargo", metavar="DAYS", help="Further days not chosen in: near days are alike.")
    ] = 0


@spread
def walkforward(file: File, cut: Cut, grid: GridTerms, power: Power, terms: Terms) -> int:
    """Choose values on past days and judge them on the days that follow."""
    from openbell.research.folds import Terms as Days
    from openbell.run.study.sweep import Sweep
    from openbell.run.study.walkforward import walkforward as walked

    if cut.mode not in ("anchored", "rolling"):
        raise Wrong(f"--mode: {cut.mode!r} is not a way to cut days", "known: anchored, rolling")
    if (cut.mode == "rolling") != (cut.train is not None):
        raise Wrong("--mode rolling and --train DAYS go together", "write both, or neither")
    axes, values = axes_of(grid)
    study = open_study("walkforward", file, terms, len(values), power)
    days = Days(folds=cut.folds, train=cut.train or 0, purge=cut.purge, embargo=cut.embargo)
    found = watched(study, len(values), lambda watch: walked(study.desk, values, (grid.by, days), watch))
    if isinstance(found, Sweep):
        return told_interrupted(study, found)
    names = [axis.name for axis in axes]
    finish(study, head_of(study) | _data(found, cut), _lines(found, names), _page(study, found, (names, cut)))
    return 0


def _data(found: "Walk", cut: Cut) -> dict[str, object]:
    return {
        "is_complete": True,
        "by": found.by,
        "mode": cut.mode,
        "purge": cut.purge,
        "embargo": cut.embargo,
        "runs": len(found.found.outcomes),
        "made": found.found.made,
        "trials": found.found.trials,
        "days": len(found.dates),
        "judged_days": len(found.daily),
        "sharpe": found.sharpe,
        "total_return": found.total_return,
        "max_drawdown": found.max_drawdown,
        "efficiency": found.efficiency,
        "most_chosen": found.most_chosen,
        "folds": [
            {
                "train": [found.dates[step.fold.train[0]], found.dates[step.fold.train[1] - 1]],
                "test": [found.dates[step.fold.test[0]], found.dates[step.fold.test[1] - 1]],
                "values": dict(found.having[step.chosen].values),
                "inside": step.inside,
                "outside": step.outside,
            }
            for step in found.steps
        ],
    }


def _rows(found: "Walk") -> list[list[str]]:
    from openbell.research.folds import yearly

    def shown(figure: float) -> str:
        return f"{yearly(figure, found.per_year):.2f}" if found.by == "sharpe" else f"{100 * figure:+.2f}%"

    return [
        [
            f"{found.dates[step.fold.train[0]]} to {found.dates[step.fold.train[1] - 1]}",
            f"{found.dates[step.fold.test[0]]} to {found.dates[step.fold.test[1] - 1]}",
            *(value for _, value in found.having[step.chosen].values),
            shown(step.inside),
            shown(step.outside),
        ]
        for step in found.steps
    ]


def _lines(found: "Walk", names: list[str]) -> list[str]:
    sharpe = f"{found.sharpe:.2f}" if found.sharpe is not None else "–"
    kept = "The figures in the samples are not above zero, so there was nothing to keep outside of them."
    if found.efficiency is not None:
        kept = f"{100 * found.efficiency:.0f}% of what was seen in the samples was kept outside of them."
    fall = f"largest fall {100 * found.max_drawdown:.2f}%"
    days = counted(len(found.daily), "day")
    return [
        *columns(["chosen in", "judged in", *names, f"{found.by} inside", f"{found.by} outside"], _rows(found)),
        f"Judged on {days}: return {100 * found.total_return:+.2f}%, Sharpe {sharpe}, {fall}.",
        kept,
        f"The same values were chosen in {found.most_chosen} of {len(found.steps)} folds.",
    ]


def _page(study: Study, found: "Walk", how: tuple[list[str], Cut]) -> "Page":
    import numpy as np

    from openbell.report.curves import Line, lines
    from openbell.report.sections import Tile
    from openbell.report.sheet import Picture
    from openbell.report.study import Page, table

    names, cut = how
    sharpe = f"{found.sharpe:.2f}" if found.sharpe is not None else "–"
    kept = f"{100 * found.efficiency:.0f}%" if found.efficiency is not None else "–"
    first, last = found.dates[found.steps[0].fold.test[0]], found.dates[found.steps[-1].fold.test[1] - 1]
    grown = [np.cumprod(np.concatenate([[1.0], 1.0 + daily])).tolist() for daily in (found.hindsight, found.daily)]
    svg = lines(
        "Equity", [Line("best with hindsight", grown[0]), Line("walk-forward", grown[1], "main")], (first, last)
    )
    return Page(
        title=study.prepared.spec.title,
        study="WALK-FORWARD",
        is_synthetic=study.source.is_synthetic,
        about=f"{counted(len(found.steps), 'fold')}, {cut.mode}, chosen by {found.by}; "
        f"{counted(cut.purge, 'day')} purged, {cut.embargo} more left out before each judged stretch",
        tiles=[
            Tile("Sharpe outside", sharpe, f"over {len(found.daily):,} judged days"),
            Tile(
                "Return outside", f"{100 * found.total_return:+.2f}%", f"largest fall {100 * found.max_drawdown:.2f}%"
            ),
            Tile("Kept", kept, "of what was seen in the samples"),
            Tile("Same choice", f"{found.most_chosen} of {len(found.steps)}", "folds that chose the same values"),
        ],
        pictures=[Picture("Growth of 1 over the judged days", "Thin: the run that was best with hindsight.", svg)],
        tables=[
            table(
                "Folds",
                ["Chosen in", "Judged in"],
                [*names, f"Inside ({found.by})", f"Outside ({found.by})"],
                _rows(found),
            )
        ],
        facts=facts_of(study, found.found),
        note="What is chosen in a fold is judged as if it had been running since the first day of the data.",
    )
