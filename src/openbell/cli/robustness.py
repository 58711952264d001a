"""`openbell robustness`: how far to believe the best run of a sweep."""

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
    told_interrupted,
    watched,
)
from openbell.cli.sweep import cells, pictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openbell.report.sheet import Picture
    from openbell.report.study import Page
    from openbell.research.grid import Axis
    from openbell.run.study.robustness import Robustness

EXAMPLES = """
openbell robustness my.yaml --grid deployments.cross.strategy.fast=5:50:5 deployments.cross.strategy.slow=20:200:20
openbell robustness my.yaml --grid deployments.cross.strategy.fast=2:50 --random 40 --json

The sweep is made first, or remembered. The number of trials is that of all configurations ever tried on these data.
"""


@spread
def robustness(file: File, grid: GridTerms, power: Power, terms: Terms) -> int:
    """Tell how far to believe the best of a sweep: neighbours, overfitting, luck."""
    from openbell.run.study.robustness import robustness as studied
    from openbell.run.study.sweep import Sweep

    axes, values = axes_of(grid)
    study = open_study("robustness", file, terms, len(values), power)
    found = watched(study, len(values), lambda watch: studied(study.desk, axes, values, (grid.by, watch)))
    if isinstance(found, Sweep):
        return told_interrupted(study, found)
    finish(study, head_of(study) | _data(found), _lines(found), _page(study, axes, found))
    return 0


def _data(found: "Robustness") -> dict[str, object]:
    from openbell.run.study.sweep import row_of

    near, luck, over = found.around, found.luck, found.overfit
    root = found.best.per_year**0.5
    return {
        "is_complete": True,
        "by": found.by,
        "runs": len(found.found.outcomes),
        "made": found.found.made,
        "trials": found.found.trials,
        "best": row_of(found.best),
        "neighbours": None if near is None else {
            "count": near.number, "median": near.median, "worst": near.worst, "above_zero": near.above,
            "kept": near.kept,
        },
        "overfitting": None if over is None else {
            "probability": over.probability, "probability_of_loss": over.loss, "choices": over.choices,
            "blocks": over.blocks, "sharpe_inside": over.inside * root, "sharpe_outside": over.outside * root,
        },
        "luck": None if luck is None else {
            "sharpe": luck.shape.ratio * root, "skewness": luck.shape.skewness, "kurtosis": luck.shape.kurtosis,
            "days": luck.shape.number, "trials": luck.trials, "variance_a_day": luck.variance,
            "expected_best_sharpe": luck.expected * root, "probabilistic_sharpe": luck.probabilistic,
            "deflated_sharpe": luck.deflated,
        },
        "doubts": list(found.doubts),
        "is_robust": not found.doubts,
    }  # fmt: skip


def _lines(found: "Robustness") -> list[str]:
    near, luck, over = found.around, found.luck, found.overfit
    best = cells(found.best)
    values = ", ".join(f"{path} {value}" for path, value in found.best.values)
    lines = [
        f"Best of {len(found.found.outcomes):,} by {found.by}: {values}",
        f"  return {best[-5]}, Sharpe {best[-4]}",
    ]
    if near is not None:
        kept = "" if near.kept is None else f", {100 * near.kept:.0f}% of the best"
        lines.append(f"Neighbours: {near.number}, median {near.median:.2f}{kept}, worst {near.worst:.2f}")
    if over is not None:
        lines.append(
            f"Overfitting: {100 * over.probability:.1f}% ({over.choices:,} ways to choose from {over.blocks} blocks); "
            f"a loss after choosing: {100 * over.loss:.1f}%"
        )
    if luck is not None:
        root = found.best.per_year**0.5
        lines.append(
            f"Luck: the best of {luck.trials:,} worthless configurations has Sharpe {luck.expected * root:.2f}; this "
            f"one is above that with a probability of {100 * luck.deflated:.1f}%"
        )
    lines += [f"DOUBT: {doubt}" for doubt in found.doubts]
    return lines if found.doubts else [*lines, "Nothing found speaks against it; the future may."]


def _page(study: Study, axes: "Sequence[Axis]", found: "Robustness") -> "Page":
    from openbell.report.sections import Tile
    from openbell.report.study import Page, table

    near, luck, over = found.around, found.luck, found.overfit
    best = cells(found.best)
    names = [*(axis.name for axis in axes), "Return", "Sharpe", "Drawdown", "Trades", "Wins"]
    return Page(
        title=study.prepared.spec.title,
        study="ROBUSTNESS",
        is_synthetic=study.source.is_synthetic,
        about=f"The best of {len(found.found.outcomes):,} runs by {found.by}: "
        + ", ".join(f"{path} {value}" for path, value in found.best.values),
        warnings=[f"Doubt: {doubt}." for doubt in found.doubts],
        tiles=[
            Tile("Sharpe of the best", best[-4], f"return {best[-5]}, largest fall {best[-3]}"),
            Tile(
                "More than luck",
                f"{100 * luck.deflated:.1f}%" if luck else "–",
                f"deflated Sharpe ratio after {found.found.trials:,} configurations",
            ),
            Tile(
                "Overfitting",
                f"{100 * over.probability:.1f}%" if over else "–",
                f"of {over.choices:,} choices end in the lower half" if over else "too few days or runs",
            ),
            Tile(
                "Kept by its neighbours",
                f"{100 * near.kept:.0f}%" if near and near.kept is not None else "–",
                f"median {near.median:.2f}, worst {near.worst:.2f}, of {near.number}" if near else "it has none",
            ),
        ],
        pictures=[*pictures(axes, found.found.outcomes), *_ranks(found)],
        tables=[table("The best and its neighbours", [], names, [best, *(cells(one) for one in found.beside)])],
        facts=facts_of(study, found.found),
        note="Luck: Bailey and López de Prado 2014. Overfitting: Bailey, Borwein, López de Prado and Zhu 2017. Both "
        "take the daily returns of each run; neighbours are one step away along one axis.",
    )


def _ranks(found: "Robustness") -> "list[Picture]":
    from openbell.report import plots
    from openbell.report.sheet import Picture

    if found.overfit is None:
        return []
    counts = [0] * 10
    for rank in found.overfit.ranks:
        counts[min(int(rank * 10), 9)] += 1
    bars = [
        plots.Column(
            f"{n * 10}%", float(count), f"{n * 10}% to {n * 10 + 10}%: {count:,} choices", "gain" if n > 4 else "loss"
        )
        for n, count in enumerate(counts)
    ]
    note = "Where the best in one half of the days stands in the other half: 0% is last, 100% first. Luck is flat."
    return [Picture("Rank after choosing", note, plots.columns("Rank after choosing", bars))]
