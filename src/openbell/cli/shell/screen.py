"""The live view of a run in a terminal."""

import os
import sys
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice

from rich.align import Align
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from openbell.cli.shell.onlooker import Onlooker, span
from openbell.cli.shell.output import NO_TERMINAL, unheard
from openbell.core.book import Book
from openbell.core.codes import label
from openbell.core.effects import Alert
from openbell.core.order import Order
from openbell.core.types import NS, ZERO
from openbell.report.figures import amount, grouped, percent, price, quantity, ratio
from openbell.report.metrics import session_metrics
from openbell.run.modes import badge, is_simulated

_BADGES = {"red": "bold white on red", "blue": "bold white on blue", "grey": "bold white on grey37"}
_LEVELS = {"critical": "bold red", "error": "red", "warning": "yellow", "info": "dim"}
_FIXED = 17
"""Lines taken by everything but the lists, at their smallest."""
_ALARMS = 3
"""Closed gates told on the screen."""


class Screen:
    """A live view on the terminal's second screen; the first one comes back untouched."""

    least_s = 0.125

    def __init__(self, mode: str, console: Console | None = None) -> None:
        """Open the view of a run in `mode`; `console` is standard error's where none is given."""
        self.mode = mode
        colour = not os.environ.get("NO_COLOR")
        self.console = console or Console(stderr=True, highlight=False, no_color=not colour)
        self._live = Live(console=self.console, screen=True, auto_refresh=False, redirect_stdout=False)
        self._live.start()

    def draw(self, seen: Onlooker) -> None:
        """Show how things stand."""
        if seen.book is not None:
            with unheard(sys.stderr, NO_TERMINAL):
                self._live.update(page(seen, seen.book, self.mode, self.console.size.height), refresh=True)

    def close(self) -> None:
        """Give the terminal back."""
        with unheard(sys.stderr, NO_TERMINAL):
            self._live.stop()


def page(seen: Onlooker, book: Book, mode: str, height: int) -> RenderableType:
    """Return the whole view for a terminal of `height` lines."""
    alarm = min(len(book.truth.latches), _ALARMS) + 2 if book.truth.latches else 0
    room = max(height - _FIXED - alarm, 4)
    held = [position for position in book.all_positions() if position.qty]
    positions = min(max(len(held), 1), max(room // 2, 2))
    rest = max(room - positions, 2)
    parts: list[RenderableType] = [_banner(book, mode)]
    parts += [_alarm(book)] if book.truth.latches else []
    both = Table.grid(expand=True, padding=(0, 1))
    both.add_column(ratio=1)
    both.add_column(ratio=1)
    both.add_row(_account(book), _metrics(book))
    parts += [both, _positions(book, positions)]
    events = Table.grid(expand=True, padding=(0, 1))
    events.add_column(ratio=1)
    events.add_column(ratio=1)
    events.add_row(_orders(book, rest), _events(seen, book, rest))
    return Group(*parts, events, _progress(seen))


def _banner(book: Book, mode: str) -> RenderableType:
    words, colour = badge(mode, is_simulated=is_simulated(book.spec))
    truth = book.truth
    line = Text.assemble((f" {words} ", _BADGES[colour]), "  ", no_wrap=True)
    if truth.is_synthetic:
        line.append("SYNTHETIC ", "bold yellow")
        line.append("invented prices  ", "yellow")
    line.append(truth.title, "bold")
    clock = datetime.fromtimestamp(truth.ts // NS, tz=UTC) if truth.ts else None
    right = Text(f"market time {clock:%Y-%m-%d %H:%M} UTC" if clock else "", no_wrap=True)
    grid = Table.grid(expand=True)
    grid.add_column(ratio=1)
    grid.add_column(justify="right")
    grid.add_row(line, right)
    symbols = Text(", ".join(book.spec.instruments), "dim", no_wrap=True, overflow="ellipsis")
    return Group(grid, symbols)


def _alarm(book: Book) -> RenderableType:
    """Return the warning that gates are closed, as big as it is important."""
    lines = [f"{latch.kind.upper()} {latch.scope}: {latch.reason}" for latch in book.truth.latches.values()]
    text = Text("\n".join(lines[:_ALARMS]), "bold white")
    return Panel(Align.center(text), title="NO NEW RISK", subtitle="openbell resume", style="white on red")


def _account(book: Book) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(style="dim", no_wrap=True, min_width=10)
    table.add_column(justify="right", no_wrap=True)
    for name, account in list(book.truth.accounts.items())[:2]:
        currency = account.currency
        result = account.equity - account.equity_start - account.net_flows
        table.add_row(f"Equity {name}", Text(amount(account.equity, currency), "bold"))
        table.add_row("Result", signed(result, currency, ratio(result, account.equity_start)))
        table.add_row("Today", signed(account.session_result, currency, ratio(account.session_result, account.equity)))
        table.add_row("Cash", amount(account.cash[currency], currency))
        table.add_row("Largest fall", percent(account.max_drawdown))
        table.add_row("Fees", amount(account.fees.get(currency, ZERO), currency))
    return Panel(table, title="Account", title_align="left", border_style="dim", padding=(0, 1))


def signed(value: Decimal, currency: str, share: Decimal) -> Text:
    """Return a result with sign, arrow and colour: none of them stands alone."""
    arrow, style = ("▲", "green") if value > 0 else ("▼", "red") if value < 0 else ("·", "")
    return Text(f"{arrow} {amount(value, currency, signed=True)} {percent(share, signed=True)}", style)


def _metrics(book: Book) -> RenderableType:
    found, counts = session_metrics(book), book.truth.counts
    table = Table.grid(padding=(0, 1))
    table.add_column(style="dim", no_wrap=True, min_width=10)
    table.add_column(justify="right", no_wrap=True)
    table.add_row("Decisions", Text(f"{found.decisions:,}", "bold"))
    other = f", {found.other:,} other" if found.other else ""
    table.add_row("= executed", f"{found.executed:,} ({found.buy:,} buy, {found.sell:,} sell{other})")
    table.add_row("+ hold", f"{found.hold:,}")
    table.add_row("+ refused", f"{found.rejected:,}")
    table.add_row("+ skipped", f"{found.skipped:,} + {found.errors:,} errors")
    table.add_row("Orders", f"{counts.orders:,} · {counts.fills:,} fills")
    return Panel(table, title="Session metrics", title_align="left", border_style="dim", padding=(0, 1))


def _positions(book: Book, most: int) -> RenderableType:
    table = Table(expand=True, box=None, padding=(0, 1), header_style="dim")
    held = [position for position in book.all_positions() if position.qty]
    if not held:
        empty = Text("none open; they appear with the first fill", "dim")
        return Panel(empty, title="Positions: 0", title_align="left", border_style="dim", padding=(0, 1))
    for name in ("Symbol", "Side", "Qty", "Entry", "Current", "P&L", "Deployment"):
        table.add_column(name, justify="left" if name in ("Symbol", "Side", "Deployment") else "right", no_wrap=True)
    for position in held[:most]:
        instrument = book.instrument(position.instrument)
        current = book.mark_px(position.instrument)
        table.add_row(
            Text(position.instrument, "bold"),
            "LONG" if position.qty > 0 else "SHORT",
            quantity(abs(position.qty)),
            price(position.average(instrument), instrument),
            price(current, instrument) if current is not None else "unknown",
            signed(position.unrealised, instrument.currency, ratio(position.unrealised, abs(position.cost))),
            position.deployment,
        )
    more = f" (first {most})" if len(held) > most else ""
    return Panel(table, title=f"Positions: {len(held)}{more}", title_align="left", border_style="dim", padding=0)


def _orders(book: Book, most: int) -> RenderableType:
    lines = []
    for order in islice(reversed(book.truth.orders.values()), most):
        words = f"{order.side.upper():<4} {quantity(order.qty)} {order.instrument} {order.status} {terms(order, book)}"
        lines.append((order.sent_ts, Text(words)))
    return _list("Latest orders", lines)


def _list(title: str, lines: list[tuple[int, Text]]) -> RenderableType:
    """Return lines with their instants, each cut at the border rather than wrapped."""
    table = Table.grid(expand=True, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, no_wrap=True)
    for ts, text in lines:
        table.add_row(_clock(ts), text)
    if not lines:
        table.add_row("", Text("none yet", "dim"))
    return Panel(table, title=title, title_align="left", border_style="dim", padding=(0, 1))


def terms(order: Order, book: Book) -> str:
    """Return kind and price of an order: `stop $101.20`."""
    instrument = book.instrument(order.instrument)
    px = order.limit if order.limit is not None else order.stop
    return f"{order.type} {price(px, instrument)}" if px is not None else str(order.type)


def _events(seen: Onlooker, book: Book, most: int) -> RenderableType:
    found = [(ts, _told(alert)) for ts, alert in seen.alerts]
    for fill in seen.fills:
        order = book.truth.orders.get(fill.oid)
        why = label(order.reason).partition(" ")[2] if order is not None else ""
        px = price(fill.px, book.instrument(fill.instrument))
        words = f"{fill.side.upper():<4} {quantity(fill.qty)} {fill.instrument} @ {px}  {why}"
        found.append((fill.time, Text(words)))
    newest = sorted(found, key=lambda item: item[0], reverse=True)[:most]
    return _list("Fills and alerts", newest)


def _told(alert: Alert) -> Text:
    return Text(f"{alert.level.upper()} {alert.text}", _LEVELS.get(alert.level, ""))


def _clock(ts: int) -> Text:
    return Text(f"{datetime.fromtimestamp(ts // NS, tz=UTC):%H:%M:%S}", "dim", no_wrap=True)


def _progress(seen: Onlooker) -> RenderableType:
    rate, left = seen.pace()
    grid = Table.grid(expand=True, padding=(0, 1))
    grid.add_column(ratio=1)
    grid.add_column(justify="right", no_wrap=True)
    total = max(seen.bars, 1)
    speed = grouped(Decimal(int(rate)), 0)
    runtime = span(seen.clock() - seen.began)
    words = f"{100 * seen.taken // total} %  {speed} bars/s  {runtime} run  {span(left)} left"
    grid.add_row(ProgressBar(total=total, completed=min(seen.taken, total)), words)
    return Group(grid, Text("Ctrl-C ends in good order: positions and their protection stay", "dim"))
