"""A program's own functions, called as sessions begin and end; they hold nothing up."""

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread

from openbell.core.book import Book
from openbell.core.effects import Effect
from openbell.core.events import Event, Schedule

Hook = Callable[[str, str], None]
"""Takes a calendar and an ISO date."""


class Hooks:
    """Calls functions in a thread of their own, one after the other.

    One that raises ends that thread with its traceback on standard error: it is not called again, and trading goes on.
    """

    def __init__(self, on_open: Hook | None, on_close: Hook | None) -> None:
        """Call `on_open` and `on_close` once for each session; None for nothing."""
        self._hooks = {True: on_open, False: on_close}
        self._waiting: SimpleQueue[tuple[Hook, str, str] | None] = SimpleQueue()
        self._thread = Thread(target=self._call, name="openbell-hooks", daemon=True)
        self._thread.start()

    def watch(self, _book: Book, event: Event, _effects: Sequence[Effect]) -> None:
        """Look on behind a step of the engine."""
        if isinstance(event, Schedule) and (hook := self._hooks[event.is_open]) is not None:
            self._waiting.put((hook, event.calendar, event.date))

    def close(self) -> None:
        """Wait until all that has been told so far was handed on."""
        self._waiting.put(None)
        self._thread.join()

    def _call(self) -> None:
        while (word := self._waiting.get()) is not None:
            hook, calendar, date = word
            hook(calendar, date)
