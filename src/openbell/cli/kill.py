"""`openbell kill`: no new risk from now on, until somebody enables it again."""

import os
from typing import Annotated

import typer

from openbell.cli.shell.options import Json, StateOption, StateWord
from openbell.cli.stop import Close

EXAMPLES = """
openbell kill                                 no new risk, and every order is taken back, protection too (tier 2)
openbell kill --close                         the same, and every position is closed (tier 3)
openbell kill --tier 1                        no new risk; entries are taken back, protection stays
openbell kill --scope instrument:SPY          only there; also account:NAME and deployment:NAME
openbell kill --tier 4                        the engine may send nothing more, for when it is suspect itself
touch STATE/KILL                              tier 2 with nothing but a shell; `echo 3 > STATE/KILL` closes, too
"""
TIERS = (
    "paused until `openbell resume`",
    "no new risk, entries are taken back, protection stays",
    "no new risk, every order is taken back",
    "no new risk, every order is taken back, positions are being closed",
    "severed: this engine sends nothing more",
)


def scopes(prefix: str) -> list[str]:
    """Return the scopes of the newest state that begin like this, for the shell's completion."""
    from openbell.run import state
    from openbell.run.records import Unlike, first_event, parse_spec

    try:
        spec = parse_spec(first_event(state.journal(state.newest(os.environ))))
    except (state.NoState, Unlike, OSError):
        return ["all"] if "all".startswith(prefix) else []
    kinds = (("account", spec.accounts), ("deployment", spec.deployments), ("instrument", spec.instruments))
    return [
        one for one in ("all", *(f"{kind}:{name}" for kind, names in kinds for name in names)) if one.startswith(prefix)
    ]


Scope = Annotated[
    str,
    typer.Option(
        "--scope", metavar="SCOPE", help="all, account:A, deployment:D[/S] or instrument:S.", autocompletion=scopes
    ),
]  # fmt: skip
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is kept in the journal.")]
Tier = Annotated[
    int | None,
    typer.Option(
        "--tier", min=0, max=4, show_default=False,
        help="0 pause, 1 no new risk, 2 and cancel all (default), 3 and flatten, 4 sever.",
    ),
]  # fmt: skip


def kill(
    word: StateWord = None,
    state: StateOption = None,
    close: Close = False,
    scope: Scope = "all",
    reason: Reason = "operator",
    tier: Tier = None,
    as_json: Json = False,
) -> int:
    """Close the gate for new risk; it stays closed over every restart until `enable`."""
    from openbell.cli.shell.failure import Wrong
    from openbell.cli.shell.order import Word, give
    from openbell.cli.shell.place import chosen
    from openbell.edges.journal import OsDisk, take_lease
    from openbell.run.state import journal

    if close and tier is not None and tier != 3:
        raise Wrong(f"--close is tier 3, and --tier says {tier}", "give one of them")
    level = 3 if close else 2 if tier is None else tier
    effect = f"{scope}: {TIERS[level]}" + (" until `openbell enable`" if level else "")
    told = Word(kind="kill", close=close, scope=scope, reason=reason, tier=level)
    folder = chosen(word, state)
    is_taken = give(folder, told, as_json=as_json, effect=effect)
    if level == 4 and not is_taken:
        # An engine that does not answer is fenced all the same: at its next look it finds a later lease.
        take_lease(OsDisk(journal(folder)))
    return 0
