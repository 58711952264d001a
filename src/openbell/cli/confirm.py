"""`openbell confirm`: answer the entries that wait for a person."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openbell.cli.shell.options import Json, StateOption, StateWord

if TYPE_CHECKING:
    from openbell.core.effects import Ask
    from openbell.core.exposure import Draft
    from openbell.run.reading import Read

EXAMPLES = """
openbell confirm                    what waits, each asked about in turn
openbell confirm --json             what waits, for machines
openbell confirm --answer yes       the one entry that waits is sent; --answer no is a no
openbell confirm --answer 120       a large one is confirmed by typing its quantity
"""
Id = Annotated[str | None, typer.Option("--id", metavar="ID", help="Which, where several wait.", show_default=False)]
AnswerWord = Annotated[
    str | None, typer.Option("--answer", metavar="yes|no|QTY", help="Without a question.", show_default=False)
]


def confirm(
    word: StateWord = None,
    state: StateOption = None,
    key: Id = None,
    answer: AnswerWord = None,
    as_json: Json = False,
) -> int:
    """Confirm or refuse the entries that wait for a person; silence is a no."""
    from openbell.cli.shell.failure import Wrong
    from openbell.cli.shell.output import say, say_json
    from openbell.cli.shell.place import chosen
    from openbell.run import state as states
    from openbell.run.clock import WallClock
    from openbell.run.people import time_of, waiting
    from openbell.run.reading import read_book

    folder = chosen(word, state)
    read = read_book(states.journal(folder))
    now = time_of(read.book, WallClock().now())
    asks = [ask for ask in waiting(read.book, now) if key in (None, ask.id)]
    if answer is not None:
        if len(asks) != 1:
            what = "no entry waits for a person" if not asks else f"{len(asks)} entries wait"
            raise Wrong(what if key is None else f"{what} as {key}", "openbell confirm --json lists them; name one")
        told = _give(folder, asks[0], answer)
        say_json(told) if as_json else say(_line(told))
        return 0
    if as_json:
        say_json({"state": str(folder), "waiting": [_data(ask) for ask in asks]})
        return 0
    if not asks:
        say("no entry waits for a person")
    for ask in asks:
        say(_plan(read, ask))
        if sys.stdin.isatty():
            typed = typer.prompt(_question(ask), default="no")
            say(_line(_give(folder, ask, str(typed).strip())))
    return 0


def _question(ask: "Ask") -> str:
    return f"type the quantity ({_draft(ask).qty:f}) to send it; yes does for a small one"


def _plan(read: "Read", ask: "Ask") -> str:
    from openbell.report.console import Words, text_plan

    draft = _draft(ask)
    return text_plan(read.book, draft, Words(action=draft.side.upper()), read.genesis.mode)


def _draft(ask: "Ask") -> "Draft":
    import msgspec

    from openbell.core.exposure import Draft

    return msgspec.json.decode(ask.question, type=Draft)


def _data(ask: "Ask") -> dict[str, Any]:
    from openbell.cli.shell.options import shown_time

    draft = _draft(ask)
    return {
        "id": ask.id, "deployment": ask.deployment, "account": draft.account, "instrument": draft.instrument,
        "side": str(draft.side), "qty": f"{draft.qty:f}", "type": str(draft.type), "until": shown_time(ask.deadline),
    }  # fmt: skip


def _give(folder: Path, ask: "Ask", answer: str) -> dict[str, Any]:
    """Give an answer to the engine, and return what became of it.

    Raises:
        Wrong: No engine takes it.
    """
    from openbell.cli.shell.failure import FAILED, Wrong
    from openbell.cli.shell.order import actor
    from openbell.core.events import Command
    from openbell.run import giving
    from openbell.run.clock import WallClock

    command = Command(ts=0, id=giving.new_id(WallClock()), kind="confirm", actor=actor(), scope=ask.id, change=answer)
    reply = giving.over_socket(folder, command)
    if reply is None or not reply.get("ok"):
        why = "no engine answers" if reply is None else str(reply.get("error"))
        raise Wrong(f"{ask.id}: {why}", "the entry is not sent; openbell status shows what runs", FAILED)
    return {"id": ask.id, "answer": answer, "orders": reply["orders"], "code": reply["code"], "told": reply["told"]}


def _line(told: dict[str, Any]) -> str:
    if told["orders"]:
        return f"sent: {', '.join(told['orders'])}"
    return f"not sent: {told['code'] or 'it was answered already'}"
