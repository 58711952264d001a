"""`openbell config schema|show`: what a file may say, and what it comes to."""

from openbell.cli.shell.options import File, Json, Mode
from openbell.cli.shell.output import say, say_json, tell

EXAMPLES = """
openbell config show my.yaml               every value in force, and where it is from
openbell config schema > openbell.json     the form of the file, for editors that know JSON Schema
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
    from openbell.config.emit import schema as schema_of
    from openbell.run import assemble

    say_json(schema_of(assemble.catalog(assemble.shelves(None))))
    return 0
