"""A program's functions at the begin and end of sessions: each once, in order, and never in the way."""

import threading

import pytest

from openbell.core import events as ev
from openbell.core.book import Book
from openbell.run.hooks import Hooks
from tests.core import build as b


def told(*days: tuple[str, bool]) -> list[ev.Event]:
    return [ev.Schedule(ts=1, calendar="NYSE", date=date, open=1, close=2, is_open=is_open) for date, is_open in days]


def test_each_is_called_with_calendar_and_date_in_order() -> None:
    found: list[tuple[str, str, str]] = []
    hooks = Hooks(lambda *words: found.append(("open", *words)), lambda *words: found.append(("close", *words)))
    book: Book = b.book(b.run_spec())
    for event in [*told(("2024-01-02", True), ("2024-01-02", False)), b.bar(1, 100.0), *told(("2024-01-03", True))]:
        hooks.watch(book, event, [])
    hooks.close()
    assert found == [("open", "NYSE", "2024-01-02"), ("close", "NYSE", "2024-01-02"), ("open", "NYSE", "2024-01-03")]


def test_what_is_not_given_is_not_called() -> None:
    hooks = Hooks(None, None)
    hooks.watch(b.book(b.run_spec()), told(("2024-01-02", True))[0], [])
    hooks.close()


def test_one_that_falls_over_is_told_and_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: found.append(str(args.exc_value)))

    def falls(calendar: str, date: str) -> None:
        raise ValueError(f"no {date}")

    hooks = Hooks(falls, None)
    for event in told(("2024-01-02", True), ("2024-01-03", True)):
        hooks.watch(b.book(b.run_spec()), event, [])
    hooks.close()
    assert found == ["no 2024-01-02"]
