"""One HTML file that tells a run: it opens without a network, in any browser, and prints."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from openbell.core.book import Book
from openbell.files import SHARED, write_whole
from openbell.report import orders, returns, rivals, sections, sheet
from openbell.report.dataset import embed, payload
from openbell.report.performance import performance
from openbell.report.recorder import Recorder
from openbell.report.sections import Table

if TYPE_CHECKING:
    from jinja2 import Template

_SCRIPTS = ("chart.js", "models.js", "page.js")
_FACTS = (
    ("first_ts", "First bar (UTC)"),
    ("last_ts", "Last event (UTC)"),
    ("bars", "Bars"),
    ("events", "Events"),
    ("orders", "Orders"),
    ("fills", "Fills"),
    ("orders_hash", "Hash of all orders"),
    ("journal_head", "Head of the journal"),
    ("recovered_seq", "Recovered up to"),
    ("bars_this_process", "Bars since the last start"),
    ("events_per_s", "Events per second"),
    ("engine", "Engine"),
)


class Badge(NamedTuple):
    """How a mode is shown: its words, its colour's name and that of the page's icon."""

    text: str
    colour: str
    icon: str


_BADGES = {
    "live": Badge("LIVE", "red", "b3161b"),
    "paper": Badge("PAPER · BROKER", "blue", "0b5cad"),
    "sim": Badge("PAPER · SIMULATED", "blue", "0b5cad"),
}
_SIMULATED = frozenset({"sim", "backtest", "demo", "replay"})


def badge(mode: str, *, is_simulated: bool = False) -> Badge:
    """Return how a mode is shown: live red, paper blue, all others grey by their name.

    `is_simulated` is for a broker's mode at a local server.
    """
    found = _BADGES.get(mode) or Badge(mode.replace("_", " ").upper(), "grey", "55626f")
    if not is_simulated or "SIMULATED" in found.text:
        return found
    return found._replace(text="PAPER · SIMULATED" if mode == "paper" else f"{found.text} · SIMULATED")


def write_report(path: Path, recorder: Recorder, book: Book, summary: Mapping[str, object], title: str) -> None:
    """Write the report of a run as one HTML file, replacing an older one in one step.

    Args:
        path: Where to; its folder exists.
        recorder: That watched the run.
        book: As the run left it.
        summary: From `metrics.summary`; `mode` chooses the badge, `rules` are the rules in words.
        title: Name of the run as shown.

    Raises:
        OSError: The file cannot be written.
    """
    write_whole(path, render(recorder, book, summary, title).encode(), mode=SHARED)


def render(recorder: Recorder, book: Book, summary: Mapping[str, object], title: str) -> str:
    """Return the report of a run as HTML; nothing in it is fetched from anywhere."""
    from markupsafe import Markup

    mode = str(summary.get("mode", book.truth.mode))
    is_at_front = any(account.is_simulated for account in book.spec.accounts.values())
    rules = summary.get("rules")
    data = payload(recorder, book)
    # Only our own files and escaped JSON pass unescaped.
    page = {
        "title": title,
        "badge": badge(mode, is_simulated=is_at_front),
        "synthetic": bool(summary.get("is_synthetic", book.truth.is_synthetic)),
        "is_simulated": mode in _SIMULATED or is_at_front,
        "period": _period(summary),
        "latches": sections.latches(book),
        "tiles": sections.tiles(book, recorder, summary),
        "has_curve": any(recorder.equity(name) for name in book.truth.accounts),
        "has_bars": bool(data["charts"]),
        "marks_note": sections.marks_note(recorder),
        "trade_totals": sections.trade_totals(recorder.totals),
        "trades_note": sections.trades_note(recorder),
        "positions": sections.positions(book),
        "decisions": _counts(summary, "decisions_by_reason"),
        "rejected": _counts(summary, "rejected_by_reason"),
        "quarantined": _counts(summary, "quarantined_by_reason"),
        "orders": _orders(summary),
        "rules": [str(rule) for rule in rules] if isinstance(rules, (list, tuple)) else [],
        "facts": _facts(summary),
        **_figures(recorder, book, summary),
        "accounts": sections.accounts(book),
        "deployments": sections.deployments(book),
        "style": Markup(asset("report.css")),  # noqa: S704  # our own file
        "script": Markup("\n".join(map(asset, _SCRIPTS))),  # noqa: S704  # our own files
        "data": Markup(embed(data)),  # noqa: S704  # embed() leaves no sign that HTML knows
    }
    return template("report.html.j2").render(page)


def _orders(summary: Mapping[str, object]) -> Table | None:
    """Return what became of the orders, None where only a journal could tell."""
    found = summary.get("of_orders")
    return orders.table(found) if isinstance(found, dict) else None


def _figures(recorder: Recorder, book: Book, summary: Mapping[str, object]) -> dict[str, object]:
    """Return the tear sheet's groups, tables and plots."""
    from markupsafe import Markup

    free = summary.get("risk_free")
    figures = performance(recorder, book, free if isinstance(free, float) else 0.0)
    people = sheet.people(recorder, book)
    beside = summary.get("of_rivals")
    daily = beside if isinstance(beside, Mapping) else {}
    drawn = [picture for one in people for picture in one.pictures] + sheet.axis_pictures(figures)
    side_by_side = rivals.picture(daily)
    pictures = [side_by_side, *drawn] if side_by_side is not None else drawn
    return {
        "account_groups": sheet.account_groups(figures),
        "trade_groups": sheet.trade_groups(figures),
        "rivals": rivals.table(rivals.figures(daily, per_year(recorder, book))),
        "axis_tables": sheet.axis_tables(figures),
        "people": people,
        "month_names": sheet.MONTHS,
        "pictures": [picture._replace(svg=Markup(picture.svg)) for picture in pictures],  # noqa: S704  # names are escaped where they are drawn
        "risk_free": f"{100.0 * free:g}% a year" if isinstance(free, float) and free else "",
    }


def per_year(recorder: Recorder, book: Book) -> float:
    """Return how many trading days a year has, by the account that trades on most of them."""
    return max((returns.days_per_year(recorder.days(name)) for name in book.truth.accounts), default=252.0)


@cache
def template(name: str) -> "Template":
    """Return one of our own templates: all is escaped, and a missing name is an error.

    It is translated once a process.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["total"] = _total
    return environment.from_string(asset(name))


def _total(rows: list[tuple[str, str]]) -> str:
    return f"{sum(int(count.replace(',', '')) for _, count in rows):,}"


def asset(name: str) -> str:
    """Return the text of one of our own files that pages are made of."""
    return files("openbell.report").joinpath("templates", name).read_text(encoding="utf-8")


def _counts(summary: Mapping[str, object], key: str) -> list[tuple[str, str]]:
    counted = summary.get(key)
    if not isinstance(counted, Mapping):
        return []
    rows = sorted(counted.items(), key=lambda row: (-row[1], row[0]))
    return [(str(name).replace("_", " "), f"{count:,}") for name, count in rows]


def _period(summary: Mapping[str, object]) -> str:
    first, last = summary.get("first_ts"), summary.get("last_ts")
    if not first:
        return "No market data yet."
    return f"{_readable(first)} to {_readable(last)} UTC"


def _readable(instant: object) -> str:
    return str(instant).replace("T", " ").removesuffix("Z")


def _facts(summary: Mapping[str, object]) -> list[tuple[str, str]]:
    found = []
    for key, name in _FACTS:
        value = summary.get(key)
        if value is not None:
            text = f"{value:,}" if isinstance(value, (int, float)) else str(value)
            found.append((name, _readable(text) if key.endswith("_ts") else text))
    return found
