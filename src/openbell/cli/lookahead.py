"""`openbell lookahead`: does anything decide on what had not happened yet?"""

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from openbell.cli.shell.failure import DIFFERENT, Wrong
from openbell.cli.shell.options import File
from openbell.cli.shell.spread import spread
from openbell.cli.shell.study import INTERRUPTED, Seed, Study, Terms, facts_of, finish, head_of, open_study, watched
from openbell.words import counted

if TYPE_CHECKING:
    from openbell.report.study import Page
    from openbell.run.assemble import Prepared
    from openbell.run.source import Source
    from openbell.run.study.lookahead import Lookahead

EXAMPLES = """
openbell lookahead my.yaml                      decide again without the future, at 12 instants
openbell lookahead my.yaml --cuts 50 --seed 7   at 50 others
openbell lookahead my.yaml --data bars --json   exit code 4 where something looks ahead
"""


class Cuts(msgspec.Struct, frozen=True, kw_only=True):
    """Where the future is cut off."""

    cuts: Annotated[int, typer.Option("--cuts", metavar="N", help="Instants at which the future is cut off.")] = 12
    seed: Seed = 1


@spread
def lookahead(file: File, cuts: Cuts, terms: Terms) -> int:
    """Cut the future off and compare every signal; exit code 4 where one differs."""
    from openbell.cli.shell.begin import Asked, begin
    from openbell.cli.shell.options import parse_until
    from openbell.run.study.lookahead import lookahead as looked

    if cuts.cuts < 1:
        raise Wrong(f"--cuts: {cuts.cuts} is too small", "write a number from 1 on")
    study = open_study("lookahead", file, terms)
    last = parse_until(terms.until) if terms.until else None

    def load(until: int | None) -> "tuple[Prepared, Source]":
        bound = last if until is None else until
        return begin(Asked(file=file, data=terms.data, choose=terms.source, until=bound))

    head, facts = head_of(study), facts_of(study)
    study = without_bars(study)
    found = watched(study, cuts.cuts + 1, lambda watch: looked(load, cuts.cuts, cuts.seed, watch))
    data = head | {"is_clean": found.is_clean if found.is_complete else None} | msgspec.to_builtins(found)
    finish(study, data, _lines(found), _page(study, found, facts))
    if not found.is_clean:
        return DIFFERENT
    return 0 if found.is_complete else INTERRUPTED


def without_bars(study: Study) -> Study:
    """Return a study that holds no bars: who looks for a future in memory finds none."""
    empty = msgspec.structs.replace(study.source, tables=[])
    return msgspec.structs.replace(study, source=empty, desk=msgspec.structs.replace(study.desk, source=empty))


def _lines(found: "Lookahead") -> list[str]:
    from openbell.report.figures import utc

    lines = [
        f"{counted(found.signals, 'signal')} over {counted(found.bars, 'bar')}.",
        f"{found.compared:,} compared again without their future, cut off at {counted(len(found.cuts), 'instant')}.",
    ]
    for one in found.differences:
        lines.append(f"LOOKS AHEAD: {one.deployment} {one.instrument} at {utc(one.ts)}, cut off at {utc(one.until)}:")
        lines += [f"  with the future     {one.whole}", f"  without the future  {one.cut}"]
    lines += [f"LOOKS AHEAD: bars of {name} are others when later ones are missing" for name in found.data]
    lines += [f"REACHES OUT: {name} was opened while strategies decided" for name in found.opened]
    lines += [f"REACHES OUT: {name}, which can read what the engine did not hand over" for name in found.imports]
    if not found.is_complete:
        lines.append("stopped before all cuts were tried")
    return lines if not found.is_clean else [*lines, "Nothing looks ahead."]


def _page(study: Study, found: "Lookahead", facts: list[tuple[str, str]]) -> "Page":
    from openbell.report.figures import utc
    from openbell.report.sections import Tile
    from openbell.report.study import Page, table

    verdict = "clean" if found.is_clean else "looks ahead"
    rows = [
        (one.deployment, one.instrument, utc(one.ts) or "", utc(one.until) or "", one.whole, one.cut)
        for one in found.differences
    ]
    names = ["Deployment", "Instrument", "Signal at", "Cut off at", "With the future", "Without"]
    return Page(
        title=study.prepared.spec.title,
        study="LOOK-AHEAD",
        is_synthetic=study.prepared.spec.is_synthetic,
        about="Every signal compared with what was decided without its future, "
        f"cut off at {counted(len(found.cuts), 'instant')}",
        warnings=[line for line in _lines(found) if line.startswith(("LOOKS", "REACHES"))],
        tiles=[
            Tile("Verdict", verdict, "of these cuts", "gain" if found.is_clean else "loss"),
            Tile("Signals", f"{found.signals:,}", f"over {found.bars:,} bars"),
            Tile("Compared", f"{found.compared:,}", "without their future"),
        ],
        tables=[
            table("Signals that differ", names, [], rows),
            table("Cuts", ["The future was cut off at"], [], [(utc(one) or "",) for one in found.cuts]),
        ],
        facts=facts,
        note="A strategy that only sees bars as they come cannot look ahead; feeds, files and what outlives a run can.",
    )
