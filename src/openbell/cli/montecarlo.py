"""`openbell montecarlo`: what the same trades and days might as well have come to."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from openbell.cli.shell.failure import Wrong
from openbell.cli.shell.options import File
from openbell.cli.shell.spread import spread
from openbell.cli.shell.study import (
    Power,
    Seed,
    Study,
    facts_of,
    finish,
    head_of,
    open_study,
    told_interrupted,
    watched,
)
from openbell.cli.shell.study import Terms as Options
from openbell.cli.sweep import columns
from openbell.words import counted

if TYPE_CHECKING:
    from openbell.report.sheet import Picture
    from openbell.report.study import Page
    from openbell.research.bootstrap import Floats
    from openbell.run.study.montecarlo import MonteCarlo, Terms

EXAMPLES = """
openbell montecarlo my.yaml                              trades shuffled and redrawn, days in blocks, other costs
openbell montecarlo my.yaml --paths 5000 --ruin 30%      how many paths lose 30% of the start at any time
openbell montecarlo my.yaml --runs 50 --costs 0.2% --latency 2000 --seed 7 --json
"""


class Draws(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn."""

    paths: Annotated[int, typer.Option("--paths", metavar="N", help="Paths of each sort.")] = 1000
    block: Annotated[int, typer.Option("--block", metavar="DAYS", help="Trading days in a block.")] = 5
    ruin: Annotated[str, typer.Option("--ruin", metavar="SHARE", help="Loss of the start that is called ruin.")] = "50%"
    runs: Annotated[int, typer.Option("--runs", metavar="N", help="Runs with other costs and latency; 0: none.")] = 20
    costs: Annotated[
        str, typer.Option("--costs", metavar="SHARE", help="Most that spread and slippage are drawn up to.")
    ] = "0.05%"
    latency: Annotated[int, typer.Option("--latency", metavar="MS", help="Longest delay that is drawn, ms.")] = 1000
    seed: Seed = 1


@spread
def montecarlo(file: File, draws: Draws, power: Power, terms: Options) -> int:
    """Draw what might as well have happened: trades, days, costs and latency."""
    from openbell.run.study.montecarlo import montecarlo as drawn
    from openbell.run.study.sweep import Sweep

    asked = _terms(draws)
    study = open_study("montecarlo", file, terms, asked.runs, power)
    found = watched(study, asked.runs, lambda watch: drawn(study.desk, study.prepared, asked, watch))
    if isinstance(found, Sweep):
        return told_interrupted(study, found)
    finish(study, head_of(study) | _data(found), _lines(found), _page(study, found))
    return 0


def _terms(draws: Draws) -> "Terms":
    """Return what was asked.

    Raises:
        Wrong: A number is out of its bounds.
    """
    from openbell.run.study.montecarlo import Terms

    for name, number, least in (
        ("paths", draws.paths, 1), ("block", draws.block, 1), ("runs", draws.runs, 0), ("latency", draws.latency, 0),
    ):  # fmt: skip
        if number < least:
            raise Wrong(f"--{name}: {number} is too small", f"write a number from {least} on")
    ruin, costs = share("--ruin", draws.ruin), share("--costs", draws.costs)
    if not ruin:
        raise Wrong("--ruin: a loss of nothing is no ruin", "write for example --ruin 50%")
    return Terms(
        paths=draws.paths,
        block=draws.block,
        seed=draws.seed,
        ruin=float(ruin),
        runs=draws.runs,
        costs=costs,
        latency_ms=draws.latency,
    )


def share(option: str, text: str) -> Decimal:
    """Return a share of one, written `5%` or `0.05`.

    Raises:
        Wrong: It is none.
    """
    try:
        found = Decimal(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ArithmeticError:
        found = Decimal(-1)
    if not 0 <= found <= 1:
        raise Wrong(f"{option}: {text!r} is not a share of one", "write it like 5% or 0.05")
    return found


def _sorts(found: "MonteCarlo") -> "list[tuple[str, str, Floats, Floats, float | None]]":
    """Return a row for each sort of draws: name, what it is, final results, deepest falls, share ruined."""
    import numpy as np

    ruin = found.terms.ruin
    rows: list[tuple[str, str, Floats, Floats, float | None]] = [
        (name, told, paths.final, paths.deepest, paths.ruined(ruin))
        for name, told, paths in (
            ("trades_shuffled", "the same trades in another order", found.shuffled),
            ("trades_redrawn", "as many trades, drawn from all", found.redrawn),
            ("blocks_of_days", f"days drawn in blocks of {found.terms.block}", found.blocks),
        )
    ]
    made = [one for one in found.costs.outcomes if not one.refused]
    if made:
        final, deepest = np.array([one.total_return for one in made]), np.array([one.max_drawdown for one in made])
        rows.append(("costs", "other costs and latency", final, deepest, None))
    return rows


def _data(found: "MonteCarlo") -> dict[str, object]:
    from openbell.research.bootstrap import percentiles

    terms = found.terms
    return {
        "is_complete": True,
        "seed": terms.seed,
        "paths": terms.paths,
        "block": terms.block,
        "ruin": terms.ruin,
        "trades": found.trades,
        "days": found.days,
        "runs": len(found.costs.outcomes),
        "made": found.costs.made,
        "results": {
            name: {
                "return": percentiles(final),
                "drawdown": percentiles(deepest),
                "ruined": ruined,
            }
            for name, _, final, deepest, ruined in _sorts(found)
        },
    }


def _rows(found: "MonteCarlo") -> list[list[str]]:
    from openbell.research.bootstrap import percentiles

    rows = []
    for _, told, final, deepest, ruined in _sorts(found):
        ends, falls = percentiles(final), percentiles(deepest)
        shown = [f"{100 * ends[name]:+.2f}%" for name in ("p5", "p50", "p95")]
        shown += [f"{100 * falls[name]:.2f}%" for name in ("p50", "p95", "p99")]
        rows.append([told, *shown, f"{100 * ruined:.1f}%" if ruined is not None else "–"])
    return rows


_NAMES = ("return 5%", "50%", "95%", "drawdown 50%", "95%", "99%", "ruined")


def _lines(found: "MonteCarlo") -> list[str]:
    terms = found.terms
    drawn = f"{counted(terms.paths, 'path')} of {counted(found.trades, 'trade')} and {counted(found.days, 'day')}"
    return [
        *columns(["drawn", *_NAMES], _rows(found)),
        f"{drawn}, seed {terms.seed}.",
        f"Ruin is a loss of {100 * terms.ruin:g}% of the start at any time.",
    ]  # fmt: skip


def _page(study: Study, found: "MonteCarlo") -> "Page":
    from openbell.report.sections import Tile
    from openbell.report.study import Page, table
    from openbell.research.bootstrap import percentiles

    terms, falls = found.terms, percentiles(found.blocks.deepest)
    account = found.result.book.truth.accounts[study.desk.subject.account]
    return Page(
        title=study.prepared.spec.title,
        study="MONTE CARLO",
        is_synthetic=study.source.is_synthetic,
        about=f"{terms.paths:,} paths of each sort, seed {terms.seed}",
        tiles=[
            Tile("Largest fall of the run", f"{100 * account.max_drawdown:.2f}%", "as it happened, at every bar"),
            Tile("Fall in 1 of 20", f"{100 * falls['p95']:.2f}%", "or deeper, days in blocks"),
            Tile("Paths that lose", f"{100 * float((found.blocks.final < 0).mean()):.1f}%", "days in blocks"),
            Tile("Ruin", f"{100 * found.blocks.ruined(terms.ruin):.1f}%", f"{100 * terms.ruin:g}% of the start lost"),
        ],
        pictures=_pictures(found),
        tables=[table("Percentiles", ["Drawn"], [name[0].upper() + name[1:] for name in _NAMES], _rows(found))],
        facts=facts_of(study),
        note="Trades are drawn without compounding, days with it. Falls of paths are seen at ends of trades or days.",
    )  # fmt: skip


def _pictures(found: "MonteCarlo") -> "list[Picture]":
    from openbell.report import curves
    from openbell.report.sheet import Picture
    from openbell.research.bootstrap import LEVELS

    made = []
    for title, paths, ends in (
        ("Days in blocks", found.blocks, ("first day", "last day")),
        ("Trades redrawn", found.redrawn, ("first trade", "last trade")),
    ):
        lines = [
            curves.Line(f"{100 * level:g}%", column.tolist(), "main" if level == 0.5 else "")
            for level, column in zip(LEVELS, paths.fan.T, strict=True)
        ]
        note = "Equity of a start of 1: thick the middle path, thin those that 1, 5, 25, 75, 95 and 99% stay below."
        made.append(Picture(title, note, curves.lines(title, lines, ends)))
    return made
