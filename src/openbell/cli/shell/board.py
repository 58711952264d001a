"""The control room in a terminal: what is held and at stake, and STOP in two steps."""

import asyncio
from typing import Any, ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import DataTable, Footer, Static

from openbell.run.modes import badge
from openbell.run.web.desk import Desk, Unreachable
from openbell.words import counted

EVERY_S = 0.5
SHOWN_ALERTS = 50
TABLES: dict[str, tuple[str, ...]] = {
    "accounts": ("Account", "Equity", "Day", "Total", "Drawdown", "Exposure", "Line"),
    "positions": ("Deployment", "Symbol", "Side", "Quantity", "Entry", "Price", "P&L", "Stop", "Target"),
    "orders": ("Deployment", "Symbol", "Side", "Type", "Quantity", "Filled", "Limit", "Stop", "Status"),
    "limits": ("Limit", "Account", "Use", "State", "What it says"),
    "alerts": ("Time", "Level", "What"),
}
"""The tables and their columns, from above to below."""


class Sure(ModalScreen[bool]):
    """Asks once more before everything is closed."""

    BINDINGS: ClassVar[list[BindingType]] = [("S", "yes", "Close everything now"), ("escape", "no", "Back")]

    def __init__(self, will: str) -> None:
        """Say what would be done."""
        super().__init__()
        self._will = will

    def compose(self) -> ComposeResult:
        """Lay it out."""
        with Vertical(id="sure"):
            yield Static("EMERGENCY STOP", id="sure-head")
            yield Static(self._will, id="sure-will", markup=False)
            yield Static("Shift+S closes everything now · Escape goes back", id="sure-keys")

    def action_yes(self) -> None:
        """Close everything."""
        self.dismiss(True)

    def action_no(self) -> None:
        """Go back."""
        self.dismiss(False)


class Board(App[None]):
    """One run on one screen.

    Attributes:
        shown: The latest snapshot, empty before the first. told: What became of the last STOP.
    """

    CSS = """
    #head { height: 1; padding: 0 1; text-style: bold; }
    .red { background: darkred; color: white; } .blue { background: darkblue; color: white; }
    .grey { background: #444444; color: white; }
    #note { height: auto; padding: 0 1; } .bad { background: darkred; color: white; }
    .name { padding: 0 1; text-style: bold; color: $text-muted; }
    DataTable { height: auto; max-height: 12; } #lower { height: 1fr; } #lower Vertical { width: 1fr; }
    #lower DataTable { max-height: 100%; }
    Sure { align: center middle; }
    #sure { width: 64; height: auto; border: heavy red; padding: 1 2; background: $surface; }
    #sure-head { text-style: bold; color: red; } #sure-will { padding: 1 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [("s", "stop", "STOP"), ("q", "quit", "Quit")]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, desk: Desk) -> None:
        """Show what a desk shows."""
        super().__init__()
        self._desk = desk
        self.shown: dict[str, Any] = {}
        self.told = ""

    def compose(self) -> ComposeResult:
        """Lay it out."""
        yield Static("", id="head", markup=False)
        yield Static("", id="note", markup=False)
        for name in ("accounts", "positions", "orders"):
            yield Static(name.capitalize(), classes="name")
            yield DataTable(id=name, cursor_type="row")
        with Horizontal(id="lower"):
            for name in ("limits", "alerts"):
                with Vertical():
                    yield Static(name.capitalize(), classes="name")
                    yield DataTable(id=name, cursor_type="row")
        yield Footer()

    async def on_mount(self) -> None:
        """Begin to look."""
        for name, columns in TABLES.items():
            self.query_one(f"#{name}", DataTable).add_columns(*columns)
        await self.look()
        self.set_interval(EVERY_S, self.look)

    async def look(self) -> None:
        """Show the run as it stands now, or why that cannot be had; old figures are marked as old."""
        note = self.query_one("#note", Static)
        try:
            self.shown = await asyncio.to_thread(self._desk.look)
        except Unreachable as error:
            note.update(f"NOT OF NOW: {error}")
            note.add_class("bad")
            return
        self._head(self.shown["run"])
        lines = [f"STOP: {self.told}"] if self.told else []
        lines += [f"{kill['scope']}: {kill['text']}" for kill in self.shown["kills"].values()]
        lines += [f"closed: {one['kind']} {one['scope']}: {one['reason']}" for one in self.shown["latches"].values()]
        note.update("\n".join(lines) or "all gates are open")
        note.set_class(bool(lines), "bad")
        for name, rows in rows_of(self.shown).items():
            _fill(self.query_one(f"#{name}", DataTable), rows)

    def _head(self, run: dict[str, Any]) -> None:
        text, colour = badge(run["badge"])
        state = f"engine {run['pid']}" if run["is_running"] else "no engine runs it"
        head = self.query_one("#head", Static)
        head.update(f" {text}  {run['title']}  ·  {state}  ·  record {run['seq']:,}  ·  {_time(run['market_ts'])}")
        head.set_classes(colour)
        self.title = f"{text} {run['title']}"

    def action_stop(self) -> None:
        """Ask whether everything is to be closed."""
        self.push_screen(Sure(will_of(self.shown)), self._decided)

    def _decided(self, is_sure: bool | None) -> None:
        if is_sure:
            self.run_worker(self._stop(), exclusive=True)

    async def _stop(self) -> None:
        try:
            self.told = await asyncio.to_thread(self._desk.stop)
        except Unreachable as error:
            self.told = f"NOT GIVEN: {error}; use `openbell kill --close`"
        await self.look()


def _fill(table: DataTable[str], rows: list[tuple[str, ...]]) -> None:
    """Put rows into a table; who has gone down in it stays where they are."""
    place = table.cursor_row
    table.clear()
    for row in rows:
        table.add_row(*row)
    if place < len(rows):
        table.move_cursor(row=place)


def rows_of(shown: dict[str, Any]) -> dict[str, list[tuple[str, ...]]]:
    """Return the rows of every table."""
    return {
        "accounts": [
            (one["name"], f"{one['equity']} {one['currency']}", _with(one, "day_pnl"), _with(one, "pnl"),
             _percent(one["drawdown"]), one["gross"], one["line"]["text"] if one["line"] else "in this process")
            for one in shown["accounts"].values()
        ],
        "positions": [
            (one["deployment"], one["symbol"], one["side"], one["qty"], one["entry_px"], one["px"] or "-",
             _with(one, "pnl"), one["stop_px"] or "-", one["target_px"] or "-")
            for one in shown["positions"].values()
        ],
        "orders": [
            (one["deployment"], one["symbol"], one["side"], one["type"], one["qty"], one["filled"],
             one["limit_px"] or "-", one["stop_px"] or "-", one["status"])
            for one in shown["orders"].values() if one["is_open"]
        ],
        "limits": [
            (f"{one['id']} {one['name']}".strip(), one["account"], _percent(one["share"]), one["state"].upper(),
             one["why"] or one["text"])
            for one in sorted(shown["limits"].values(), key=lambda one: -(one["share"] or 0)) if one["state"] != "off"
        ],
        "alerts": [
            (_time(one["ts"]), one["level"].upper(), one["text"]) for one in shown["alerts"][-SHOWN_ALERTS:][::-1]
        ],
    }  # fmt: skip


def will_of(shown: dict[str, Any]) -> str:
    """Return in words what closing everything would do."""
    held = list(shown.get("positions", {}).values())
    working = [one for one in shown.get("orders", {}).values() if one["is_open"]]
    names = ", ".join(sorted({one["symbol"] for one in held})) or "nothing"
    return (
        f"No new risk from now on. First {counted(len(working), 'working order')} will be taken back, then "
        f"{counted(len(held), 'position')} closed at the market ({names}). It stays stopped until `openbell enable`."
    )


def _with(row: dict[str, Any], name: str) -> str:
    """Return money with its share and an arrow: colour is not needed to read it."""
    arrow = "▼" if row[name].startswith("-") else "▲" if row[name].strip("0.") else " "
    return f"{arrow} {row[name]} ({_percent(row[f'{name}_share'])})"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share * 100:.2f}%"


def _time(ts: str | None) -> str:
    from openbell.cli.shell.options import shown_time

    return shown_time(int(ts)) if ts else "-"
