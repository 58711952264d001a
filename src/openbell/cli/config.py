"""`openbell config`: what a file may say, what it comes to, another system's as ours."""

from pathlib import Path
from typing import Annotated

import typer

from openbell.cli.shell.options import File, Json, Mode
from openbell.cli.shell.output import say, say_json, tell

EXAMPLES = """
openbell config show my.yaml               every value in force, and where it is from
openbell config schema > openbell.json     the form of the file, for editors that know JSON Schema
openbell config import theirs.yaml         a file of another system as one of ours
"""
SHOW_EXAMPLES = """
openbell config show my.yaml                                 file:line:column, default, environment, .env, command line
openbell config show my.yaml --mode dry_run                  the same with what the command line says
OPENBELL__SPEED=60x openbell config show my.yaml             one option from the environment
openbell config show my.yaml --json                          the same for machines
"""
SCHEMA_EXAMPLES = """
openbell config schema > openbell.json
# then, as the first line of my.yaml:
# yaml-language-server: $schema=openbell.json
"""
IMPORT_EXAMPLES = """
openbell config import config/live_trading.yaml                  the new file on standard output
openbell config import config/live_trading.yaml --out my.yaml    into a file that is not there yet
openbell config import config/trading_config.yaml                one with alerts: {email_enabled: true, …}
openbell check my.yaml                                           then this
"""
Foreign = Annotated[
    Path, typer.Argument(metavar="FILE", help="File of another system: workflow, data, strategies; or alerts alone.")
]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where the new file goes.", show_default=False)]


def show(file: File, mode: Mode = None, as_json: Json = False) -> int:
    """Show every value in force with where it is from; secrets stay hidden."""
    from openbell.cli.shell.begin import prepare
    from openbell.config.origins import rows

    prepared, _ = prepare(file, mode)
    loaded = prepared.loaded
    found = rows(loaded)
    if as_json:
        values = [{"path": row.path, "value": row.value, "origin": row.origin} for row in found]
        say_json({"file": str(file), "values": values})
        return 0
    for warning in loaded.warnings:
        tell(warning.text())
    wide = [max(len(row.path) for row in found), min(max(len(row.value) for row in found), 40)]
    for row in found:
        say(f"{row.path:<{wide[0]}}  {row.value:<{wide[1]}}  {row.origin}")
    return 0


def schema() -> int:
    """Print the JSON Schema of a configuration file, with the options of every part."""
    import msgspec

    from openbell.config.emit import schema as schema_of
    from openbell.run import assemble

    found = assemble.shelves(None)
    sorts = ("strategies", "rules", "brokers", "feeds", "channels")
    usable = {sort: getattr(found, sort).usable() for sort in sorts}
    say_json(schema_of(msgspec.structs.replace(assemble.catalog(found), **usable)))
    return 0


def take_in(file: Foreign, out: Out = None, as_json: Json = False) -> int:
    """Write another system's file as one of ours; each key is placed or refused by line."""
    from openbell.cli.shell.failure import Wrong
    from openbell.config.dialects import dialect_of
    from openbell.config.dialects.keys import ForeignError
    from openbell.config.load import problem_of, read_document

    root, faults = read_document(file)
    dialect = dialect_of(root)
    if dialect is None:
        raise Wrong(
            f"{file} is no file of a system that is known here",
            "known: workflow: {type: live_trading}, and alerts: {email_enabled: true}",
        )
    made = dialect.translate(root, file.name)
    problems = [problem_of(str(file), root, fault, set()) for fault in [*faults, *made.faults]]
    problems.sort(key=lambda problem: (problem.line, problem.column))
    if any(not problem.is_warning for problem in problems):
        raise ForeignError(problems, str(file))
    for problem in problems:
        tell(problem.text())
    if out is not None:
        try:
            with out.open("x", encoding="utf-8") as new:
                new.write(made.text)
        except FileExistsError:
            raise Wrong(f"{out} is there already, and import overwrites nothing", "name another file") from None
    if as_json:
        placed = [{"line": one.line, "path": one.path, "where": one.where} for one in made.placed]
        say_json({"file": str(file), "out": str(out) if out else None, "placed": placed,
                  "left_out": [problem.path for problem in problems], "text": made.text})  # fmt: skip
    else:
        say(made.text.rstrip("\n") if out is None else f"wrote {out}; next: openbell check {out}")
    return 0
