"""The live view, drawn on a console that keeps what it is shown."""

import io
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from openbell.cli.shell.interrupt import Interrupt
from openbell.cli.shell.onlooker import Onlooker
from openbell.cli.shell.screen import Screen, page, signed
from openbell.core.apply import apply_record
from openbell.core.book import Book, LatchState
from openbell.core.effects import Alert
from openbell.core.events import Fill
from openbell.core.record import decode_record
from openbell.edges.journal import read_records
from openbell.run.reading import read_book


def _book(finished: Path) -> Book:
    return read_book(finished / "journal").book


def _drawn(seen: Onlooker, book: Book, mode: str, size: tuple[int, int]) -> list[str]:
    console = Console(file=io.StringIO(), width=size[0], height=size[1], color_system=None)
    with console.capture() as capture:
        console.print(page(seen, book, mode, size[1]))
    return capture.get().splitlines()


@pytest.fixture
def seen(finished: Path) -> Onlooker:
    found = Onlooker(Interrupt(), 2880, None)
    book = Book(_book(finished).spec)
    for entry in read_records(finished / "journal"):
        event, effects = decode_record(entry.payload)
        apply_record(book, event, effects)
        found.watch(book, event, effects)
    return found


def test_everything_is_there(seen: Onlooker, finished: Path) -> None:
    text = "\n".join(_drawn(seen, _book(finished), "demo", (120, 40)))
    for part in ("DEMO", "SYNTHETIC", "Small", "UTC", "Account", "Equity main", "Session metrics", "Positions",
                 "Latest orders", "Fills and alerts", "100 %", "Ctrl-C"):  # fmt: skip
        assert part in text
    assert all(isinstance(fill, Fill) for fill in seen.fills)
    assert f"@ {'$'}{seen.fills[-1].px:,.2f}"[:6] in text


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (200, 60)])
def test_it_fits_the_terminal(seen: Onlooker, finished: Path, size: tuple[int, int]) -> None:
    book = _book(finished)
    assert len(_drawn(seen, book, "sim", size)) <= size[1]
    book.truth.latches["a"] = LatchState(kind="kill", scope="all", release="manual", reason="r", ts=0)
    lines = _drawn(seen, book, "sim", size)
    assert len(lines) <= size[1]
    assert any("NO NEW RISK" in line for line in lines)


def test_gains_and_losses_differ_in_more_than_colour() -> None:
    assert signed(Decimal(5), "USD", Decimal("0.01")).plain == "▲ +$5.00 +1.00%"
    assert signed(Decimal(-5), "USD", Decimal("-0.01")).plain == "▼ -$5.00 -1.00%"
    assert signed(Decimal(0), "USD", Decimal(0)).plain.startswith("· ")


def test_alerts_stand_among_the_fills(seen: Onlooker, finished: Path) -> None:
    seen.alerts.append((seen.fills[-1].time + 1, Alert(level="critical", key="k", text="the feed is late")))
    text = "\n".join(_drawn(seen, _book(finished), "live", (160, 40)))
    assert "CRITICAL the feed is late" in text
    assert "LIVE" in text


def test_the_screen_opens_draws_and_closes(seen: Onlooker) -> None:
    file = io.StringIO()
    screen = Screen("sim", Console(file=file, force_terminal=True, width=100, height=30))
    seen.book = None
    screen.draw(seen)
    screen.close()
    assert "\x1b[?1049h" in file.getvalue()
    assert file.getvalue().rstrip().endswith("\x1b[?25h") or "\x1b[?1049l" in file.getvalue()


def test_nothing_yet_is_said(config: Path) -> None:
    from openbell.cli.shell.begin import prepare

    prepared, _ = prepare(config, None)
    text = "\n".join(_drawn(Onlooker(Interrupt(), 10, None), Book(prepared.spec), "sim", (120, 40)))
    assert text.count("none yet") == 2
    assert "none open" in text
