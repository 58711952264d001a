"""The journal followed, and what is told of each of its records."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from openbell.core import events as ev
from openbell.core.apply import apply_record
from openbell.core.codes import Code
from openbell.core.effects import Alert, Decision, Effect, Submit
from openbell.core.order import Order
from openbell.core.record import decode_record
from openbell.core.types import ZERO
from openbell.edges.journal import Entry as RawEntry
from openbell.edges.journal import Rewritten, Tail
from openbell.report.console import words_of
from openbell.report.figures import code_label, price
from openbell.report.recorder import Recorder, change_of
from openbell.run import state as states
from openbell.run.alerts.days import Day, Ripe, day_of, due_at, ending, highest, summary, tally
from openbell.run.alerts.orders import Orders, Part
from openbell.run.alerts.spans import Stretch, Times, close_day, month_gone, next_at, week_so_far
from openbell.run.alerts.told import At, Told
from openbell.run.money import in_money
from openbell.run.reading import explained_names, from_checkpoint
from openbell.run.records import first_event, parse_spec

_QUIET = (Code.ALREADY_DECIDED, Code.ALREADY_AT_TARGET, Code.WAITING_FOR_ORDER)


_USUAL = Times()


class Kept(msgspec.Struct, kw_only=True):
    """What outlives the process.

    The record reached, fills not told yet, days, weeks and months under way, and summaries not due yet.
    """

    seq: int = 0
    parts: dict[str, Part] = {}
    days: dict[str, Day] = {}
    ripe: list[Ripe] = []
    stretches: dict[str, Stretch] = {}


class Watch:
    """One state's journal, read only.

    Attributes:
        kept: To be kept together with what was told. genesis: First event. book: Truth at `kept.seq`.
        latest: By deployment and instrument, the last decision read by this process, with its instant (ns).
    """

    def __init__(self, folder: Path, kept: Kept, times: Times = _USUAL) -> None:
        """Go on behind the record reached.

        Args:
            folder: The state directory.
            kept: What was kept.
            times: When summaries are due, by the market's clock.

        Raises:
            Unlike: The journal has no readable first record.
        """
        self.kept, self._times = kept, times
        self.latest: dict[tuple[str, str], tuple[int, Decision]] = {}
        self._journal = states.journal(folder)
        self.genesis = first_event(self._journal)
        self._spec = parse_spec(self.genesis)
        self._names = explained_names(folder, self._spec)
        self._begin()

    def _begin(self) -> None:
        with in_money():
            book, record, rest = from_checkpoint(self._journal, self._spec, self.kept.seq)
            self.book, self._recorder = book, Recorder(self._spec)
            if record is not None:
                self._recorder.begin(book)
            for raw in rest:
                if raw.seq > self.kept.seq:
                    break
                event, effects = decode_record(raw.payload)
                apply_record(book, event, effects)
                self._recorder.watch(book, event, effects)
                record = raw
        self.kept.seq = record.seq if record is not None else 0
        self._tail = Tail(self._journal, record)
        self._orders = Orders(self.book, self._recorder, self.kept.parts)
        self._trades = self._recorder.ledger.count

    def close(self) -> None:
        """Close the journal."""
        self._tail.close()

    def look(self, most: int) -> list[Told]:
        """Take what has come, `most` records at a time, and return what is told of it."""
        found: list[Told] = []
        try:
            with in_money():
                for raw in islice(self._tail.read(), most):
                    found += self._take(raw)
                    self.kept.seq = raw.seq
        except Rewritten:
            # What was read last was lost with the power: whatever took its place is told as well.
            self.close()
            self._begin()
        return found

    def _take(self, raw: RawEntry) -> Iterator[Told]:
        event, effects = decode_record(raw.payload)
        order = self._order(event)
        before = self._orders.held(order) if order is not None else ZERO
        status = order.status if order is not None else None
        apply_record(self.book, event, effects)
        self._recorder.watch(self.book, event, effects)
        at = At(raw.seq, event.ts)
        for one in self.book.dealt:
            if one.order is not None:
                was = before if one.order is order else self._orders.held(one.order) - change_of(one)
                yield from self._orders.gather(at, one, one.order, was)
        yield from self._orders.grouped(at)
        if order is not None and order.status is not status and isinstance(event, ev.OrderUpdate):
            yield from self._orders.ended(at, order, event)
        yield from self._of_effects(at, effects)
        yield from self._days(at, event)

    def _order(self, event: ev.Event) -> Order | None:
        oid = event.oid if isinstance(event, (ev.Fill, ev.OrderUpdate)) else ""
        return self.book.truth.orders.get(oid) if oid else None

    # --- days -----------------------------------------------------------------------------------------------------

    def _days(self, at: At, event: ev.Event) -> Iterator[Told]:
        days = self.kept.days
        closed = None
        if self._recorder.ledger.count != self._trades:
            self._trades = self._recorder.ledger.count
            trade = self._recorder.trades[-1]
            closed = trade.deployment, trade.profit
        tally(days, self.book, event, closed)
        accounts = ending(self.book, event)
        if accounts:
            for mark, fields in highest(days, accounts):
                yield at.told("new_high", fields, mark=mark)
            fields = summary(days, self.book, accounts)
            name = f"day-{'-'.join(one.name for one in accounts)}-{fields['date']}"
            self.kept.ripe.append(Ripe(due=due_at(at.ts, self._times.day), mark=name, fields=fields))
            due = next_at(at.ts, self._times.week)
            for account in accounts:
                close_day(self.kept.stretches, account, day_of(days, account), due)
            self._ripen(week_so_far(self.kept.stretches, accounts, due))
        self._ripen(month_gone(self.kept.stretches, self.book, event, self._times))
        yield from self._ripe(at)

    def _ripen(self, one: Ripe | None) -> None:
        """Let a report wait for its time, in the place of one of the same mark."""
        if one is not None:
            self.kept.ripe = [*(other for other in self.kept.ripe if other.mark != one.mark), one]

    def _ripe(self, at: At) -> Iterator[Told]:
        due = [one for one in self.kept.ripe if one.due <= at.ts]
        if due:
            self.kept.ripe = [one for one in self.kept.ripe if one.due > at.ts]
        for one in due:
            yield at.told(one.event, one.fields, mark=one.mark)

    def clock(self, now: int) -> list[Told]:
        """Return what is due at `now` (UTC ns), where the market's clock is the wall's."""
        return list(self._ripe(At(self.kept.seq, now)))

    def today(self) -> dict[str, str]:
        """Return the fields of a summary of the day under way, empty before the first."""
        accounts = [one for one in self.book.truth.accounts.values() if one.session]
        with in_money():
            return summary(self.kept.days, self.book, accounts) if accounts else {}

    # --- what the engine decided ----------------------------------------------------------------------------------

    def _of_effects(self, at: At, effects: list[Effect]) -> Iterator[Told]:
        # What was wanted comes before what was done about it, however the record has them.
        for effect in effects:
            if isinstance(effect, Decision):
                self.latest[effect.deployment, effect.instrument] = (at.ts, effect)
            if isinstance(effect, Decision) and 10 <= effect.signal < 20 and effect.code not in _QUIET:
                yield at.told("signal", self._signal(effect))
        for effect in effects:
            if isinstance(effect, Submit):
                yield from self._orders.submitted(at, effect.oid)
            elif isinstance(effect, Alert):
                yield at.alert(effect)

    def _signal(self, decision: Decision) -> dict[str, str]:
        symbol, spec = decision.instrument, self.book.spec.deployments[decision.deployment]
        words = words_of(self.book, decision, self._names.get(decision.deployment, ()))
        mark = self.book.mark_px(symbol)
        size = abs(decision.target) if decision.target else 1.0
        return {
            "signal": words.action, "symbol": symbol, "deployment": decision.deployment, "strategy": spec.strategy,
            "price": price(mark, self.book.instrument(symbol)) if mark is not None else "an unknown price",
            "strength": "STRONG" if size >= 0.75 else "MODERATE" if size >= 0.4 else "WEAK",
            "reason": f"{words.reasoning}; {code_label(decision.code)}",
        }  # fmt: skip
