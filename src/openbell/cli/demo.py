"""`openbell demo`: the whole system on a synthetic market, before your eyes."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openbell.cli.shell.failure import Wrong
from openbell.cli.shell.options import Json, Speed, StateOption, parse_speed

if TYPE_CHECKING:
    from openbell.run.assemble import Prepared
    from openbell.run.source import Source

EXAMPLES = """
openbell demo                                three days of an invented market in about a minute
openbell demo --speed max                    as fast as possible
openbell demo --headless --port 8787         without the live view, until you stop it, in a browser
openbell demo --headless --until-bars 500    500 bars, then the summary
"""
CONFIG = Path(__file__).parent / "demo.yaml"
"""The packaged configuration; examples/demo has the same."""
LONG_DAYS = 60
"""Length of the market without a view: at the file's speed about half an hour of trading."""

Headless = Annotated[bool, typer.Option("--headless", help="No live view; runs until stopped, or --until-bars.")]
UntilBars = Annotated[
    int | None, typer.Option("--until-bars", metavar="N", min=1, help="End after N bars.", show_default=False)
]
Port = Annotated[
    int | None,
    typer.Option(
        "--port", metavar="P", min=0, max=65535, show_default=False,
        help="Of the control room in a browser; 0 takes a free one. Default: a free one, with a view.",
    ),
]  # fmt: skip
NoWeb = Annotated[bool, typer.Option("--no-web", help="Without the control room in a browser.")]


def demo(
    headless: Headless = False,
    speed: Speed = None,
    until_bars: UntilBars = None,
    port: Port = None,
    no_web: NoWeb = False,
    state: StateOption = None,
    as_json: Json = False,
) -> int:
    """Watch the whole system trade a synthetic market, here and in a browser."""
    from openbell.cli.shell.drive import Drive, drive_on, place
    from openbell.cli.shell.interrupt import Interrupt
    from openbell.cli.shell.room import control_room

    pace = (parse_speed(speed),) if speed else ()
    has_room = not no_web and (port is not None or not (headless or as_json or until_bars))
    is_watched = has_room and sys.stdout.isatty()
    drive = Drive(
        name="demo", as_json=as_json, pace=pace, state=state, until_bars=until_bars, mode="demo", is_headless=headless,
        lasts=(headless or is_watched) and until_bars is None,
    )  # fmt: skip
    with Interrupt() as interrupt:
        prepared, source = market(state, is_long=headless or is_watched)
        if until_bars is not None and until_bars > source.bars:
            raise Wrong(f"--until-bars: this market has {source.bars:,} bars", "ask for fewer")
        folder = place(drive, None)
        with control_room(folder, port or 0) if has_room else nullcontext():
            drive_on(prepared, source, folder, (drive, interrupt))
    return 0


def market(state: Path | None, *, is_long: bool) -> "tuple[Prepared, Source]":
    """Return the demo and its market; an old state gets the one that it was made from."""
    from openbell.cli.shell.begin import load, prepare
    from openbell.run import state as states
    from openbell.run.records import first_event

    prepared, _ = prepare(CONFIG, None)
    feed, options = prepared.feed, prepared.feed_options
    if feed is None or options is None:
        raise Wrong(f"{CONFIG} has no source", "install openbell again")
    lengths = [options, options.model_copy(update={"days": LONG_DAYS})]
    if is_long:
        lengths.reverse()
    made = load(prepared, feed, lengths[0], None)
    journal = states.journal(state) if state is not None else None
    if journal is not None and journal.is_dir() and first_event(journal).source != made[1].digest:
        other = load(prepared, feed, lengths[1], None)
        return other if first_event(journal).source == other[1].digest else made
    return made
