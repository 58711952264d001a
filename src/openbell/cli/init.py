"""`openbell init`: a first configuration, from five questions."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openbell.cli.shell.failure import Wrong
from openbell.cli.shell.options import Json
from openbell.cli.shell.output import say, say_json, tell

if TYPE_CHECKING:
    from openbell.config.starter import Answers

EXAMPLES = """
openbell init                                      five questions; Enter takes what stands in [ ]
openbell init my.yaml --yes                        no questions, everything as proposed
openbell init my.yaml --yes --data bars/           symbols and length of bars as the files have them
openbell init my.yaml --yes --symbols EURUSD,GBPUSD --risk medium --cash "20000 USD"
"""
Target = Annotated[Path, typer.Argument(metavar="[FILE]", help="File to write; never overwritten.", show_default=True)]
Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing; what no option says is as proposed.")]
ModeWord = Annotated[
    str | None, typer.Option("--mode", metavar="sim|dry_run|paper", help="Where orders go.", show_default=False)
]
Market = Annotated[
    str | None,
    typer.Option("--data", metavar="DIR|FILE|synthetic", help="Recorded bars, or invented ones.", show_default=False),
]
Symbols = Annotated[
    str | None, typer.Option("--symbols", metavar="A,B", help="What is traded, with commas.", show_default=False)
]
Risk = Annotated[
    str | None, typer.Option("--risk", metavar="low|medium|high", help="How much is at stake.", show_default=False)
]
Alerts = Annotated[
    str | None,
    typer.Option("--alerts", metavar="none|URL", help="Where messages go; kept in .env.", show_default=False),
]
Cash = Annotated[
    str | None, typer.Option("--cash", metavar='"100000 USD"', help="Opening balance.", show_default=False)
]
Bars = Annotated[
    str | None,
    typer.Option(
        "--bars", metavar="1m", help="Length of a bar; default: as the data have them, else 1m.", show_default=False
    ),
]


def init(
    file: Target = Path("openbell.yaml"),
    yes: Yes = False,
    mode: ModeWord = None,
    data: Market = None,
    symbols: Symbols = None,
    risk: Risk = None,
    alerts: Alerts = None,
    cash: Cash = None,
    bars: Bars = None,
    as_json: Json = False,
) -> int:
    """Write a first configuration file: five questions, or none with --yes."""
    from openbell.cli.shell.wizard import Given, answered
    from openbell.config.starter import ENVIRONMENT, starter

    if file.exists() or file.is_symlink():
        raise Wrong(f"{file} is there already, and init overwrites nothing", "name another file, or edit this one")
    if not file.parent.is_dir():
        raise Wrong(f"{file.parent} is not a folder", f"make it first: mkdir -p {file.parent}")
    given = Given(mode=mode, data=data, symbols=symbols, risk=risk, alerts=alerts, cash=cash, bars=bars)
    answers, url = answered(given, is_asking=not yes)
    text = starter(answers)
    _try(text, file, url)
    written = [file]
    _write(file, text)
    if url:
        written += _keep(file.parent / ".env", url)
    if not (file.parent / ".env.example").exists():
        _write(file.parent / ".env.example", ENVIRONMENT)
        written.append(file.parent / ".env.example")
    following = _next(answers, file)
    if as_json:
        say_json({"written": [str(path) for path in written], "next": following})
        return 0
    for path in written:
        say(f"wrote {path}")
    for word, command in zip(("then:", "     "), following, strict=True):
        say(f"{word} {command}")
    return 0


def _next(answers: "Answers", file: Path) -> list[str]:
    """Return the two commands that come next."""
    start = f"openbell run {file}"
    return [f"openbell plan {file}", start if answers.mode != "paper" else f"openbell venue plain --help; {start}"]


def _try(text: str, file: Path, url: str) -> None:
    """Check the text before anything is written: what is wrong with an answer is told of the answer.

    Raises:
        Wrong: The file could not be run.
    """
    from tempfile import TemporaryDirectory

    from openbell.config.explain import ConfigError
    from openbell.run import assemble

    with TemporaryDirectory() as folder:
        trial = Path(folder) / file.name
        trial.write_text(text, encoding="utf-8")
        try:
            loaded, found = assemble.read(trial, {"ALERT_URL": url})
            assemble.prepare(loaded, found)
        except ConfigError as error:
            what = "; ".join(problem.text().replace(f"{folder}/", "") for problem in error.problems)
            raise Wrong(f"these answers make no good file: {what}", "answer otherwise; nothing was written") from None
        except ValueError as error:
            raise Wrong(f"these answers make no good file: {error}", "answer otherwise; nothing was written") from None


def _write(file: Path, text: str, mode: int = 0o644) -> None:
    """Write a new file; one that is there by now is an error, not overwritten."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)


def _keep(file: Path, url: str) -> list[Path]:
    """Keep the address of alerts beside the configuration; return what was written."""
    if file.exists():
        tell(f"note: {file} is there already; add the line ALERT_URL=… to it yourself")
        return []
    _write(file, f"ALERT_URL={url}\n", 0o600)
    return [file]
