"""A read-only client of a state, for notebooks: frames from the journal alone.

It locks nothing, changes nothing, and needs no engine; a run that lives is read up to what is durable.
"""

from collections.abc import Collection, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from openbell.core.book import Book
from openbell.core.effects import Decision
from openbell.report.recorder import Recorder
from openbell.run import state as states
from openbell.run.money import in_money
from openbell.run.reading import explained_names, fold
from openbell.run.records import entries

if TYPE_CHECKING:
    from openbell.report.frames import Frame


def connect(state: str | Path) -> "Client":
    """Return a client of a state directory, read up to its latest record.

    Raises:
        NoState: There is no state. Unlike: Its journal has no readable first record.
    """
    return Client(states.existing(Path(state)))


class Client:
    """What a state holds, as it stood when it was read; `refresh` reads it again.

    Attributes:
        state: Its directory.
    """

    def __init__(self, state: Path) -> None:
        """Read a state; see `connect`."""
        self.state = state
        self._book: Book
        self._recorder: Recorder
        self.refresh()

    def refresh(self) -> "Client":
        """Read the journal again, up to what is durable now, and return the client."""
        with in_money():
            self._book, self._recorder = fold(states.journal(self.state))
        return self

    def positions(self) -> "Frame":
        """Return what is held, see `report.frames.positions`."""
        from openbell.report import frames

        with in_money():
            return frames.positions(self._book)

    def trades(self) -> "Frame":
        """Return the closed round trips, oldest first, see `report.frames.trades`."""
        from openbell.report import frames

        return frames.trades(self._recorder)

    def equity(self, of: str | None = None) -> "Frame":
        """Return the equity curve of one account, or of all, see `report.frames.equity`.

        Raises:
            ValueError: There is no such account.
        """
        from openbell.report import frames

        known = tuple(self._book.truth.accounts)
        if of is not None:
            self._need("account", of, known)
        with in_money():
            return frames.equity(self._recorder, known if of is None else (of,))

    def why(self, instrument: str, deployment: str | None = None) -> "Frame":
        """Return the decisions on an instrument, oldest first, see `report.frames.decisions`.

        Raises:
            ValueError: There is no such instrument or deployment.
        """
        from openbell.report import frames

        spec = self._book.spec
        for word, name, known in (
            ("instrument", instrument, spec.instruments),
            ("deployment", deployment, spec.deployments),
        ):
            if name is not None and name not in known:
                raise ValueError(f"{self.state} has no {word} {name!r}; it has {', '.join(known)}")
        return frames.decisions(self._decisions(instrument, deployment), explained_names(self.state, spec))

    def metrics(self) -> dict[str, dict[str, Decimal | float | int | None]]:
        """Return where each account stands, see `report.now.metrics`; read from the journal anew.

        Raises:
            NoSession: The run has not seen a session yet.
        """
        from openbell.report import now
        from openbell.run.periodic import report_of

        with in_money():
            return now.metrics(report_of(self.state, "day"))

    def _need(self, word: str, name: str, known: Collection[str]) -> None:
        if name not in known:
            raise ValueError(f"{self.state} has no {word} {name!r}; it has {', '.join(known)}")

    def _decisions(self, instrument: str, deployment: str | None) -> Iterator[tuple[int, int, Decision]]:
        for entry in entries(states.journal(self.state)):
            for effect in entry.effects:
                if not isinstance(effect, Decision) or effect.instrument != instrument:
                    continue
                if deployment in (None, effect.deployment):
                    yield entry.seq, entry.event.ts, effect
