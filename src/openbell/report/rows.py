"""Rows of figures for machines, and the tables that people read of them. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from openbell.report.sections import Column, Table

Row = dict[str, Any]
Section = list[Row]


def shown(found: Mapping[str, Section]) -> list[Table]:
    """Return sections as tables; rows of unlike columns make tables of their own."""
    tables = []
    for name, rows in found.items():
        title = name.replace("_", " ").replace("pnl", "P&L")
        groups: dict[str, list[Row]] = {}
        for row in rows:
            groups.setdefault(next(iter(row)), []).append(row)
        tables += [_table(title[0].upper() + title[1:], group) for group in groups.values()]
        if not groups:
            tables.append(
                Table(title[0].upper() + title[1:], (Column("Nothing", is_number=False),), [("nothing in it",)])
            )
    return tables


def _table(title: str, rows: Sequence[Row]) -> Table:
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = [Column(_words(name), is_number=any(_is_number(row.get(name)) for row in rows)) for name in names]
    return Table(title, tuple(columns), [tuple(_text(row.get(name)) for name in names) for row in rows])


def _words(name: str) -> str:
    text = name.replace("_", " ")
    return text[0].upper() + text[1:]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) or (
        isinstance(value, str) and value.lstrip("-").replace(".", "", 1).isdigit()
    )


def _text(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,.6g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
