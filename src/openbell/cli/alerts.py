"""`openbell alerts list|test|ack`: what was told, and whether it gets through."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openbell.cli.shell.options import Json, StateOption, StateWord
from openbell.cli.shell.output import say, say_json, tell

if TYPE_CHECKING:
    from openbell.edges.alerts import telegram
    from openbell.edges.alerts.outbox import Outbox

TOKEN = "TELEGRAM_BOT_TOKEN"  # the name of a variable
EXAMPLES = """
openbell alerts test my.yaml     a message through every channel: does it arrive?
openbell alerts list             what was told, and what still waits to be sent
openbell alerts ack              everything was seen: nobody else is called
openbell alerts chats            the ids of the chats in which a Telegram bot was written to
openbell alerts codes            one-time codes with which a mail, a text message or a call stops the run
"""
LIST_EXAMPLES = """
openbell alerts list                    of the run written last, the newest at the end
openbell alerts list runs/a --open      only what nobody has acknowledged
openbell alerts list --json             with the fields, and the letters that wait
"""
TEST_EXAMPLES = """
openbell alerts test my.yaml                     all channels
openbell alerts test my.yaml --channel phone     this one alone
"""
ACK_EXAMPLES = """
openbell alerts ack                     all of the run written last
openbell alerts ack 12 14 --state runs/a
"""
CHATS_EXAMPLES = """
openbell alerts chats                   by the token in TELEGRAM_BOT_TOKEN, of the environment or of .env here
openbell alerts chats my.yaml           by the token of the file's Telegram channel
"""
CODES_EXAMPLES = """
openbell alerts codes                    ten codes for the run written last: print them, and keep them on paper
openbell alerts codes --count 20 --state runs/a
"""
Codes = Annotated[int, typer.Option("--count", metavar="N", min=1, max=50, help="So many.")]
MaybeFile = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="Configuration file (YAML).", show_default=False)
]
Open = Annotated[bool, typer.Option("--open", help="Only what nobody has acknowledged.")]
Count = Annotated[int, typer.Option("--count", metavar="N", min=1, max=10_000, help="So many, the newest.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="Configuration file (YAML).", show_default=False)]
Only = Annotated[str | None, typer.Option("--channel", metavar="NAME", help="This channel alone.", show_default=False)]
Numbers = Annotated[
    list[int] | None, typer.Argument(metavar="[NUMBER…]", help="Of messages, none for all.", show_default=False)
]


def listed(
    word: StateWord = None, state: StateOption = None, is_open: Open = False, count: Count = 50, as_json: Json = False
) -> int:
    """Tell what was told, and what still waits to be sent."""
    import msgspec

    from openbell.report.figures import utc

    with _outbox(word, state) as outbox:
        rows = outbox.history.rows("acked = 0" if is_open else "1", (), count)[::-1]
        items = outbox.queue.items("state in ('waiting', 'sending', 'refused', 'dropped')", (), 1000)
    if as_json:
        posts = [
            {
                "channel": item.channel,
                "state": item.state,
                "tries": item.tries,
                "why": item.why,
                "mark": item.letter.mark,
            }
            for item in items
        ]
        say_json({"alerts": [msgspec.to_builtins(row) for row in rows], "posts": posts})
        return 0
    for row in rows:
        seen = f" (seen by {row.acked_by})" if row.acked else ""
        text = row.text.replace("\n", "; ")
        say(f"{row.id:>5} {utc(row.ts)} {row.level:<8} {row.kind:<11} {text}{seen}")
    for item in items:
        say(f"{item.state} for {item.channel} after {item.tries} tries: {item.letter.title}{_why(item.why)}")
    if not rows:
        tell("nothing was told yet" if not is_open else "everything was seen")
    return 0


def _why(why: str) -> str:
    return f" ({why})" if why else ""


def try_all(file: File, channel: Only = None, as_json: Json = False) -> int:
    """Send a message through every channel of a file, now; say for each whether it was taken."""
    from openbell.cli.shell.failure import Wrong
    from openbell.run import assemble
    from openbell.run.alerts.trial import try_out
    from openbell.run.clock import WallClock

    loaded, found = assemble.read(file, os.environ)
    named = loaded.config.alerts.named
    if channel is not None and channel not in named:
        raise Wrong(f"{file} has no channel {channel!r}", f"known: {', '.join(named) or 'none'}")
    if not named:
        raise Wrong(f"{file} has no alerts", 'add alerts: [{url: "${ALERT_URL}"}]')
    chosen = {name: one for name, one in named.items() if channel in (None, name)}
    tried = try_out(chosen, found.channels.module, loaded.config.title or file.stem, WallClock().now())
    if as_json:
        rows = [{"channel": one.channel, "kind": one.kind, "target": one.number, "why": one.why} for one in tried]
        say_json({"tried": rows, "ok": not any(one.why for one in tried)})
    for one in () if as_json else tried:
        say(f"{'fail' if one.why else 'ok':<6}{one.channel} ({one.kind}), target {one.number}: {one.why or 'taken'}")
    return 1 if any(one.why for one in tried) else 0


def ack(numbers: Numbers = None, state: StateOption = None) -> int:
    """Say that messages were seen, all of them for no number: nobody else is called for them."""
    from openbell.cli.shell.place import chosen
    from openbell.run.alerts import siren
    from openbell.run.alerts.desk import acknowledge
    from openbell.run.clock import WallClock

    with _outbox(None, state) as outbox:
        who, now = os.environ.get("USER") or "operator", WallClock().now()
        count = acknowledge(outbox, numbers or (), who, now)
        # Also where no notifier runs that would take it away.
        siren.sound(outbox, chosen(None, state), now)
    tell(f"{count} acknowledged" if count else "nothing was open")
    return 0


def chats(file: MaybeFile = None, as_json: Json = False) -> int:
    """Tell the ids of the chats in which a Telegram bot was last written to."""
    import asyncio

    import msgspec

    from openbell.cli.shell.failure import FAILED, Wrong
    from openbell.edges.alerts import telegram
    from openbell.edges.alerts.letter import Fault

    config = _telegram(file)
    try:
        found = asyncio.run(telegram.chats(config))
    except Fault as fault:
        fix = "is the token right, and does no run listen to this bot?"
        raise Wrong(f"the Bot API of Telegram: {fault}", fix, FAILED) from None
    if as_json:
        say_json({"chats": [msgspec.to_builtins(one) for one in found]})
    for one in () if as_json else found:
        say(f"{one.id:<16} {one.kind:<11} {one.title}")
    if not found:
        tell("nobody has written to the bot of late: write something to it, or in the group it is in, and ask again")
    return 0 if found else 1


def _telegram(file: Path | None) -> "telegram.Config":
    """Return the options of the bot that is meant.

    Raises:
        Wrong: No token is there.
    """
    from openbell.cli.shell.failure import Wrong
    from openbell.config.environment import surroundings
    from openbell.edges.alerts import telegram
    from openbell.run import assemble

    if file is None:
        token = surroundings(Path(), os.environ)[0].values.get(TOKEN, "")
        if not token:
            raise Wrong(f"{TOKEN} is not set", f"ask @BotFather for a bot, and write {TOKEN}=… into .env")
        return telegram.Config(token=token, chats=("0",))
    named = assemble.read(file, os.environ)[0].config.alerts.named.values()
    found = [one.options for one in named if isinstance(one.options, telegram.Config)]
    if not found:
        raise Wrong(f"{file} has no channel of kind telegram", f"openbell alerts chats alone takes {TOKEN}")
    return found[0]


def codes(state: StateOption = None, count: Codes = 10) -> int:
    """Print codes that stop a run by mail, text message or call; older ones end."""
    from openbell.core.types import DAY_NS
    from openbell.run.alerts import codes as made
    from openbell.run.clock import WallClock

    with _outbox(None, state) as outbox:
        found = made.issue(outbox, count, WallClock().now())
    for code in made.shown(found):
        say(code)
    tell(f"each stops the run once, within {made.LASTS_NS // DAY_NS} days; all older codes are good no longer")
    return 0


def _outbox(word: Path | None, state: Path | None) -> "Outbox":
    """Return the outbox of the state that is meant.

    Raises:
        Wrong: It has none.
    """
    from openbell.cli.shell.failure import Wrong
    from openbell.cli.shell.place import chosen
    from openbell.edges.alerts.outbox import NAME, Outbox

    folder = chosen(word, state)
    if not (folder / NAME).exists():
        raise Wrong(f"{folder} has never sent an alert", "its file needs alerts, and openbell run or notify sends them")
    return Outbox(folder)
