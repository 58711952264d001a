"""The table of verbs: names, help, examples."""

from types import ModuleType
from typing import Annotated

import typer

from openbell import __version__
from openbell.cli import (
    adopt,
    alerts,
    api,
    arm,
    audit,
    backtest,
    backup,
    check,
    compare,
    config,
    confirm,
    data,
    demo,
    disarm,
    doctor,
    drift,
    drill,
    enable,
    guardian,
    init,
    journal,
    kill,
    logs,
    lookahead,
    montecarlo,
    new,
    notify,
    operations,
    optimize,
    orders,
    plan,
    positions,
    receive,
    release,
    reload,
    replay,
    report,
    restore,
    resume,
    robustness,
    run,
    secrets,
    serve,
    status,
    stop,
    strategies,
    sweep,
    top,
    trades,
    venue,
    walkforward,
    why,
)
from openbell.cli.shell.helptext import Command, Group

ABOUT = "openbell: a live trading system. One file runs as backtest, simulation, paper and live, on one engine."
EXAMPLES = """
openbell demo                       watch the whole system trade a synthetic market
openbell init my.yaml               a first file, from five questions
openbell check my.yaml              is the file right? every mistake at once
openbell plan my.yaml               what will it do, and what can it lose?
openbell doctor full my.yaml        is everything ready? each line with its remedy
openbell backtest my.yaml           over its whole source, as fast as possible
openbell run my.yaml                trade it; a crashed run goes on where its journal ends
openbell why SPY --at 10:35         why was (or wasn't) something ordered?
openbell kill --close               no new risk, and everything is closed
"""
VERBS: tuple[ModuleType, ...] = (
    demo,
    init,
    check,
    plan,
    doctor,
    run,
    backtest,
    sweep,
    optimize,
    robustness,
    walkforward,
    montecarlo,
    lookahead,
    compare,
    drift,
    replay,
    serve,
    top,
    status,
    report,
    positions,
    orders,
    why,
    logs,
    operations,
    stop,
    kill,
    enable,
    resume,
    arm,
    disarm,
    confirm,
    adopt,
    release,
    reload,
    drill,
    guardian,
    notify,
    receive,
    backup,
    restore,
    new,
)
"""In the order of the help."""
GROUPS: tuple[tuple[ModuleType, str, tuple[str, ...]], ...] = (
    (journal, "Look after the log that everything else is recovered from.", ("verify", "export")),
    (config, "See what a configuration file may say, and what it comes to.", ("show", "schema", "import")),
    (audit, "Who came into the control room, and what was changed about who may.", ("list", "verify")),
    (api, "The interface of the control room for programs.", ("schema",)),
    (trades, "Trades and fills of a run for other programs.", ("export",)),
    (data, "Recorded bars: a store of Parquet files.", ("import", "fetch", "list", "verify", "resample", "export")),
    (alerts, "Messages of a run, and whether they get through.", ("list", "test", "ack", "chats", "codes")),
    (secrets, "Keep secrets in an encrypted vault.", ("set", "list", "rotate")),
    (strategies, "The strategies that a file can name.", ("list", "show")),
    (venue, "Open a venue for trials on this machine.", ("plain", "alpaca", "binance")),
)
"""Verbs of two words, in the order of the help."""
_FUNCTIONS = {"list": "listed", "test": "try_all", "import": "take_in", "set": "keep"}
"""Functions that cannot have the name of their verb."""
FOOT = "State is kept under $OPENBELL_HOME (default ~/.openbell). NO_COLOR=1 switches colours off."

Version = Annotated[bool, typer.Option("--version", help="Show the version and exit.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks; may stand anywhere.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours; may stand anywhere. $NO_COLOR does the same.")]


def application(asked: str = "") -> typer.Typer:
    """Return the command line with all its verbs.

    Args:
        asked: Make no more than this verb, where there is one of that name: every verb takes a while.
    """
    app = _group(ABOUT + "\n" + FOOT, EXAMPLES, has_completion=True)
    app.callback(invoke_without_command=True)(_root)
    alone = [module for module in VERBS if _name_of(module) == asked]
    for module in alone or VERBS:
        _add(app, _name_of(module), getattr(module, _name_of(module)), module.EXAMPLES)
    for module, text, verbs in () if alone else GROUPS:
        group = _group(text, module.EXAMPLES, has_completion=False)
        group.callback(invoke_without_command=True)(_bare)
        for name in verbs:
            _add(group, name, getattr(module, _FUNCTIONS.get(name, name)), getattr(module, f"{name.upper()}_EXAMPLES"))
        app.add_typer(group, name=_name_of(module))
    return app


def _name_of(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


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
