"""To whom a message goes, and when; it sends nothing itself.

Routes, quiet hours, digests, repeats and escalation.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence

import msgspec

from openbell.config.alerts import Alerts, Channel
from openbell.config.happenings import ASKED_FOR, HAPPENINGS, LEVELS, fill_in
from openbell.core.types import DAY_NS, NS
from openbell.edges.alerts.letter import Letter
from openbell.edges.alerts.outbox import Outbox, Row
from openbell.run.alerts.told import Told
from openbell.schema import DAY_S, DayHours, format_span

CRITICAL, ERROR = LEVELS.index("critical"), LEVELS.index("error")
ALWAYS = ("daily_summary", "weekly_report", "monthly_report")
"""Asked for by their time: they wait for no digest and no quiet hours."""
MOST_TOGETHER = 50
"""Messages told one by one in a digest; the rest is counted."""

Targets = Callable[[str], Sequence[str]]
Clean = Callable[[str], str]


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """Whose messages these are.

    Attributes:
        state: Name of the directory. instance: Its tag. badge: The mode, as every message shows it. title: Of the run.
    """

    state: str
    instance: str
    badge: str
    title: str


class Desk:
    """Takes what is told and lines up what has to be sent."""

    def __init__(self, outbox: Outbox, terms: Alerts, where: Where, targets: Targets, clean: Clean) -> None:
        """Work by the terms of a file.

        Args:
            outbox: Where letters are lined up.
            terms: Of the file.
            where: Whose messages these are.
            targets: Knows whom a channel reaches.
            clean: Takes secrets out of a text, before it is kept or sent.
        """
        self.outbox, self.terms, self.where = outbox, terms, where
        self._clean = clean
        self.channels: Mapping[str, Channel] = terms.named
        self._targets = targets

    # --- in -------------------------------------------------------------------------------------------------------

    def take(self, told: Told, now: int, but: str = "") -> int:
        """Take one thing to be told; call inside `outbox.change`.

        Args:
            told: What.
            now: Wall time, UTC ns.
            but: A channel that is not to be asked, empty for none.

        Returns:
            Its number in the history; 0 where it is known, repeats what was just told, or is not told at all.
        """
        if not self.terms.events.get(told.event, True) or self._is_idle(told) or self._repeats(told, now):
            return 0
        row = self._row(told, now)
        row.id = self.outbox.history.add(row)
        if row.id:
            for name, channel in self.channels.items():
                if name != but and channel.takes(row.kind, row.level):
                    self._route(name, channel, row, now)
        return row.id

    def _is_idle(self, told: Told) -> bool:
        """Say whether nobody has asked for what is told only where somebody has."""
        kind = HAPPENINGS[told.event].kind
        return kind == ASKED_FOR and not any(one.takes(kind, told.level) for one in self.channels.values())

    def note(self, told: Told, now: int) -> None:
        """Take what belongs into the history and is sent to nobody; call inside `outbox.change`."""
        self.outbox.history.add(self._row(told, now))

    def _row(self, told: Told, now: int) -> Row:
        happening = HAPPENINGS[told.event]
        words = self.terms.templates.get(told.event, happening.words)
        escalate = self.terms.escalate
        is_due = escalate is not None and LEVELS.index(told.level) >= LEVELS.index(escalate.level)
        fields = {name: self._clean(value) for name, value in told.fields.items()}
        return Row(
            mark=told.marked(self.where.instance), seq=told.seq, ts=told.ts, wall=now, level=told.level,
            kind=happening.kind, event=told.event, key=told.key, title=self.title(told.event, told.level),
            text=self._clean(fill_in(words, fields)).strip(), fields=fields,
            due=now + escalate.after if escalate is not None and is_due else 0,
        )  # fmt: skip

    def title(self, event: str, level: str) -> str:
        """Return the first line of a message: mode, run, and what it is about."""
        loud = f"{level.upper()}: " if LEVELS.index(level) >= ERROR else ""
        return f"[{self.where.badge}] {self.where.title}: {loud}{event.replace('_', ' ')}"

    def _repeats(self, told: Told, now: int) -> bool:
        """Count what was told a moment ago; something else under the same key in between makes it new."""
        if not told.key or not self.terms.repeat:
            return False
        last = self.outbox.history.rows("key = ?", (told.key,), 1)
        if not last or (last[0].event, last[0].level) != (told.event, told.level):
            return False
        if now - last[0].wall >= self.terms.repeat or last[0].mark == told.marked(self.where.instance):
            return False
        last[0].repeats += 1
        self.outbox.history.change(last[0])
        return True

    def _route(self, name: str, channel: Channel, row: Row, now: int) -> None:
        rank = LEVELS.index(row.level)
        until = 0
        if rank < CRITICAL and row.event not in ALWAYS and row.kind != ASKED_FOR:
            until = quiet_until(self.terms.quiet, now)
            if channel.digest is not None and rank < ERROR:
                until = max(until, self.outbox.queue.held_until(name) or now + channel.digest)
        if until > now:
            self.outbox.queue.hold(row.id, name, until)
        else:
            self._line_up(name, self._letter(row), now, (row.id,))

    # --- by the clock -----------------------------------------------------------------------------------------------

    def tick(self, now: int) -> None:
        """Do what is due at `now` (UTC ns); call inside `outbox.change`."""
        for name in self.channels:
            until = self.outbox.queue.held_until(name)
            if until and until <= now:
                self._send_digest(name, self.outbox.queue.release(name, now), now)
        self._tell_repeats(now)
        self._escalate(now)

    def _send_digest(self, name: str, numbers: list[int], now: int) -> None:
        rows = [row for number in numbers for row in self.outbox.history.rows("id = ?", (number,), 1)]
        if len(rows) == 1:
            self._line_up(name, self._letter(rows[0]), now, numbers)
        elif rows:
            self._line_up(name, self._digest(name, rows), now, numbers)

    def _digest(self, name: str, rows: list[Row]) -> Letter:
        lines = [f"{row.level}: {row.text}" for row in rows[:MOST_TOGETHER]]
        if len(rows) > MOST_TOGETHER:
            lines.append(f"and {len(rows) - MOST_TOGETHER} more: openbell alerts list {self.where.state}")
        level = LEVELS[max(LEVELS.index(row.level) for row in rows)]
        title = f"[{self.where.badge}] {self.where.title}: {len(rows)} messages"
        mark = f"{self.where.instance}-digest-{name}-{rows[-1].id}"
        return Letter(
            mark=mark, number=0, ts=rows[-1].ts, level=level, kind="system", event="digest", title=title,
            text="\n".join(lines), state=self.where.state,
        )  # fmt: skip

    def _tell_repeats(self, now: int) -> None:
        for row in self.outbox.history.rows("repeats > 0 and wall <= ?", (now - self.terms.repeat,)):
            again = f"{row.text} ({row.repeats} more {'time' if row.repeats == 1 else 'times'} within"
            fields = {**row.fields, "text": row.text}
            told = Row(
                mark=f"{row.mark}-r", seq=row.seq, ts=row.ts, wall=now, level=row.level, kind=row.kind, event=row.event,
                key=row.key, title=row.title, text=f"{again} {format_span(self.terms.repeat)})", fields=fields,
            )  # fmt: skip
            row.repeats = 0
            self.outbox.history.change(row)
            told.id = self.outbox.history.add(told)
            for name, channel in self.channels.items():
                if told.id and channel.takes(told.kind, told.level):
                    self._route(name, channel, told, now)

    def _escalate(self, now: int) -> None:
        terms = self.terms.escalate
        if terms is None:
            return
        for row in self.outbox.history.rows("due > 0 and due <= ?", (now,)):
            row.calls += 1
            row.due = now + terms.after if row.calls < terms.times else 0
            self.outbox.history.change(row)
            letter = self._letter(row)
            said = msgspec.structs.replace(
                letter, mark=f"{letter.mark}-e{row.calls}", title=f"NOT ACKNOWLEDGED: {letter.title}",
                text=f"{letter.text}\nNobody has acknowledged it: openbell alerts ack {row.id}",
            )  # fmt: skip
            for name in terms.to:
                if name in self.channels:
                    self._line_up(name, said, now, (row.id,))

    # --- out --------------------------------------------------------------------------------------------------------

    def _letter(self, row: Row) -> Letter:
        return Letter(
            mark=row.mark, number=0, ts=row.ts, level=row.level, kind=row.kind, event=row.event, title=row.title,
            text=row.text, state=self.where.state, fields={**row.fields, "alert": str(row.id)},
        )  # fmt: skip

    def _line_up(self, name: str, letter: Letter, now: int, alerts: Sequence[int]) -> None:
        for target in self._targets(name):
            self.outbox.queue.line_up(name, lane_of(target), letter, now, alerts)


def lane_of(target: str) -> str:
    """Return what stands for a target in the outbox: the target itself may be a secret."""
    return hashlib.sha256(target.encode()).hexdigest()[:16]


def quiet_until(hours: DayHours | None, now: int) -> int:
    """Return when the quiet hours that hold `now` (UTC ns) end, 0 outside them."""
    if hours is None:
        return 0
    ahead = max((change for change in hours.clocks if change[0] <= now), default=(0, 0))[1] * NS
    second = (now + ahead) % DAY_NS // NS
    length = (hours.end - hours.start) % DAY_S or DAY_S
    into = (second - hours.start) % DAY_S
    if into >= length:
        return 0
    begun = now - (now + ahead) % NS - into * NS
    return begun + length * NS


def acknowledge(outbox: Outbox, numbers: Sequence[int], who: str, now: int) -> int:
    """Write down that messages have been seen, all for no numbers; return how many."""
    where = f"acked = 0 and id in ({', '.join('?' * len(numbers))})" if numbers else "acked = 0"
    given = tuple(numbers)
    with outbox.change():
        rows = outbox.history.rows(where, given, 1 << 30)
        for row in rows:
            row.acked, row.acked_by, row.due = now, who, 0
            outbox.history.change(row)
    return len(rows)
