"""`openbell receive`: take signals from outside for a run."""

from openbell.cli.shell.options import StateOption, StateWord

EXAMPLES = """
openbell receive runs/a      what `openbell run` starts by itself beside a run whose file has signals
"""


def receive(word: StateWord = None, state: StateOption = None) -> int:
    """Take signed signals for a run over HTTP, until told to end; it has no broker's key."""
    import asyncio
    import os
    from pathlib import Path

    from openbell.cli.shell.failure import Wrong
    from openbell.cli.shell.interrupt import Interrupt
    from openbell.cli.shell.output import tell
    from openbell.cli.shell.place import chosen
    from openbell.config.load import load_signals
    from openbell.edges.signals.door import HOST
    from openbell.run import signals
    from openbell.run import state as states
    from openbell.run.alerts.start import has_begun
    from openbell.run.clock import WallClock
    from openbell.run.keyring import secrets_of
    from openbell.run.orphan import Orphan

    named = word or state
    # Beside an engine that is only just beginning there is no journal yet.
    folder = named if named is not None and (named / "origin.json").exists() else chosen(word, state)
    origin = states.read_origin(folder)
    if not origin.file:
        raise Wrong(f"{folder} does not say which file it was started from", "who may send signals stands there")
    terms = load_signals(Path(origin.file), os.environ, secrets_of(os.environ))
    if terms is None:
        advice = 'add signals: {sources: {NAME: {secret: "${SIGNALS_SECRET}"}}}'
        raise Wrong(f"{origin.file} takes no signals", advice)
    clock, orphan = WallClock(), Orphan(folder, "gone")
    with Interrupt() as interrupt:
        while not has_begun(folder) and not interrupt.is_set:
            clock.sleep(20_000_000)
        if has_begun(folder):
            try:
                asyncio.run(signals.receive(folder, terms, clock, tell, lambda: interrupt.is_set or orphan.is_done()))
            except OSError as error:
                what = f"signals.port: {HOST}:{terms.port} cannot be listened on: {error.strerror}"
                raise Wrong(what, "name another port there") from None
    return 0
