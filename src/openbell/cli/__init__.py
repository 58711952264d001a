"""The command line: one file a verb; `shell` holds what they share.

May import: everything below it. A verb imports what is heavy when it runs, so that help and status come at once.

Exit codes: 0 done, 1 the run failed, 2 wrong input, 3 refused by safety, 4 a difference was found.
"""

import gc
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

GLOBAL = ("--debug", "--no-color")
"""Options that may stand anywhere."""
YOUNG = 50_000
"""Objects made and not freed between two looks of the collector of cycles."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one verb and end the process with its exit code.

    Args:
        arguments: Words behind the program's name; those of the process where none are given.
    """
    from openbell.core.types import use_money_context

    use_money_context()
    # What is imported and read stays: with its own bound of 700 objects the collector took a tenth of every start.
    gc.set_threshold(YOUNG)
    words = list(sys.argv[1:] if arguments is None else arguments)
    sys.exit(perform(words))


def perform(words: Sequence[str]) -> int:
    """Run one verb and return its exit code; failures are told, not raised."""
    asked = [word for word in words if word not in GLOBAL]
    if "--no-color" in words:
        os.environ["NO_COLOR"] = "1"
    try:
        code = _dispatch(asked)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone, as `head` does: nothing more can be said to it, and the exit must not try.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001  # guard: task root, every failure is told in words
        if "--debug" in words:
            traceback.print_exc()
        return _fail(error, as_json="--json" in words)
    return code


def _dispatch(words: list[str]) -> int:
    from openbell.cli.shell.spread import gathered, repeated
    from openbell.cli.shell.table import application

    given = repeated(gathered(words, "--tickers"), "--grid")
    code = application(given[0] if given else "")(given, standalone_mode=False, prog_name="openbell")
    return code if isinstance(code, int) else 0


def _fail(error: Exception, *, as_json: bool) -> int:
    from openbell.cli.shell.failure import explain
    from openbell.cli.shell.output import say_json, tell

    failure = explain(error)
    tell(failure.text())
    if as_json:
        say_json(failure.as_json())
    return failure.code
