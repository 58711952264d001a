"""The page of the museum: bugs that people reported elsewhere, and who falls for them. Written by `tools.docs`."""

from pathlib import Path

from tests.museum.naive import Naive
from tests.museum.ours import Ours
from tests.museum.scenarios import EXHIBITS
from tests.museum.stage import Stage
from tools.table import row


def museum_page(root: Path) -> str:
    """Return the page that lists every exhibit, with what the reference bot does in it."""
    rows = []
    for exhibit in EXHIBITS:
        naive = exhibit.play(Stage(Naive, **exhibit.options))
        ours = exhibit.play(Stage(Ours, **exhibit.options))
        cells = (exhibit.source, exhibit.what, _verdict(naive), _verdict(ours))
        rows.append(row(cells))
    count = len(EXHIBITS)
    lines = [
        "# Museum",
        "",
        f"{count} bugs that were reported of other programs, played on one small venue. A reference bot of the",
        "kind that one writes first (`tests/museum/naive.py`) falls for each of them; openbell has to pass. Written by",
        "`make docs` from `tests/museum/scenarios.py`, which plays them.",
        "",
        "| reported as | what happened | the reference bot | openbell |",
        "|---|---|---|---|",
        *rows,
    ]
    return "\n".join(lines) + "\n"


def _verdict(problems: list[str]) -> str:
    return "; ".join(dict.fromkeys(problems)) or "passes"
