"""The engine's own life, from its signs: it began, it ended, it is silent."""

import msgspec

from openbell.core.book import Book
from openbell.core.types import NS, ZERO
from openbell.report.figures import amount
from openbell.run import state as states
from openbell.run.alerts.told import Told, named, usual
from openbell.run.alerts.watch import Watch
from openbell.run.clock import Clock
from openbell.run.pulse import Pulse

SILENT_NS = 10 * NS
"""Without a sign for so long, the engine is silent."""


class Seen(msgspec.Struct, kw_only=True):
    """The engine seen last: process and lease, and whether end or silence were told."""

    pid: int = 0
    epoch: int = 0
    is_closed: bool = True
    is_silent: bool = False


class Life:
    """Compares signs of life with those before, by a clock that only grows.

    Attributes:
        seen: To be kept together with what was told.
    """

    def __init__(self, watch: Watch, seen: Seen, clock: Clock) -> None:
        """Go on from what was seen."""
        self.seen = seen
        self._watch, self._clock = watch, clock
        self._count, self._since = -1, clock.grown()

    @property
    def is_well(self) -> bool:
        """True while the engine runs and gives signs of life."""
        return not self.seen.is_closed and not self.seen.is_silent

    def look(self, pulse: Pulse | None) -> list[Told]:
        """Return what a look at the engine's latest sign tells."""
        if pulse is None:
            return []
        found = []
        seen, grown = self.seen, self._clock.grown()
        if (pulse.pid, pulse.epoch) != (seen.pid, seen.epoch):
            self.seen = seen = Seen(pid=pulse.pid, epoch=pulse.epoch, is_closed=False)
            found.append(self._told("engine_started", "start", self._begun()))
            self._count = -1
        if pulse.count != self._count:
            if seen.is_silent:
                text = "the engine gives signs of life again"
                found.append(self._told("line", f"back-{pulse.count}", {"text": text, "key": "silent"}, key="silent"))
            seen.is_silent = False
            self._count, self._since = pulse.count, grown
        if pulse.is_closed and not seen.is_closed and self._watch.kept.seq >= pulse.seq:
            seen.is_closed = True
            found.append(self._told("engine_stopped", "stop", self._ended()))
        if not (seen.is_closed or pulse.is_closed or seen.is_silent) and grown - self._since >= SILENT_NS:
            seen.is_silent = True
            found.append(self._told("engine_silent", f"silent-{pulse.count}", self._silent(pulse), key="silent"))
        return found

    def _told(self, event: str, word: str, fields: dict[str, str], key: str = "") -> Told:
        return Told(
            event=event, level=usual(event), seq=self._watch.kept.seq, index=0, ts=self._clock.now(), key=key,
            fields=fields, mark=f"{word}-{self.seen.epoch}-{self.seen.pid}",
        )  # fmt: skip

    def _begun(self) -> dict[str, str]:
        spec = self._watch.book.spec
        names = [named(one) for one in spec.accounts.values()]
        accounts = f"account{'s' if len(names) > 1 else ''} {', '.join(names)}"
        return {"mode": spec.mode, "accounts": accounts, "symbols": ", ".join(spec.instruments)}

    def _ended(self) -> dict[str, str]:
        return {"mode": self._watch.book.spec.mode, "equity": equity_of(self._watch.book)}

    def _silent(self, pulse: Pulse) -> dict[str, str]:
        how = "lives and is silent" if states.is_alive(pulse.pid) else "is gone"
        text = f"no sign of life of the engine for {SILENT_NS // NS} s: its process {how}; openbell status tells more"
        return {"text": text, "component": "engine", "trace": f"record {pulse.seq}", "key": "silent", "account": ""}


def equity_of(book: Book) -> str:
    """Return what all accounts are worth, by currency."""
    sums = {one.currency: ZERO for one in book.truth.accounts.values()}
    for account in book.truth.accounts.values():
        sums[account.currency] += account.equity
    return ", ".join(amount(value, currency) for currency, value in sums.items())
