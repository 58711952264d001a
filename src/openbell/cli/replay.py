"""`openbell replay`: every recorded decision made anew with today's code, and compared."""

import os

from openbell.cli.shell.failure import DIFFERENT
from openbell.cli.shell.options import Json, StateOption, StateWord
from openbell.cli.shell.output import say, say_json
from openbell.words import counted

EXAMPLES = """
openbell replay                 the run written last: would today's code decide the same?
openbell replay runs/a --json   another one, for machines; exit code 4 where it would not
"""


def replay(word: StateWord = None, state: StateOption = None, as_json: Json = False) -> int:
    """Decide a recorded run anew and name the first difference from its record."""
    from openbell.cli.shell.place import chosen
    from openbell.run.replay import replay as again

    folder = chosen(word, state)
    done = again(folder, os.environ)
    is_equal = not done.difference
    if as_json:
        say_json({
            "state": str(folder), "mode": "replay", "is_equal": is_equal, "records": done.records, "seq": done.seq,
            "difference": done.difference, "orders_hash": done.orders_hash, "equity_end": done.equity,
        })  # fmt: skip
    elif is_equal:
        equity = ", ".join(f"{name} {value}" for name, value in done.equity.items())
        say(f"[REPLAY] equal: {counted(done.records, 'record')} of {folder} decided anew, equity {equity}")
        say(f"Orders hash {done.orders_hash}")
    else:
        say(f"[REPLAY] DIFFERENT at seq {done.seq} of {folder}")
        say(f"  {done.difference}")
        say("  The record stands: openbell status shows the true book.")
    return 0 if is_equal else DIFFERENT
