"""`openbell check`: is a configuration file right? It starts nothing."""

from openbell.cli.shell.options import File, Json, Mode
from openbell.cli.shell.output import say, say_json, tell

EXAMPLES = """
openbell check my.yaml                 every mistake at once, with file, line and column
openbell check my.yaml --json          the same for machines
"""


def check(file: File, mode: Mode = None, as_json: Json = False) -> int:
    """Say whether a configuration file can be run, with every mistake in it."""
    from openbell.cli.shell.begin import prepare
    from openbell.config.explain import as_data

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
    warned = f", {count} {'warning' if count == 1 else 'warnings'}" if count else ""
    say(f"{file}: can be run{warned} ({len(spec.deployments)} deployments, {len(spec.instruments)} instruments)")
    return 0
