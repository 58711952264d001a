"""`openbell guardian`: watch over an engine, take its orders back when it is silent."""

from typing import Annotated

import typer

from openbell.cli.shell.options import StateOption, StateWord

EXAMPLES = """
openbell guardian runs/a      what `openbell run` starts by itself beside an account outside the process
"""
AsMode = Annotated[
    str | None, typer.Option("--mode", metavar="MODE", help="That of the run, where it is not the file's.", hidden=True)
]


def guardian(word: StateWord = None, state: StateOption = None, mode: AsMode = None) -> int:
    """Watch over an engine: alert after 10 s of silence, take every order back after 30.

    A file may say other times under `kill: {guardian: …}`.
    """
    import asyncio
    import os
    from pathlib import Path

    from openbell.cli.shell.begin import prepare
    from openbell.cli.shell.failure import Wrong
    from openbell.cli.shell.interrupt import Interrupt
    from openbell.cli.shell.output import tell
    from openbell.cli.shell.place import chosen
    from openbell.run import state as states
    from openbell.run.clock import WallClock
    from openbell.run.guardian import Guardian, relieve
    from openbell.run.orphan import Orphan

    named = word or state
    # Beside an engine that is only just beginning there is no journal yet.
    folder = named if named is not None and (named / "origin.json").exists() else chosen(word, state)
    origin = states.read_origin(folder)
    if not origin.file:
        raise Wrong(f"{folder} does not say which file it was started from", "a guardian needs its accounts")
    prepared, _ = prepare(Path(origin.file), mode)
    with Interrupt() as interrupt:
        orphan, clock = Orphan(folder, "closed"), WallClock()

        def is_over() -> bool:
            return interrupt.is_set or orphan.is_done()

        made = relieve(
            lambda: Guardian(folder, states.leases(os.environ), prepared.wires, tell, clock.now), is_over, clock, tell
        )
        if made is None:
            return 0
        patience = prepared.loaded.config.kill.guardian
        made.watch.stale_ns, made.watch.dead_ns = patience.alert, patience.pull
        tell(f"guardian of {folder}: {', '.join(prepared.wires) or 'no account outside the process'}")
        asyncio.run(made.run(is_over))
    return 0
