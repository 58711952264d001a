"""`openbell drift`: does a run do what its file promised? If not, a proposal."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from openbell.cli.shell.failure import DIFFERENT, DONE, Wrong
from openbell.cli.shell.options import Json, StateOption, StateWord
from openbell.cli.shell.output import say, say_json, tell
from openbell.cli.shell.spread import spread
from openbell.cli.shell.study import (
    AccountOption,
    Html,
    Jobs,
    StoreOption,
    Study,
    Terms,
    facts_of,
    publish,
    told_interrupted,
    watched,
)
from openbell.words import counted

if TYPE_CHECKING:
    from openbell.config.operations import ParameterReview
    from openbell.report.study import Page
    from openbell.run.assemble import Prepared
    from openbell.run.study.drift import Drift, Stretch, Subject
    from openbell.run.study.reoptimize import Done

EXAMPLES = """
openbell drift runs/a                            live days against a backtest, and the market against before
openbell drift runs/a --data bars                with recorded bars of the days before the run
openbell drift runs/a --grid deployments.cross.strategy.fast=4:20:4 --when "parameter_drift > 0.5"
openbell drift runs/a --approve 2024-03-28       take the next stage of what was proposed: a file, and what to do
openbell drift runs/a --rollback 2024-03-28      the way back

Conditions and grid of the file's operations.parameter_review count where none are given. Exit code 4: a condition
holds. Nothing that trades is changed: values are proposed, and a person takes each stage.
"""
USUAL = ("performance_degradation > 0.3", "new_regime_detected")
USUAL_OF_GRID = ("parameter_drift > 0.5",)


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at."""

    when: Annotated[
        list[str],
        typer.Option("--when", metavar="CONDITION", help="What counts as drift; may be given again.",
                     show_default=False),
    ] = msgspec.field(default_factory=list)  # fmt: skip
    grid: Annotated[
        list[str],
        typer.Option("--grid", metavar="PATH=LOW:HIGH:STEP|PATH=A,B,C", help="Options that may have other values.",
                     show_default=False),
    ] = msgspec.field(default_factory=list)  # fmt: skip
    recent: Annotated[
        int | None,
        typer.Option("--recent", metavar="DAYS", help="Trading days at the end; default: 20.", show_default=False),
    ] = None
    folds: Annotated[
        int | None,
        typer.Option("--folds", metavar="N", help="Stretches that the walk-forward judges; default: 4.",
                     show_default=False),
    ] = None  # fmt: skip
    train: Annotated[
        int | None,
        typer.Option(
            "--train", metavar="DAYS", help="Days before each that it chooses in; default: all.", show_default=False
        ),
    ] = None
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR|FILE", help="Recorded bars of the days before the run.",
                     show_default=False),
    ] = None  # fmt: skip
    account: AccountOption = None
    store: StoreOption = None
    jobs: Jobs = None
    html: Html = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What a person decides on a proposal."""

    approve: Annotated[
        str | None,
        typer.Option("--approve", metavar="ID", help="Take the next stage of a proposal.", show_default=False),
    ] = None
    rollback: Annotated[
        str | None, typer.Option("--rollback", metavar="ID", help="Take a proposal back.", show_default=False)
    ] = None


@spread
def drift(look: Look, step: Step, word: StateWord = None, state: StateOption = None, as_json: Json = False) -> int:
    """Compare a run with its backtest; where it has drifted, propose other values."""
    from openbell.cli.shell.place import chosen

    folder = chosen(word, state)
    if step.approve is not None and step.rollback is not None:
        raise Wrong("--approve and --rollback are given", "give one of them")
    if step.approve is not None:
        return _go(folder, step.approve, is_back=False, as_json=as_json)
    if step.rollback is not None:
        return _go(folder, step.rollback, is_back=True, as_json=as_json)
    return _look(folder, look, as_json=as_json)


def _look(folder: Path, look: Look, *, as_json: bool) -> int:
    from openbell.run.ahead import processors
    from openbell.run.study.drift import drift as drifted
    from openbell.run.study.life import Bench, prepared_of, subject_of_run
    from openbell.run.study.reoptimize import reoptimize
    from openbell.run.study.sweep import Sweep

    prepared = prepared_of(folder)
    terms = _terms(prepared, look)
    jobs = look.jobs if look.jobs is not None else processors()
    bench = Bench(account=look.account, store=look.store, jobs=jobs, before=_before(prepared, look.data))
    subject = subject_of_run(folder, prepared, terms, bench)
    study = Study(
        name="drift", file=Path(prepared.loaded.path), terms=Terms(html=look.html, as_json=as_json),
        desk=subject.desk, prepared=prepared, source=subject.desk.source, reason=subject.reason,
    )  # fmt: skip
    found = watched(study, len(subject.values) + 1, lambda watch: drifted(subject, watch))
    if isinstance(found, Sweep):
        return told_interrupted(study, found)
    done: list[Done] = []
    if found.has_drifted and terms.grid:
        made = watched(study, len(subject.values), lambda watch: reoptimize(subject, found, watch))
        if isinstance(made, Sweep):
            return told_interrupted(study, made)
        done = made
    _told(study, (subject, found, done), as_json=as_json)
    return DIFFERENT if found.has_drifted else DONE


def _terms(prepared: "Prepared", look: Look) -> "ParameterReview":
    """Return the terms of the file, with what the command line says in their place.

    Raises:
        Wrong: A condition or number is wrong.
    """
    from openbell.config.choose import check
    from openbell.config.explain import Fault
    from openbell.config.operations import ParameterReview

    operations = prepared.loaded.config.operations
    review = operations.parameter_review if operations is not None else None
    own = (review or ParameterReview()).model_dump(mode="json")
    given = {"triggers": look.when, "grid": look.grid, "recent": look.recent, "folds": look.folds, "train": look.train}
    merged = own | {key: value for key, value in given.items() if value}
    merged["triggers"] = merged["triggers"] or [*USUAL, *(USUAL_OF_GRID if merged["grid"] else ())]
    faults: list[Fault] = []
    made = check(ParameterReview, merged, faults)
    if made is None:
        options = {"triggers": "--when: ", "recent": "--recent: ", "folds": "--folds: ", "train": "--train: "}
        raise Wrong(options.get(str((*faults[0].loc, "")[0]), "") + faults[0].what, faults[0].advice)
    return made


def _before(prepared: "Prepared", data: Path | None) -> Any:
    """Return the recorded bars of the days before, None where none are named."""
    from openbell.cli.shell.begin import Asked, begin

    if data is None:
        return None
    return begin(Asked(file=Path(prepared.loaded.path), data=data))[1]


# --- what was found -------------------------------------------------------------------------------------------------


def _told(study: Study, what: "tuple[Subject, Drift, list[Done]]", *, as_json: bool) -> None:
    subject, found, done = what
    notes = list(found.notes)
    place = publish(study, _page(study, subject, found, done), notes)
    if as_json:
        say_json(_data(subject, found, done) | {"report": str(place) if place else None, "notes": notes})
        return
    for note in notes:
        tell(f"note: {note}")
    for line in _lines(subject, found, done):
        say(line)
    if place is not None:
        say(f"Report: {place}")


def _data(subject: "Subject", found: "Drift", done: "list[Done]") -> dict[str, object]:
    told = msgspec.to_builtins(found)
    for name in ("before", "expected", "live"):
        del told[name]["levels"]
    from openbell.run.study.reoptimize import STEPS

    return {
        "verb": "drift", "state": str(subject.state), "has_drifted": found.has_drifted, **told,
        "steps": [msgspec.to_builtins(one) for one in done],
        "proposal": found.live.last if len(done) == len(STEPS) else None,
    }  # fmt: skip


def _rows(found: "Drift") -> list[list[str]]:
    def row(one: "Stretch") -> list[str]:
        ratio = f"{one.sharpe:.2f}" if one.sharpe is not None else "–"
        between = f"{one.interval.low:.1f} to {one.interval.high:.1f}" if one.interval is not None else "–"
        days = f"{one.first} to {one.last}" if one.days else "–"
        return [one.name, days, f"{one.days:,}", f"{100 * one.total:+.2f}%", ratio, between, f"{100 * one.fall:.2f}%"]

    return [row(one) for one in (found.before, found.expected, found.live)]


HEAD = ["", "from, to", "days", "return", "Sharpe", "95%", "largest fall"]


def _word(holds: bool | None) -> str:
    return "YES" if holds else "no" if holds is not None else "cannot be told"


def _lines(subject: "Subject", found: "Drift", done: "list[Done]") -> list[str]:
    from openbell.cli.sweep import columns
    from openbell.run.study.reoptimize import STEPS

    lines = [*columns(HEAD, _rows(found)), ""]
    lines += [f"{one.text}: {_word(one.holds)}. {one.why}." for one in found.conditions]
    if not found.has_drifted:
        return [*lines, "No drift: nothing is to be done."]
    if not done:
        return [*lines, "Drift. Name values to choose from with --grid, and others are looked for and judged."]
    lines += ["", *(f"{n}. {one.step}: {one.told}." for n, one in enumerate(done, 1))]
    if len(done) == len(STEPS):
        lines.append(
            f"Nothing is changed. Take the first stage: openbell drift {subject.state} --approve {found.live.last}"
        )
    else:
        lines.append("Nothing is proposed: the present values stay.")
    return lines


def _page(study: Study, subject: "Subject", found: "Drift", done: "list[Done]") -> "Page":
    from openbell.report.curves import Line, lines
    from openbell.report.sections import Tile
    from openbell.report.sheet import Picture
    from openbell.report.study import Page, table

    svg = lines(
        "Equity", [Line("backtest", found.expected.levels), Line("traded", found.live.levels, "main")],
        (found.live.first, found.live.last),
    )  # fmt: skip
    tables = [
        table("Stretches", HEAD[:2], HEAD[2:], _rows(found)),
        table("Conditions", ["Condition", "Holds", "Why"], [],
              [[one.text, _word(one.holds), one.why] for one in found.conditions]),
        table("The market", ["Symbol", "Of a day", "New"], ["Before", "Recent", "Distance", "By chance"],
              [[symbol, one.feature, _word(one.is_new), f"{one.before:.4f}", f"{one.recent:.4f}",
                f"{one.distance:.2f}", f"{one.probability:.3g}"]
               for symbol, each in found.shifts.items() for one in each or ()]),
    ]  # fmt: skip
    if done:
        tables.append(table("Steps", ["Step", "Told"], [], [[one.step, one.told] for one in done]))
    lost = f"{100 * found.degradation:.0f}%" if found.degradation is not None else "–"
    return Page(
        title=study.prepared.spec.title,
        study="DRIFT",
        is_synthetic=study.source.is_synthetic,
        about=f"{subject.state}, account {found.account}: the last {counted(found.live.days, 'day')} as traded, "
        "against backtests of the same file over the same days and those before",
        warnings=list(found.notes),
        tiles=[
            Tile("Drift", "yes" if found.has_drifted else "no", counted(len(found.conditions), "condition")),
            Tile("Ratio lost", lost, "of the Sharpe ratio of the days before"),
            Tile("Best values", f"{found.moved:.2f}" if found.moved is not None else "–", "of the grid away"),
        ],
        pictures=[Picture("Growth of 1 over the recent days", "Thin: the backtest.", svg)],
        tables=tables,
        facts=facts_of(study),
        note="Nothing that trades is changed by this; a person takes each stage of what is proposed.",
    )


# --- a person's word ------------------------------------------------------------------------------------------------


def _go(folder: Path, name: str, *, is_back: bool, as_json: bool) -> int:
    """Write the file of the next stage, or of the way back, and say what to do with it.

    Raises:
        Wrong: There is no such stage, or the file was changed meanwhile. ConfigError: The new file would not be right.
    """
    from hashlib import sha256

    from openbell.cli.shell.begin import prepare
    from openbell.cli.shell.order import actor
    from openbell.files import SHARED, write_whole
    from openbell.run import state as states
    from openbell.run.listings import begun_with
    from openbell.run.study.transition import Taken, commands, file_at, keep, named

    made = named(folder, name)
    share = ("0" if made.share not in ("", "0") else "") if is_back else made.next_share
    if not share:
        what = (
            "nothing of it was taken" if not made.share else "it was taken back" if made.share == "0" else "it has all"
        )
        raise Wrong(f"{name} has no {'way back' if is_back else 'further stage'}: {what}", f"openbell drift {folder}")
    file, target = Path(made.file), made.target
    if file.suffix not in (".yaml", ".yml"):
        raise Wrong(f"{file} is no YAML, and is left alone", f"write {dict(made.values)} into it yourself")
    text = file.read_text(encoding="utf-8")
    if sha256(text.encode()).hexdigest() != made.digest:
        raise Wrong(f"{file} was changed since {name} was proposed", f"openbell drift {folder} proposes anew")
    draft = target.with_name(f".{target.stem}.draft{target.suffix}")
    try:
        write_whole(draft, file_at(made, text, share).encode(), mode=SHARED)
        prepare(draft, None, known=begun_with(states.journal(folder)))
        draft.replace(target)
    except ValueError as error:
        raise Wrong(str(error), f"rename what is in {file}") from None
    finally:
        draft.unlink(missing_ok=True)
    todo = commands(made, share)
    keep(folder, msgspec.structs.replace(made, taken=(*made.taken, Taken(share=share, actor=actor()))))
    if as_json:
        say_json({"state": str(folder), "id": name, "share": share, "file": str(target), "actor": actor(),
                  "commands": todo})  # fmt: skip
        return DONE
    if is_back:
        say(f"{target}: the present values have all of the capital again. Nothing has changed yet; now:")
    else:
        beside = "" if share == "1" else ", beside the present ones"
        say(f"{target}: the proposed values with {100 * float(share):g}% of the capital{beside}.")
        say("Nothing trades so yet; now:")
    for one in todo:
        say(f"  {one}")
    return DONE
