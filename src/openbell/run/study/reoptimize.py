"""Choosing values anew after a drift: four steps, each kept. The last one proposes."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from openbell.config.operations import Bounds
from openbell.files import write_whole
from openbell.report import returns
from openbell.report.figures import utc
from openbell.research.folds import Terms, by_drawdown
from openbell.run.study.drift import Drift, Subject, number, present_of
from openbell.run.study.sweep import Sweep, Watch, sweep
from openbell.run.study.transition import FOLDER, Transition, keep
from openbell.run.study.trial import Outcome, StudyError, Values
from openbell.run.study.walkforward import Walk, walkforward

STEPS = (
    "collect_recent_data", "run_walk_forward_update", "validate_new_parameters", "gradual_parameter_transition",
)  # fmt: skip
BY = "sharpe"


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one step.

    Attributes:
        step: Out of `STEPS`. is_well: False where the ones behind it are not taken. told: In words.
        details: Its figures.
    """

    step: str
    is_well: bool
    told: str
    details: dict[str, Any] = {}


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """Values to be judged, by days that they were not chosen on.

    Attributes:
        values: They. efficiency: Part of what was seen inside samples that was kept outside, None for nothing seen.
        gain: Return over the judged days above that of the present values. fall: Deepest in them, a positive fraction.
        trades: Closed over all days. days: How many are judged.
    """

    values: Values
    efficiency: float | None
    gain: float
    fall: float
    trades: int
    days: int


def reoptimize(subject: Subject, found: Drift, watch: Watch) -> list[Done] | Sweep:
    """Take the four steps, each where the one before went well.

    The sweep is returned where it was ended early.

    Args:
        subject: What is looked at.
        found: How it has drifted.
        watch: Sees the progress.

    Raises:
        StudyError: There is no grid, or too few days for the folds. And as `sweep`. OSError: A step cannot be kept.
    """
    terms = subject.terms
    if not terms.grid:
        raise StudyError("no values to choose from are named", "add --grid deployments.NAME.strategy.OPTION=A,B,C")
    folder = place_of(subject.state, found)
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("[1-4]-*.json"):
        stale.unlink()
    done = [_kept(folder, _collected(subject, found))]
    walk = walkforward(subject.desk, subject.values, (BY, Terms(folds=terms.folds, train=terms.train or 0)), watch)
    if isinstance(walk, Sweep):
        return walk
    candidate = candidate_of(walk, sweep(subject.desk, [()], watch).outcomes[0])
    done.append(_kept(folder, _walked(walk, candidate)))
    done.append(_kept(folder, validated(candidate, present_of(subject.prepared, subject.axes), terms.bounds)))
    if done[-1].is_well:
        done.append(_kept(folder, _proposed(subject, found, candidate)))
    return done


def place_of(state: Path, found: Drift) -> Path:
    """Return where the steps of a drift are kept: a folder for its last day."""
    return state / FOLDER / found.live.last


def candidate_of(walk: Walk, own: Outcome) -> Candidate:
    """Return what the last fold chose, judged on days that nothing was chosen on.

    Args:
        walk: The walk-forward.
        own: The run with the present values.
    """
    step = walk.steps[-1]
    chosen = walk.having[step.chosen]
    days = slice(*step.fold.test)
    return Candidate(
        values=chosen.values,
        efficiency=walk.efficiency,
        gain=returns.total(chosen.daily[days]) - returns.total(own.daily[days]),
        fall=-float(by_drawdown(np.array(chosen.daily[days], dtype=np.float64)[:, None])[0]),
        trades=chosen.trades,
        days=step.fold.test[1] - step.fold.test[0],
    )


def validated(candidate: Candidate, present: Values, bounds: Bounds) -> Done:
    """Judge a candidate: at every bound it passes, beyond one it is refused. Pure."""
    kept = candidate.efficiency
    checks: Mapping[str, tuple[float | int | None, Decimal | int, Callable[[Decimal, Decimal], bool]]] = {
        "min_efficiency": (kept, bounds.min_efficiency, Decimal.__ge__),
        "min_gain": (candidate.gain, bounds.min_gain, Decimal.__ge__),
        "max_drawdown": (candidate.fall, bounds.max_drawdown, Decimal.__le__),
        "min_trades": (candidate.trades, bounds.min_trades, Decimal.__ge__),
    }
    wrong = []
    for name, (value, bound, passes) in checks.items():
        if value is None or not passes(Decimal(f"{value:.6f}"), Decimal(bound)):
            shown = (
                "nothing to be told of" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.4f}"
            )
            wrong.append(f"{name} {bound}: {shown}")
    if _same(candidate.values, present):
        wrong.append("the present values were chosen again")
    figures = {name: value for name, (value, _, _) in checks.items()}
    details = {"values": dict(candidate.values), "present": dict(present), "judged_days": candidate.days,
               "figures": figures, "bounds": bounds.model_dump(mode="json"), "refused": wrong}  # fmt: skip
    told = f"refused: {'; '.join(wrong)}" if wrong else f"within every bound on {candidate.days} days it had not seen"
    return Done(step=STEPS[2], is_well=not wrong, told=told, details=details)


def _same(one: Values, other: Values) -> bool:
    """Say whether two points are one; 0.01 and 1% are the same."""
    here, there = (
        {path: text if (exact := number(text)) is None else exact for path, text in side} for side in (one, other)
    )
    return here == there


def _collected(subject: Subject, found: Drift) -> Done:
    source = subject.desk.source
    first = utc(min(int(table.open_ts[0]) for table in source.tables))
    details = {
        "data": source.digest, "bars": source.bars, "first": first, "last": found.live.last,
        "days_before": found.before.days, "recent_days": found.expected.days,
        "symbols": {table.symbol: len(table) for table in source.tables},
    }  # fmt: skip
    told = f"{source.bars:,} bars of {len(source.tables)} series from {first} to {found.live.last}"
    return Done(step=STEPS[0], is_well=True, told=told, details=details)


def _walked(walk: Walk, candidate: Candidate) -> Done:
    folds = [
        {"chosen_in": [walk.dates[s.fold.train[0]], walk.dates[s.fold.train[1] - 1]],
         "judged_in": [walk.dates[s.fold.test[0]], walk.dates[s.fold.test[1] - 1]],
         "values": dict(walk.having[s.chosen].values), "inside": s.inside, "outside": s.outside}
        for s in walk.steps
    ]  # fmt: skip
    kept = "nothing could be kept" if walk.efficiency is None else f"{100 * walk.efficiency:.0f}% was kept outside"
    chosen = words(candidate.values)
    told = f"{len(walk.having):,} configurations in {len(folds)} folds, {kept}; the last one chose {chosen}"
    return Done(step=STEPS[1], is_well=True, told=told, details={"folds": folds, "efficiency": walk.efficiency})


def _proposed(subject: Subject, found: Drift, candidate: Candidate) -> Done:
    made = Transition(
        id=found.live.last,
        file=str(subject.prepared.loaded.path),
        digest=subject.desk.subject.text,
        values=candidate.values,
        present=present_of(subject.prepared, subject.axes),
        stages=tuple(f"{share:f}" for share in subject.terms.stages),
    )
    keep(subject.state, made)
    shares = ", ".join(f"{float(100 * share):g}%" for share in (*subject.terms.stages, Decimal(1)))
    told = f"proposed, nothing is changed: {words(made.values)} beside what trades with {shares} of its capital"
    return Done(step=STEPS[3], is_well=True, told=told, details=msgspec.to_builtins(made))


def words(values: Values) -> str:
    """Return values in words, by the last step of their paths."""
    return ", ".join(f"{path.rpartition('.')[2]} {value}" for path, value in values)


def _kept(folder: Path, done: Done) -> Done:
    number = STEPS.index(done.step) + 1
    write_whole(folder / f"{number}-{done.step}.json", msgspec.json.format(msgspec.json.encode(done)))
    return done


def steps_of(folder: Path) -> list[Done]:
    """Return the steps that are kept in a folder, in order."""
    return [msgspec.json.decode(file.read_bytes(), type=Done) for file in sorted(folder.glob("[1-4]-*.json"))]
