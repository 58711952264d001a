"""A journal followed while its engine writes: the book, and what happened lately."""

from collections import deque
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from openbell.core import events as ev
from openbell.core.apply import apply_record
from openbell.core.book import Book
from openbell.core.effects import Alert, Decision, Effect
from openbell.core.order import Dealt
from openbell.core.record import decode_record
from openbell.edges.journal import Entry as RawEntry
from openbell.edges.journal import OsDisk, Rewritten, Tail, read_head
from openbell.report.console import words_of
from openbell.report.figures import code_label, exact
from openbell.report.recorder import Execution, Recorder, execution, word_of
from openbell.report.trades import Trade
from openbell.run import state as states
from openbell.run.money import in_money
from openbell.run.reading import explained_names, from_checkpoint
from openbell.run.records import Unlike, first_event, parse_spec
from openbell.run.web.rows import Row, numbers, share
from openbell.run.web.tallies import Tallies

KEPT = 300
"""Decisions, fills, trades and alerts that are kept for a page that comes later."""
BARS_EACH = 4
"""Bars of each instrument that are kept until the readers have been told, where that is more."""
WHOLE = 200_000
"""A longer journal is taken from its newest checkpoint on; what lies before is in the reports."""
AT_ONCE = 200
"""Records read in one go, so that others are served in between."""
STREAMS = ("fills", "trades", "alerts", "decisions", "bars")


class Follower:
    """One state directory, read only.

    Attributes:
        folder: The state. book: Its truth up to `seq`. recorder: Its curves, bars and trades.
        streams: The newest rows of what only ever grows, by name.
        counts: How many rows of each have come in all. since_seq: The first record whose trades and curves are known.
    """

    def __init__(self, folder: Path, kept: int = KEPT, wanted: Callable[[Row], bool] | None = None) -> None:
        """Begin to follow; of each stream the newest `kept` rows are, or of those that are `wanted`.

        Raises:
            Unlike: The journal has no readable first record.
        """
        self.folder, self._kept, self._wanted = folder, kept, wanted
        self._broken_at = -1
        self._is_behind = True
        self.begin()

    def begin(self) -> None:
        """Read from the beginning, or from the newest checkpoint of a long journal. Raises Unlike."""
        journal = states.journal(self.folder)
        self.genesis = first_event(journal)
        spec = parse_spec(self.genesis)
        most = dict.fromkeys(STREAMS, self._kept) | {"bars": max(self._kept, BARS_EACH * len(spec.instruments))}
        self.streams: dict[str, deque[Row]] = {name: deque(maxlen=most[name]) for name in STREAMS}
        self.counts = dict.fromkeys(STREAMS, 0)
        with in_money():
            book, record, _ = from_checkpoint(journal, spec)
            if record is None or record.seq <= WHOLE:
                book, record = Book(spec), None
            self.book, self.recorder, self.tallies = book, Recorder(spec), Tallies(book)
            if record is not None:
                self.recorder.begin(book)
        self.since_seq = record.seq + 1 if record is not None else 1
        self._tail = Tail(journal, record)
        self._names = explained_names(self.folder, spec)
        self._trades = self.recorder.ledger.count

    @property
    def seq(self) -> int:
        """Last record that is part of the book."""
        return self._tail.seq

    def close(self) -> None:
        """Close the journal."""
        self._tail.close()

    def look(self, most: int = AT_ONCE) -> bool:
        """Take what has come, `most` records at a time; return True where there is more to take.

        Raises:
            Unlike: A record in the middle is damaged or missing, or the first one is.
            OSError, ValueError: A file cannot be read.
        """
        before = self.seq
        try:
            with in_money():
                for raw in islice(self._tail.read(), most):
                    self._take(raw)
        except Rewritten:
            # A log that was begun anew leads on from there; one that breaks off at the same record again is damaged.
            if self._broken_at == self.seq:
                raise Unlike(f"{self.folder}: the journal breaks off behind record {self.seq}") from None
            broken_at = self.seq
            self.close()
            self.begin()
            self._broken_at = broken_at
            return True
        self._is_behind = self.seq - before >= most
        return self._is_behind

    def check_end(self) -> None:
        """Ask of a journal that nobody writes whether its end is there, once it has been read.

        Raises:
            Unlike: It is known to have had more records than can be read.
            ValueError: The file that vouches for its end is damaged.
        """
        # The engine may have written much since the last look, and then ended: that is read first.
        head = None if self._is_behind or self.look() else read_head(OsDisk(states.journal(self.folder)))
        if head is not None and head.seq > self.seq:
            raise Unlike(f"{self.folder}: the journal breaks off behind record {self.seq}; it had {head.seq}")

    def _take(self, raw: RawEntry) -> None:
        event, effects = decode_record(raw.payload)
        apply_record(self.book, event, effects)
        self.recorder.watch(self.book, event, effects)
        self.tallies.watch(self.book, event)
        self._note(raw.seq, event, effects)

    def _note(self, seq: int, event: ev.Event, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Decision):
                self._add("decisions", self._decision(seq, event.ts, effect))
            elif isinstance(effect, Alert):
                row = {"seq": seq, "ts": str(event.ts), "level": effect.level, "key": effect.key, "text": effect.text}
                self._add("alerts", row)
        if isinstance(event, ev.Bar):
            row = {"symbol": event.instrument, "bar": bar_row(event)}
            self._add("bars", row)
        for one in self.book.dealt:
            told = execution(self.book.spec, self.book, one)
            self._add("fills", fill_row(seq, told, one, self.book.instrument(told.instrument).currency))
        closed = self.recorder.ledger.count - self._trades
        if closed:
            self._trades += closed
            for trade in list(self.recorder.trades)[-closed:]:
                self.tallies.close(self.book, trade)
                self._add("trades", trade_row(seq, trade, self.book.instrument(trade.instrument).currency))

    def _add(self, name: str, row: Row) -> None:
        if self._wanted is None or self._wanted(row):
            self.streams[name].append(row)
            self.counts[name] += 1

    def _decision(self, seq: int, ts: int, decision: Decision) -> Row:
        names = self._names.get(decision.deployment, ())
        return {
            "seq": seq,
            "ts": str(ts),
            "deployment": decision.deployment,
            "symbol": decision.instrument,
            # What was wanted and did not come to an order is no purchase and no sale.
            "action": words_of(self.book, decision, names).action if decision.code == decision.signal else "HOLD",
            "signal": code_label(decision.signal),
            "code": decision.code,
            "reason": code_label(decision.code),
            "is_changed": decision.code != decision.signal,
            "numbers": numbers(dict(zip(names, decision.numbers, strict=False))),
            "target": decision.target,
        }


def bar_row(bar: ev.Bar) -> list[float]:
    """Return a bar as a chart takes it: seconds of its open, prices, volume."""
    return [bar.open_ts / 1e9, bar.open, bar.high, bar.low, bar.close, bar.volume]


def fill_row(seq: int, fill: Execution, dealt: Dealt, currency: str) -> Row:
    """Return one execution as a row, or what corrects or takes back an earlier one."""
    return {
        "seq": seq, "ts": str(fill.time), "account": fill.account, "deployment": fill.deployment,
        "symbol": fill.instrument, "side": fill.side, "qty": exact(fill.qty), "px": exact(fill.px),
        "value": exact(fill.value), "fee": exact(fill.fee), "fee_currency": fill.fee_currency, "currency": currency,
        "reason": fill.reason, "is_exit": fill.is_exit, "oid": fill.oid, "execution": fill.exec_id,
        "what": word_of(dealt), "corrects": dealt.fill.supersedes,
    }  # fmt: skip


def trade_row(seq: int, trade: Trade, currency: str) -> Row:
    """Return one round trip as a row."""
    return {
        "seq": seq, "deployment": trade.deployment, "symbol": trade.instrument, "side": trade.side,
        "qty": exact(trade.qty), "entry_px": exact(trade.entry_px), "exit_px": exact(trade.exit_px),
        "opened_ts": str(trade.entry_ts), "closed_ts": str(trade.exit_ts), "pnl": exact(trade.profit),
        "pnl_share": share(trade.profit, trade.entry_px * trade.qty), "fees": exact(trade.fees), "currency": currency,
        "entry_reason": trade.entry_reason, "reason": trade.exit_reason,
    }  # fmt: skip
