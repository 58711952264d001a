"""`openbell operations`: what was checked when, and how it went; ticks and approvals."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openbell.cli.shell.failure import DONE, FAILED, REFUSED, Wrong
from openbell.cli.shell.options import Json, StateOption, StateWord
from openbell.cli.shell.output import say, say_json

if TYPE_CHECKING:
    from openbell.run.operations.outcome import Outcome, Proposal

EXAMPLES = """
openbell operations                                  the latest day: each step, its verdict, what it found
openbell operations runs/a --on 2024-01-03 --json    another day, with every figure
openbell operations --tick review_overnight_news --note "nothing on our names"
openbell operations --approve daily_loss-2024-01-07  put a proposed limit into the file and into the run that lives
"""
OnDate = Annotated[
    str | None, typer.Option("--on", metavar="DATE", help="A day; default: the latest.", show_default=False)
]
TickStep = Annotated[
    str | None, typer.Option("--tick", metavar="STEP", help="Say that a person has done a step.", show_default=False)
]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="What the person says of it.", show_default=False)]
Approve = Annotated[
    str | None, typer.Option("--approve", metavar="ID", help="Approve a proposed limit.", show_default=False)
]
BY_HAND = ("review_overnight_news",)
"""Steps that wait for a person."""


def operations(
    word: StateWord = None,
    state: StateOption = None,
    on: OnDate = None,
    tick: TickStep = None,
    note: Note = "",
    approve: Approve = None,
    as_json: Json = False,
) -> int:
    """Show what a run's operations found; tick what is done by hand; approve a limit."""
    from openbell.cli.shell.place import chosen
    from openbell.run.operations.outcome import kept, proposals

    folder = chosen(word, state)
    if tick is not None:
        return _tick(folder, tick, note, as_json=as_json)
    if approve is not None:
        return _approve(folder, approve, as_json=as_json)
    every = list(kept(folder))
    day = on or max((one.date for one in every), default="")
    found = [one for one in every if one.date == day]
    if not found:
        what = f"{folder} has done no operations" + (f" on {day}" if day else "")
        raise Wrong(what, "write operations: {} into the file, and let it run over a session")
    _show(folder, found, [one for one in proposals(folder) if not one.approved], as_json=as_json)
    return FAILED if any(one.level == "fail" for one in found) else DONE


def _show(folder: Path, found: "list[Outcome]", waiting: "list[Proposal]", *, as_json: bool) -> None:
    import msgspec

    from openbell.report.figures import utc

    if as_json:
        steps = [{**msgspec.to_builtins(one), "ts": utc(one.ts), "wall": utc(one.wall)} for one in found]
        say_json({"state": str(folder), "date": found[0].date, "steps": steps,
                  "proposals": msgspec.to_builtins(waiting)})  # fmt: skip
        return
    say(f"{folder}: operations of {found[0].date}")
    for one in found:
        say(f"{one.level:<4}  {utc(one.ts)}  {one.block}, {one.step or 'all'}: {one.told}")
    counts = [sum(one.level == level for one in found) for level in ("ok", "warn", "fail")]
    say(f"{counts[0]} ok, {counts[1]} warn, {counts[2]} fail")
    for one_waiting in waiting:
        say(f"proposed: {one_waiting.rule} {one_waiting.now} to {one_waiting.wanted}: {one_waiting.why}; "
            f"openbell operations --approve {one_waiting.id}")  # fmt: skip


def _tick(folder: Path, step: str, note: str, *, as_json: bool) -> int:
    """Leave a tick for the run.

    Raises:
        Wrong: No person is asked about that step.
    """
    from openbell.cli.shell.order import actor
    from openbell.run.operations.outcome import Tick, tick

    if step not in BY_HAND:
        raise Wrong(f"--tick: {step!r} is not done by hand", f"known: {', '.join(BY_HAND)}")
    tick(folder, step, Tick(actor=actor(), note=note))
    if as_json:
        say_json({"state": str(folder), "step": step, "actor": actor(), "note": note})
    else:
        say(f"{step}: ticked by {actor()}; the run takes it the next time it is due")
    return DONE


def _approve(folder: Path, name: str, *, as_json: bool) -> int:
    """Put a proposed limit into the file and the run.

    Raises:
        Wrong: There is no such proposal, it is approved already, or no engine could take it over.
        ConfigError: The file would not be right with it.
    """
    import msgspec

    from openbell.cli.shell.begin import prepare
    from openbell.cli.shell.order import Word, actor, give
    from openbell.config.amend import with_limit
    from openbell.run import state as states
    from openbell.run.listings import begun_with
    from openbell.run.operations.outcome import proposals, propose
    from openbell.run.records import first_event
    from openbell.run.reload import change_of

    known = {one.id: one for one in proposals(folder)}
    if name not in known or known[name].approved:
        waiting = [one.id for one in known.values() if not one.approved]
        what = f"{name} was approved by {known[name].approved}" if name in known else f"{name!r} is not proposed"
        raise Wrong(what, f"waiting: {', '.join(waiting) or 'nothing'}")
    if not states.runner(folder):
        raise Wrong(f"no engine runs {folder}, and only one that lives takes a limit over", "start it first", REFUSED)
    proposal, file = known[name], Path(states.read_origin(folder).file)
    if file.suffix not in (".yaml", ".yml"):
        raise Wrong(f"{file} is no YAML, and is left alone", f"write {proposal.rule}.limit = {proposal.wanted}; reload")
    draft = file.with_name(f".{file.stem}.approved{file.suffix}")
    draft.write_text(with_limit(file.read_text(encoding="utf-8"), proposal.rule, proposal.wanted), encoding="utf-8")
    try:
        prepared, _ = prepare(draft, None, known=begun_with(states.journal(folder)))
        change = change_of(prepared, first_event(states.journal(folder)), actor(), is_confirmed=False)
        reason = f"{proposal.rule} {proposal.now} to {proposal.wanted}, as proposed"
        told = Word(kind="config", reason=reason, change=msgspec.json.encode(change).decode())
        if not give(folder, told, as_json=as_json, effect=f"{file} has the new limit"):
            raise Wrong("the engine has not taken it", "openbell status; then approve it again", REFUSED)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    proposal.approved = actor()
    propose(folder, proposal)
    return DONE
