"""The figures of a tear sheet in reading order: groups, months, falls, plots. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, cast

from openbell.core.book import Book
from openbell.core.types import as_float
from openbell.report import curves, plots, returns
from openbell.report.days import Day
from openbell.report.figures import amount
from openbell.report.performance import Figure, label_of, text_of
from openbell.report.recorder import Recorder
from openbell.report.sections import Column, Table
from openbell.report.trades import AXES
from openbell.words import counted

Blocks = Mapping[str, Mapping[str, Figure]]
GROUPS = (
    (
        "Growth",
        ("total_return", "cagr", "volatility", "sharpe", "sharpe_low", "sharpe_high", "sortino", "calmar"),
    ),
    (
        "Risk",
        (
            "max_drawdown", "drawdown_days", "recovering_since", "best_day", "worst_day", "positive_days",
            "value_at_risk", "normal_value_at_risk", "expected_shortfall",
        ),
    ),
    (
        "At work",
        (
            "time_in_market", "exposure_mean", "exposure_max", "exposure_now", "net_now", "concentration_now",
            "largest_now", "largest_ever", "largest_ever_in",
        ),
    ),
    ("Costs", ("traded", "turnover", "turnover_a_year", "fees", "fees_bps", "days", "days_per_year")),
)  # fmt: skip
"""Figures of an account by what they tell."""
OF_TRADES = (
    ("Results", ("trades", "wins", "win_rate", "win_rate_low", "win_rate_high", "profit", "fees", "profit_factor")),
    (
        "A trade",
        (
            "expectancy", "mean_win", "mean_loss", "payoff", "best", "worst", "longest_losing_streak",
            "mean_duration_s", "mean_mae", "mean_mfe",
        ),
    ),
)  # fmt: skip
"""Figures of closed trades by what they tell."""
_BY_AXIS = ("trades", "win_rate", "profit", "fees", "profit_factor", "expectancy", "mean_mae", "mean_mfe")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PLOTTED = ("strategy", "instrument", "hour", "weekday")
FEW_DAYS = 10
"""Trading days below which their distribution shows nothing."""
MOST_COLUMNS = 24
FALLS = 5
ROLLING_DAYS = 20
"""Trading days that a rolling figure looks back over."""


class Cell(NamedTuple):
    """One month: its return as text, and its tone.

    `g1` to `g4` for gains, `l1` to `l4` for losses, nothing for neither.
    """

    text: str
    tone: str


class Picture(NamedTuple):
    """A plot with its heading and what to know when reading it; `svg` is markup of our own."""

    title: str
    note: str
    svg: str


class Person(NamedTuple):
    """What the page tells of one account besides its figures."""

    name: str
    months: Sequence[tuple[str, Sequence[Cell]]]
    falls: Table
    pictures: Sequence[Picture]


def account_groups(figures: Mapping[str, object]) -> list[Table]:
    """Return the figures of all accounts, a table for each group."""
    return _groups(GROUPS, cast("Blocks", figures["accounts"]), "")


def trade_groups(figures: Mapping[str, object]) -> list[Table]:
    """Return the figures of closed trades, a table for each group; none without trades."""
    return _groups(OF_TRADES, cast("Blocks", figures["trades"]), " of closed trades")


def _groups(groups: Sequence[tuple[str, Sequence[str]]], blocks: Blocks, behind: str) -> list[Table]:
    if not blocks:
        return []
    head = (Column("Figure", is_number=False), *(Column(name, is_number=True) for name in blocks))
    found = []
    for title, keys in groups:
        rows = [
            (
                label_of(key),
                *(text_of(key, block[key], str(block.get("currency", name))) for name, block in blocks.items()),
            )
            for key in keys
        ]
        found.append(Table(title + behind if title == "Results" else title, head, rows))
    return found


def axis_tables(figures: Mapping[str, object]) -> list[Table]:
    """Return closed trades by strategy, instrument, side, hour and weekday.

    Along each axis they add up to the whole.
    """
    by = cast("Mapping[str, Mapping[str, Blocks]]", figures["by"])
    return [_by_axis(axis, by[axis]) for axis in AXES if by[axis]]


def _by_axis(axis: str, values: Mapping[str, Blocks]) -> Table:
    names = (label_of(axis), "Currency")
    head = (
        *(Column(name, is_number=False) for name in names),
        *(Column(label_of(key), is_number=True) for key in _BY_AXIS),
    )
    rows = [
        (value, currency, *(text_of(key, block[key], currency) for key in _BY_AXIS))
        for value, by_currency in values.items()
        for currency, block in by_currency.items()
    ]
    return Table(f"Trades by {axis}", head, rows)


def axis_pictures(figures: Mapping[str, object]) -> list[Picture]:
    """Return profit by strategy, instrument, hour and weekday as plots, one for each currency."""
    by = cast("Mapping[str, Mapping[str, Blocks]]", figures["by"])
    found = []
    for axis in _PLOTTED:
        for currency in cast("Blocks", figures["trades"]):
            made = [
                _column(value, blocks[currency], currency) for value, blocks in by[axis].items() if currency in blocks
            ]
            if 1 < len(made) <= MOST_COLUMNS:
                clock = ", hour of the entry (UTC)" if axis == "hour" else ""
                note = f"Realised less fees, {currency}{clock}; point at a column to read it."
                title = f"Profit by {axis}"
                found.append(Picture(title, note, plots.columns(title, made)))
    return found


def _column(value: str, block: Mapping[str, Figure], currency: str) -> plots.Column:
    profit = Decimal(str(block["profit"]))
    size = as_float(profit)
    told = f"{value}: {amount(profit, currency, signed=True)}, {counted(int(block['trades'] or 0), 'trade')}"
    return plots.Column(value, size, told, plots.tone_of(size))


def people(recorder: Recorder, book: Book) -> list[Person]:
    """Return months, falls and the distribution of days of each account that has any."""
    found = []
    for name in book.truth.accounts:
        days = recorder.days(name)
        if days:
            found.append(Person(name, months(days), falls(days), [*_days_picture(days), *_rolling_pictures(days)]))
    return found


def months(days: Sequence[Day]) -> list[tuple[str, list[Cell]]]:
    """Return the return of each month by year, and that of the year behind them.

    A day belongs to the month of its date.
    """
    by_month: dict[str, list[Day]] = {}
    for day in days:
        by_month.setdefault(day.date[:7], []).append(day)
    grown = {month: returns.total(returns.daily(within)) for month, within in by_month.items()}
    strongest = max(map(abs, grown.values()))
    found = []
    for year in sorted({month[:4] for month in grown}):
        keys = [f"{year}-{n:02d}" for n in range(1, 13)]
        cells = [_cell(grown.get(key), strongest) for key in keys]
        whole = returns.total([grown[key] for key in keys if key in grown])
        found.append((year, [*cells, Cell(_signed(whole), "")]))
    return found


def _cell(value: float | None, strongest: float) -> Cell:
    if value is None:
        return Cell("", "")
    step = 1 + min(int(3.999 * abs(value) / strongest), 3) if strongest > 0.0 else 1
    return Cell(_signed(value), f"{'g' if value > 0.0 else 'l'}{step}" if value else "")


def _signed(value: float) -> str:
    text = f"{100.0 * value:+.2f}%"
    return "0.00%" if text in {"+0.00%", "-0.00%"} else text


MONTHS = (*_MONTHS, "Year")
"""Headings of the months' table."""


def falls(days: Sequence[Day]) -> Table:
    """Return the deepest falls from a peak at the ends of trading days."""
    head = (
        *(Column(name, is_number=False) for name in ("Depth", "Peak", "Trough", "Recovered")),
        Column("Calendar days", is_number=True),
    )
    rows = [
        (f"{100.0 * fall.depth:.2f}%", fall.peak, fall.trough, fall.end or "not yet", f"{fall.days:,}")
        for fall in returns.falls(days)[:FALLS]
    ]
    return Table("Deepest falls", head, rows)


def _days_picture(days: Sequence[Day]) -> list[Picture]:
    daily = returns.daily(days)
    if len(daily) < FEW_DAYS:
        return []
    note = f"How many of {len(daily):,} trading days ended with which return."
    return [Picture("Daily returns", note, plots.distribution("Daily returns", daily))]


def rolling(days: Sequence[Day], length: int = ROLLING_DAYS) -> list[dict[str, Figure]]:
    """Return the figures of the last `length` days at the end of each day, in order.

    A day that began with nothing has no return, and is left out.
    """
    having = [(day.date, one) for day in days if (one := returns.change(day)) is not None]
    daily, per_year = [one for _, one in having], returns.days_per_year(days)
    found: list[dict[str, Figure]] = []
    for end in range(length, len(daily) + 1):
        window = daily[end - length : end]
        figures = (returns.total(window), returns.volatility(window, per_year), returns.sharpe(window, per_year))
        total, spread, ratio = (None if one is None else round(one, 6) for one in figures)
        found.append({"date": having[end - 1][0], "total_return": total, "volatility": spread, "sharpe": ratio})
    return found


def _rolling_pictures(days: Sequence[Day]) -> list[Picture]:
    """Return rolling figures as lines; none for fewer than two windows, or where one cannot be computed."""
    found, windows = [], rolling(days)
    for key, title in (("sharpe", "Rolling Sharpe ratio"), ("volatility", "Rolling volatility")):
        having = [(str(one["date"]), value) for one in windows if isinstance(value := one[key], float)]
        if len(having) > 1:
            line = curves.Line(title, [value for _, value in having], "main")
            note = f"Over the last {ROLLING_DAYS} trading days each, as a year's figure."
            found.append(Picture(title, note, curves.lines(title, [line], (having[0][0], having[-1][0]))))
    return found


def text_sheet(figures: Mapping[str, object]) -> str:
    """Return the figures as text for a terminal: groups, then trades along every axis."""
    tables = [*account_groups(figures), *trade_groups(figures), *axis_tables(figures)]
    return "\n\n".join(text_table(table) for table in tables)


def text_table(table: Table) -> str:
    """Return a table as text for a terminal, numbers to the right."""
    cells = [tuple(column.name for column in table.columns), *table.rows]
    wide = [max(len(row[n]) for row in cells) for n in range(len(table.columns))]
    wide[0] = max(wide[0], 22)
    lines = [table.label.upper()]
    for row in cells:
        made = [
            f"{cell:>{w}}" if column.is_number else f"{cell:<{w}}"
            for cell, w, column in zip(row, wide, table.columns, strict=True)
        ]
        lines.append(("  " + "  ".join(made)).rstrip())
    return "\n".join(lines)
