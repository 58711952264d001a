"""`openbell check`: is a configuration file right? It starts nothing."""

from pathlib import Path
from typing import Annotated

import typer

from openbell.cli.shell.failure import Wrong
from openbell.cli.shell.options import Json, Mode
from openbell.cli.shell.output import say, say_json, tell
from openbell.words import counted

EXAMPLES = """
openbell check my.yaml                 every mistake at once, with file, line and column
openbell check my.yaml --json          the same for machines
openbell check --explain L105          why a rule of the linter matters, and what to do
"""
MaybeFile = Annotated[
    Path | None, typer.Argument(metavar="FILE", help="Configuration file (YAML).", show_default=False)
]
Explain = Annotated[
    str | None, typer.Option("--explain", metavar="RULE", help="Explain a rule of the linter.", show_default=False)
]


def check(file: MaybeFile = None, mode: Mode = None, explain: Explain = None, as_json: Json = False) -> int:
    """Say whether a configuration file can be run, with every mistake in it."""
    from openbell.cli.shell.begin import prepare
    from openbell.config.explain import as_data

    if explain is not None:
        return _explain(explain, as_json=as_json)
    if file is None:
        raise Wrong("no file is named", "openbell check FILE, or openbell check --explain RULE")
    prepared, _ = prepare(file, mode)
    loaded, spec = prepared.loaded, prepared.spec
    if as_json:
        say_json({
            "file": str(file), "is_valid": True, "title": spec.title, "mode": spec.mode,
            "deployments": list(spec.deployments), "instruments": list(spec.instruments),
            "warnings": as_data(loaded.warnings),
        })  # fmt: skip
        return 0
    for warning in loaded.warnings:
        tell(warning.text())
    count = len(loaded.warnings)
    warned = f", {counted(count, 'warning')}" if count else ""
    deployments, instruments = len(spec.deployments), len(spec.instruments)
    say(f"{file}: can be run{warned} ({counted(deployments, 'deployment')}, {counted(instruments, 'instrument')})")
    return 0


def _explain(word: str, *, as_json: bool) -> int:
    """Tell all about one rule of the linter.

    Raises:
        Wrong: There is none of that id.
    """
    from openbell.config.linter.review import RULES, explained, rule_of

    rule = rule_of(word)
    if rule is None:
        known = f"{RULES[0].id} to {RULES[-1].id}"
        raise Wrong(f"--explain: {word!r} is no rule of the linter", f"known: {known}, see docs/reference/linter.md")
    if as_json:
        names = ("id", "level", "title", "why", "wrong", "right", "hint")
        say_json({name: getattr(rule, name) for name in names})
    else:
        say(explained(rule))
    return 0
