"""Signals, orders and fills as rows of a CSV file, for a spreadsheet.

Columns are only ever added at the end.
"""

import csv
import io
from collections.abc import Mapping

COLUMNS = (
    "time", "kind", "symbol", "action", "strength", "price", "strategy", "quantity", "value", "fee", "currency",
    "reason", "account", "order_id", "execution_id",
)  # fmt: skip
"""`kind` is signal, order or fill; `action` BUY, SELL or FLAT; `strength` STRONG, MODERATE or WEAK."""


def head() -> str:
    """Return the first line of the file."""
    return line(dict(zip(COLUMNS, COLUMNS, strict=True)))


def line(fields: Mapping[str, str]) -> str:
    """Return a row with its end; a column that is not given stays empty.

    Raises:
        KeyError: There is no such column.
    """
    strange = set(fields) - set(COLUMNS)
    if strange:
        raise KeyError(", ".join(sorted(strange)))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(fields.get(name, "") for name in COLUMNS)
    return text.getvalue()
