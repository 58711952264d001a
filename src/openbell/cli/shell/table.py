"""The table of verbs: names, help, examples."""

from types import ModuleType
from typing import Annotated

import typer

from openbell import __version__
from openbell.cli import (
    adopt,
    backtest,
    backup,
    check,
    data,
    demo,
    drill,
    enable,
    guardian,
    journal,
    kill,
    new,
    orders,
    plan,
    positions,
    release,
    reload,
    replay,
    report,
    restore,
    resume,
    run,
    status,
    stop,
    strategies,
    trades,
    venue,
    why,
)
from openbell.cli.shell.helptext import Command, Group

ABOUT = "openbell: a live trading system. One file runs as backtest, simulation, paper and live, on one engine."
EXAMPLES = """
openbell demo                       watch the whole system trade a synthetic market
openbell check my.yaml              is the file right? every mistake at once
openbell plan my.yaml               what will it do, and what can it lose?
openbell backtest my.yaml           over its whole source, as fast as possible
openbell run my.yaml                trade it; a crashed run goes on where its journal ends
openbell why SPY --at 10:35         why was (or wasn't) something ordered?
openbell kill --close               no new risk, and everything is closed
"""
VERBS: tuple[ModuleType, ...] = (
    demo, check, plan, run, backtest, replay, status, report, positions, orders, why, stop, kill, enable, resume, adopt,
    release, reload, drill, guardian, backup, restore, new,
)  # fmt: skip
"""In the order of the help."""
FOOT = "State is kept under $OPENBELL_HOME (default ~/.openbell). NO_COLOR=1 switches colours off."

Version = Annotated[bool, typer.Option("--version", help="Show the version and exit.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks; may stand anywhere.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours; may stand anywhere. $NO_COLOR does the same.")]


def application() -> typer.Typer:
    """Return the command line with all its verbs."""
    app = _group(ABOUT + "\n" + FOOT, EXAMPLES, has_completion=True)
    app.callback(invoke_without_command=True)(_root)
    for module in VERBS:
        name = module.__name__.rpartition(".")[2]
        _add(app, name, getattr(module, name), module.EXAMPLES)
    log = _group("Look after the log that everything else is recovered from.", journal.EXAMPLES, has_completion=False)
    log.callback(invoke_without_command=True)(_bare)
    _add(log, "verify", journal.verify, journal.VERIFY_EXAMPLES)
    _add(log, "export", journal.export, journal.EXPORT_EXAMPLES)
    app.add_typer(log, name="journal")
    exports = _group("Trades and fills of a run for other programs.", trades.EXAMPLES, has_completion=False)
    exports.callback(invoke_without_command=True)(_bare)
    _add(exports, "export", trades.export, trades.EXPORT_EXAMPLES)
    app.add_typer(exports, name="trades")
    kinds = _group("The strategies that a file can name.", strategies.EXAMPLES, has_completion=False)
    kinds.callback(invoke_without_command=True)(_bare)
    _add(kinds, "list", strategies.listed, strategies.LIST_EXAMPLES)
    _add(kinds, "show", strategies.show, strategies.SHOW_EXAMPLES)
    app.add_typer(kinds, name="strategies")
    bars = _group("Recorded bars: a store of Parquet files.", data.EXAMPLES, has_completion=False)
    bars.callback(invoke_without_command=True)(_bare)
    _add(bars, "import", data.take_in, data.IMPORT_EXAMPLES)
    _add(bars, "list", data.listed, data.LIST_EXAMPLES)
    _add(bars, "verify", data.verify, data.VERIFY_EXAMPLES)
    _add(bars, "resample", data.resample, data.RESAMPLE_EXAMPLES)
    _add(bars, "export", data.export, data.EXPORT_EXAMPLES)
    app.add_typer(bars, name="data")
    venues = _group("Open a venue for trials on this machine.", venue.EXAMPLES, has_completion=False)
    venues.callback(invoke_without_command=True)(_bare)
    _add(venues, "plain", venue.plain, venue.PLAIN_EXAMPLES)
    app.add_typer(venues, name="venue")
    return app


def _group(text: str, examples: str, *, has_completion: bool) -> typer.Typer:
    return typer.Typer(
        cls=Group,
        help=text,
        epilog=examples,
        rich_markup_mode=None,
        add_completion=has_completion,
        pretty_exceptions_enable=False,
    )


def _add(app: typer.Typer, name: str, function: object, examples: str) -> None:
    text = (function.__doc__ or "").partition("\n")[0]
    app.command(name, cls=Command, help=text, epilog=examples, short_help=text)(function)  # type: ignore[type-var]  # any verb


def _root(ctx: typer.Context, version: Version = False, debug: Debug = False, no_color: NoColor = False) -> None:
    if version:
        typer.echo(f"openbell {__version__}")
        raise typer.Exit
    _bare(ctx)


def _bare(ctx: typer.Context) -> None:
    """Answer a group without a verb with its help."""
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())
