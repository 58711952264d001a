"""`openbell audit list|verify`: who came into the control room, and is the record whole?"""

import os
from pathlib import Path
from typing import Annotated

import typer

from openbell.cli.shell.options import Json
from openbell.cli.shell.output import say, say_json, tell
from openbell.words import counted

EXAMPLES = """
openbell audit list        log-ins, failed ones too, second factors, keys, deployments
openbell audit verify      is the chain of hashes whole?
"""
LIST_EXAMPLES = """
openbell audit list --count 20     the newest, the last one at the end
"""
VERIFY_EXAMPLES = """
openbell audit verify                 prints the hash of the last line: write it down elsewhere
openbell audit verify --head 9f2c…    with such a hash, lines cut off at the end are found too
"""
Count = Annotated[int, typer.Option("--count", metavar="N", min=1, max=100_000, help="So many, the newest.")]
Head = Annotated[str, typer.Option("--head", metavar="HASH", help="A hash that was printed before.")]


def listed(count: Count = 50, as_json: Json = False) -> int:
    """Tell who came in, and what was changed about who may."""
    from collections import deque

    import msgspec

    from openbell.edges.web.audit import entries
    from openbell.report.figures import utc

    try:
        found = deque(entries(_path()), maxlen=count)
    except msgspec.MsgspecError:
        raise _broken("a line cannot be read") from None
    if as_json:
        say_json({"entries": [msgspec.to_builtins(one) for one in found]})
        return 0
    for one in found:
        say(f"{one.n:>5} {utc(one.ts)} {one.what:<22} {one.actor}{f': {one.text}' if one.text else ''}")
    if not found:
        tell("nobody has come in yet")
    return 0


def verify(head: Head = "", as_json: Json = False) -> int:
    """Say whether the chain of hashes is whole; exit code 4 where it is not."""
    from openbell.cli.shell.failure import DIFFERENT
    from openbell.edges.web import audit

    found = audit.verify(_path(), head)
    if as_json:
        say_json({"entries": found.entries, "head": found.head, "problem": found.problem, "ok": not found.problem})
    elif found.problem:
        raise _broken(found.problem)
    else:
        say(f"{counted(found.entries, 'line')}, whole; head {found.head}")
    return DIFFERENT if found.problem else 0


def _path() -> Path:
    from openbell.edges.web.audit import NAME
    from openbell.run import state

    return state.home(os.environ) / "web" / NAME


def _broken(problem: str) -> Exception:
    from openbell.cli.shell.failure import DIFFERENT, Wrong

    return Wrong(f"{_path()}: {problem}", "somebody has changed it; compare it with a backup", DIFFERENT)
