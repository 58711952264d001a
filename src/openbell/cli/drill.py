"""`openbell drill`: rehearse every way to stop, and a lost disk, and keep when that was."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openbell.cli.shell.options import Json

if TYPE_CHECKING:
    from openbell.run.drill import Make
    from openbell.run.rehearsals import Outcome

EXAMPLES = """
openbell drill my.yaml        each trigger on a simulated run of the file; `status` shows when it was done last
openbell drill runs/a         the same for the file that runs/a was started from; runs/a itself is not touched
"""
What = Annotated[
    Path | None, typer.Argument(metavar="[STATE|FILE]", help="A state directory or a file.", show_default=False)
]
Live = Annotated[bool, typer.Option("--live", help="Also for a file whose orders go to real money.")]


def drill(word: What = None, live: Live = False, as_json: Json = False) -> int:
    """Rehearse each trigger of a kill, and a restore, on a simulated run; record the result."""
    import os
    import tempfile

    from openbell.cli.shell.failure import DONE, FAILED
    from openbell.cli.shell.output import say, say_json
    from openbell.run import drill as drills
    from openbell.run import rehearsals, salvage
    from openbell.run import state as states
    from openbell.run.clock import WallClock

    file = _file(word)
    make = _maker(file, may_be_live=live)
    home = states.home(os.environ)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = {}
    for name in drills.TRIGGERS:
        with tempfile.TemporaryDirectory(prefix="drill-", dir=home) as scratch:
            found[name] = drills.rehearse(name, make, Path(scratch), WallClock().now())
        if not as_json:
            say(f"{'passed' if found[name].is_good else 'FAILED'}  {name}: {found[name].told}")
    with tempfile.TemporaryDirectory(prefix="drill-", dir=home) as scratch:
        restored = salvage.rehearse(make, Path(scratch), WallClock().now())
    if not as_json:
        say(f"{'passed' if restored.is_good else 'FAILED'}  {rehearsals.RESTORE}: {restored.told}")
    rehearsals.record(home, str(file.resolve()), {**found, rehearsals.RESTORE: restored})
    is_good = restored.is_good and all(one.is_good for one in found.values())
    if as_json:
        results = {name: _data(one) for name, one in found.items()}
        say_json({"file": str(file), "is_good": is_good, "triggers": results, "restore": _data(restored)})
    return DONE if is_good else FAILED


def _data(one: "Outcome") -> dict[str, object]:
    return {"is_good": one.is_good, "told": one.told, "ts": one.ts}


def _file(word: Path | None) -> Path:
    """Return the configuration file that is meant."""
    from openbell.cli.shell.failure import Wrong
    from openbell.cli.shell.place import chosen
    from openbell.run import state as states

    if word is not None and word.is_file():
        return word
    origin = states.read_origin(chosen(word, None))
    if not origin.file:
        raise Wrong("this state was not started from a file", "name a file: openbell drill FILE")
    return Path(origin.file)


def _maker(file: Path, *, may_be_live: bool) -> "Make":
    """Return what makes a simulated run of the file, with an invented market where it names no source."""
    import os

    from openbell.cli.shell.begin import Asked, begin, load, prepare
    from openbell.cli.shell.failure import REFUSED, Wrong
    from openbell.run import assemble
    from openbell.run.assemble import Prepared
    from openbell.run.source import Source

    loaded, _ = assemble.read(file, os.environ, "sim")
    modes = {account.mode for account in loaded.config.accounts.values()}
    if "live" in modes and not may_be_live:
        raise Wrong(f"{file} trades real money", "rehearse it with --live: it runs simulated all the same", REFUSED)
    prepared, found = prepare(file, "sim")

    def make() -> tuple[Prepared, Source]:
        if prepared.feed is not None:
            return begin(Asked(file=file, mode="sim"))
        fresh, _ = prepare(file, "sim")
        return load(fresh, found.feeds.module("synthetic"), found.feeds["synthetic"](), None)

    return make
