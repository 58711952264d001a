"""Tables of Markdown pages."""

from collections.abc import Iterable


def row(cells: Iterable[str]) -> str:
    """Return a row; a bar inside of a cell stays in it."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
