"""`openbell notify`: carry a run's alerts to people."""

from openbell.cli.shell.options import StateOption, StateWord

EXAMPLES = """
openbell notify runs/a      what `openbell run` starts by itself beside a run whose file has alerts
"""


def notify(word: StateWord = None, state: StateOption = None) -> int:
    """Follow a run and send its alerts, until it is told to end; the engine does not need it.

    It goes on where it stopped. A state that was never followed begins with what comes from now on.
    """
    import asyncio
    import os
    from pathlib import Path

    from openbell.cli.shell.failure import Wrong
    from openbell.cli.shell.interrupt import Interrupt
    from openbell.cli.shell.output import tell
    from openbell.cli.shell.place import chosen
    from openbell.config.variables import secret_texts
    from openbell.run import assemble
    from openbell.run import state as states
    from openbell.run.alerts.notifier import Notifier
    from openbell.run.alerts.start import begin, has_begun, last_record
    from openbell.run.clock import WallClock
    from openbell.run.orphan import Orphan

    named = word or state
    # Beside an engine that is only just beginning there is no journal yet.
    folder = named if named is not None and (named / "origin.json").exists() else chosen(word, state)
    origin = states.read_origin(folder)
    if not origin.file:
        raise Wrong(f"{folder} does not say which file it was started from", "its alerts stand there")
    loaded, found = assemble.read(Path(origin.file), os.environ)
    terms = loaded.config.alerts
    if not terms.is_on:
        raise Wrong(f"{origin.file} has no alerts", 'add alerts: [{url: "${ALERT_URL}"}]')
    clock = WallClock()
    with Interrupt() as interrupt:
        begin(folder, last_record(folder))
        while not has_begun(folder) and not interrupt.is_set:
            clock.sleep(20_000_000)
        if has_begun(folder):
            tell(f"notifier of {folder}: {', '.join(terms.named)}")
            orphan = Orphan(folder, "replaced")
            notifier = Notifier(folder, terms, found.channels, clock, secret_texts(loaded.tree))
            try:
                asyncio.run(notifier.run(lambda: interrupt.is_set or orphan.is_done()))
            finally:
                notifier.close()
    return 0
