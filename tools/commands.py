"""Write the page of all commands and that of all reason codes, from the code."""

import inspect
import tomllib
from pathlib import Path
from typing import Any

from typer.main import get_command

from openbell.cli.shell.table import application
from openbell.core.codes import Code, label
from tools.table import row

COMMANDS_HEAD = """# Commands

Every command with its options, written by `make docs` from the code. Exit codes: 0 done, 1 failed, 2 wrong input, 3
refused for safety, 4 a difference or a defect was found.
"""
REASONS_HEAD = """# Reason codes

Why an order was made, refused or not even thought of, written by `make docs` from the code. The letter is the area: S
signals and decisions, D data, R risk, O orders, B brokers. What a limit allows is in the [list of limits](risk.md), and
`openbell why SYMBOL` says the figures of each decision.

| code | name | what it means, and what to do |
|---|---|---|
"""


def commands_page(root: Path) -> str:
    """Return the page of all commands."""
    lines = [COMMANDS_HEAD]
    _describe(get_command(application()), "openbell", lines)
    return "\n".join(lines).rstrip() + "\n"


def _describe(command: Any, path: str, lines: list[str]) -> None:
    """Add a command, or each command of a group, to the page."""
    below = getattr(command, "commands", None)
    if below is not None:
        for name, inner in below.items():
            _describe(inner, f"{path} {name}", lines)
        return
    lines += [f"## {path}", "", inspect.cleandoc(command.help or ""), ""]
    if command.epilog:
        lines += ["```text", inspect.cleandoc(command.epilog), "```", ""]
    rows = [_row(parameter) for parameter in command.params if not getattr(parameter, "hidden", False)]
    if rows:
        lines += ["| option | what it is for |", "|---|---|", *rows, ""]


def _row(parameter: Any) -> str:
    is_option = bool(parameter.opts and parameter.opts[0].startswith("-"))
    names = ", ".join((*parameter.opts, *parameter.secondary_opts)) if is_option else ""
    shown = " ".join(word for word in (names, parameter.metavar or "") if word) or parameter.name
    return row((f"`{shown}`", getattr(parameter, "help", "") or ""))


def reasons_page(root: Path) -> str:
    """Return the page of all reason codes."""
    told = tomllib.loads((root / "tools" / "reasons.toml").read_text(encoding="utf-8"))
    rows = []
    for code in Code:
        letter, _, name = label(code).partition(" ")
        rows.append(row((letter, name.replace("_", " "), told[name])))
    return REASONS_HEAD + "\n".join(rows) + "\n"
