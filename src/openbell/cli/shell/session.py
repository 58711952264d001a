"""A run without a file: its options, the file they become, a session in words."""

import os
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from openbell.cli.shell.failure import Wrong
from openbell.cli.shell.options import Mode
from openbell.core.types import ZERO

if TYPE_CHECKING:
    from openbell.config.brief import Brief
    from openbell.core.book import Book
    from openbell.core.effects import Ask, Effect
    from openbell.core.events import Event
    from openbell.report.console import Narrator, Started
    from openbell.run.assemble import Prepared

ACCOUNT_VARIABLE = "KIS_ACCOUNT_NUMBER"
"""Names the account where `--account` does not, in the process or in a `.env` of the folder one is in."""
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
CAUTION = "WARNING: confirmation prompts are disabled (--no-confirm): every entry is sent without a question"


class Flags(msgspec.Struct, frozen=True):
    """A run in a few words, in place of a file; None where nothing was said.

    `mode`, `confirm`, `log_level`, `port` and `attended` stand beside a file, too.
    """

    mode: Mode = None
    account: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER", help="Trade without a FILE: 8 digits; else $KIS_ACCOUNT_NUMBER, also of a .env here.",
            show_default=False,
        ),
    ] = None  # fmt: skip
    tickers: Annotated[
        str | None,
        typer.Option(metavar="A B C", help="Stocks; default AAPL NVDA MSFT GOOGL AMZN.", show_default=False),
    ] = None
    interval: Annotated[
        int | None, typer.Option(metavar="SECONDS", help="Between decisions; default 300.", show_default=False)
    ] = None
    max_positions: Annotated[
        int | None, typer.Option(metavar="N", help="Positions at once; default 10.", show_default=False)
    ] = None
    max_position_size: Annotated[
        str | None, typer.Option(metavar="USD", help="Worth of one position; default 10000.", show_default=False)
    ] = None
    max_daily_trades: Annotated[
        int | None, typer.Option(metavar="N", help="Entries a day; default 20.", show_default=False)
    ] = None
    confirm: Annotated[
        bool | None,
        typer.Option(
            "--confirm/--no-confirm", show_default=False,
            help="Ask yes or no before each entry; live asks unless told not to. USE --no-confirm WITH CAUTION.",
        ),
    ] = None  # fmt: skip
    log_level: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="DEBUG, INFO, WARNING or ERROR.", show_default=False)
    ] = None
    port: Annotated[
        int | None,
        typer.Option(
            metavar="P", min=1, max=65535, show_default=False,
            help="Start the control room beside it, on this port of this machine.",
        ),
    ] = None  # fmt: skip
    attended: Annotated[
        bool, typer.Option("--attended", help="Nobody sits before it: it is kept up, and how it ended is written down.")
    ] = False

    @property
    def said(self) -> list[str]:
        """Names of what only a run without a file takes."""
        only = ("account", "tickers", "interval", "max_positions", "max_position_size", "max_daily_trades")
        return [f"--{name.replace('_', '-')}" for name in only if getattr(self, name) is not None]


def brief_of(flags: Flags) -> "Brief":
    """Return what the words mean.

    Raises:
        Wrong: One of them cannot be meant, or no account is named.
    """
    from openbell.config.brief import TICKERS, Brief, BriefError, check_brief

    account, told = flags.account, "--account"
    if account is None:
        account, told = _account_around()
    if account is None:
        what = "neither a FILE nor an account is named"
        raise Wrong(what, "openbell run FILE, or openbell run --account 12345678 --tickers AAPL NVDA")
    given = {
        "interval_s": flags.interval, "max_positions": flags.max_positions, "max_daily_trades": flags.max_daily_trades,
        "max_position_size": None if flags.max_position_size is None else _money(flags.max_position_size),
        "mode": flags.mode, "confirm": flags.confirm,
    }  # fmt: skip
    tickers = TICKERS if flags.tickers is None else tuple(word for word in flags.tickers.split(",") if word)
    brief = Brief(account=account, tickers=tickers, **{k: v for k, v in given.items() if v is not None})  # type: ignore[arg-type]  # each by its name
    try:
        check_brief(brief)
    except BriefError as error:
        option = "--" + error.field.removesuffix("_s").replace("_", "-")
        raise Wrong(f"{told if error.field == 'account' else option}: {error.what}", error.advice) from None
    return brief


def _account_around() -> tuple[str | None, str]:
    """Return the account that the process or a `.env` of this folder names, and where it stands.

    Raises:
        Wrong: The `.env` cannot be understood.
    """
    from openbell.config.environment import surroundings

    around, problems = surroundings(Path(), os.environ)
    if problems:
        raise Wrong(f"{problems[0].file}:{problems[0].line}: {problems[0].what}", problems[0].advice)
    is_own = ACCOUNT_VARIABLE in os.environ
    return around.values.get(ACCOUNT_VARIABLE), f"${ACCOUNT_VARIABLE}" if is_own else around.origin(ACCOUNT_VARIABLE)


def _money(text: str) -> Decimal:
    from openbell.schema import parse_decimal

    try:
        return parse_decimal(text.removesuffix("USD").strip())
    except ValueError as error:
        raise Wrong(f"--max-position-size: {error}", "write an amount of USD such as 10000") from None


def write_file(brief: "Brief", folder: Path) -> Path:
    """Write the words as a configuration into a state and return the file.

    Raises:
        Wrong: The state was begun with other words.
    """
    from openbell.config.brief import as_yaml, document_of

    file = folder / "config.yaml"
    text = as_yaml(document_of(brief), "What the words of the command line mean; it can be checked and run as it is.")
    if file.exists() and file.read_text(encoding="utf-8") != text:
        what = f"{folder} was begun with other words than these"
        raise Wrong(what, f"go on with openbell run {file} --state {folder}, or leave --state out")
    file.write_text(text, encoding="utf-8")
    return file


class Manner(msgspec.Struct, frozen=True):
    """How a session is told.

    `level` is empty for not at all, `mode` as shown; `confirm` False agrees to everything.
    """

    level: str
    confirm: bool
    as_json: bool
    mode: str


Watch = Callable[["Book", "Event", list["Effect"]], None]
Asked = Callable[["Book", "Ask"], str | None]


def asks_person(prepared: "Prepared") -> bool:
    """Return True if a rule of the run holds entries for a person."""
    return any(rule.kind == "confirmation" for rule in prepared.rules)


def sends_in_silence(prepared: "Prepared") -> bool:
    """Return True if entries go out that nobody objected to."""
    from openbell.parts.rules import confirmation

    return any(rule.kind == "confirmation" and confirmation.sends_in_silence(rule.params) for rule in prepared.rules)


def accompany(prepared: "Prepared", watch: Watch, manner: Manner) -> tuple[Watch, Asked | None]:
    """Return who looks on and tells the session, and who answers for a person."""
    from openbell.cli.shell.output import narrate, tell
    from openbell.report.console import Narrator

    # Where silence sends, nobody is waited for: `openbell confirm` objects.
    asks = asks_person(prepared) and not sends_in_silence(prepared)
    if not manner.level and not asks:
        return watch, None
    began = time.perf_counter()
    out = tell if manner.as_json else narrate
    level = "" if manner.as_json else manner.level
    started = started_of(prepared, manner.mode)
    narrator = Narrator(
        lambda _, text: out(text), started, names_of(prepared), lambda: time.perf_counter() - began, level
    )
    narrator.begin()
    if not manner.confirm:
        tell(CAUTION)

    def both(book: "Book", event: "Event", effects: list["Effect"]) -> None:
        watch(book, event, effects)
        narrator.watch(book, event, effects)

    return both, Person(narrator, agrees=not manner.confirm, is_quiet=manner.as_json) if asks else None


def names_of(prepared: "Prepared") -> dict[str, tuple[str, ...]]:
    """Return the names of each deployment's explained numbers."""
    found = {}
    for name, strategy in prepared.strategies.items():
        layout = getattr(strategy, "layout", ())
        found[name] = tuple(word for word, sort, length in layout if sort == "f8" and length == 1)
    return found


def started_of(prepared: "Prepared", mode: str) -> "Started":
    """Return what the banner of a run says."""
    from openbell.report.console import Started
    from openbell.report.figures import amount

    spec = prepared.spec
    params = {rule.kind: rule.params for rule in prepared.rules}
    caps = {deployment.max_value for deployment in spec.deployments.values()} - {ZERO}
    currency = next(iter(spec.accounts.values())).currency
    loss = params.get("daily_loss")
    return Started(
        mode=mode,
        account=", ".join(spec.accounts),
        tickers=tuple(spec.instruments),
        max_daily_trades=daily_limit(prepared),
        max_position=amount(min(caps), currency) if caps else "",
        max_daily_loss=Decimal(loss[0]) / Decimal(loss[1]) if loss else None,
    )


def daily_limit(prepared: "Prepared") -> int | None:
    """Return how many entries a session may have, None for no limit."""
    return next((rule.params[0] for rule in prepared.rules if rule.kind == "daily_trades"), None)


def level_of(flags: Flags) -> str:
    """Return the level that was asked for.

    Raises:
        Wrong: There is no such level.
    """
    level = (flags.log_level or "INFO").upper()
    if level not in LOG_LEVELS:
        raise Wrong(f"--log-level: {flags.log_level!r} is not a level", f"known: {', '.join(LOG_LEVELS)}")
    return level


class Person:
    """Somebody at the terminal who is asked about each entry that a rule holds for them."""

    def __init__(self, narrator: "Narrator", *, agrees: bool, is_quiet: bool = False) -> None:
        """Ask with the narrator's plans.

        Args:
            narrator: Who knows them.
            agrees: Answer every question with yes.
            is_quiet: Ask on standard error.
        """
        self._narrator = narrator
        self._is_quiet = is_quiet
        self._agrees = agrees

    def __call__(self, book: "Book", ask: "Ask") -> str | None:
        """Return what was answered, None where nobody is there to be asked."""
        from openbell.cli.shell.output import NO_READER, NO_TERMINAL, unheard
        from openbell.report.console import QUESTION

        if self._agrees:
            return "yes"
        stream = sys.stderr if self._is_quiet else sys.stdout
        line = ""
        with unheard(stream, NO_TERMINAL, NO_READER):
            print(f"\n{self._narrator.plan(book, ask)}\n\n{QUESTION}", end="", file=stream, flush=True)
            line = sys.stdin.readline()
        return line.strip() if line else None
