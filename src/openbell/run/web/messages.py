"""What runs told people, from their outboxes, as `edges/web` asks for it.

The web process has no key of any channel: a test goes through the notifier, which has them.
"""

from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec

from openbell.config.happenings import LEVELS
from openbell.core.types import NS
from openbell.edges.alerts.outbox import NAME, Outbox, Row, Way
from openbell.edges.web.ports import Refused
from openbell.run.alerts import desk, siren
from openbell.run.alerts.notifier import BEAT, CHANNELS, Shown
from openbell.run.alerts.trial import TRIED_S, WISH_NS
from openbell.run.clock import Clock
from openbell.run.web.keeper import Keeper

SILENT_NS = 10 * NS
"""A notifier without a sign for so long is taken for gone."""
_NAP_NS = NS // 20
_UNSEEN = f"acked = 0 and level in ({', '.join(repr(one) for one in LEVELS[LEVELS.index('error') :])})"
_NONE = {"is_kept": False, "has_notifier": False, "unseen": 0, "unheard": 0, "channels": [], "messages": []}


class Messages:
    """See `edges.web.ports.Messages`; every method does what the port says of it."""

    def __init__(self, keeper: Keeper, clock: Clock) -> None:
        """Tell of what a keeper keeps."""
        self._keeper, self._clock = keeper, clock

    def told(self, state: str, before: int | None, count: int) -> dict[str, Any]:
        """See the port."""
        folder = self._keeper.folder(state)
        if not (folder / NAME).exists():
            return dict(_NONE)
        with Outbox(folder) as outbox:
            rows = outbox.history.rows("id < ?", (before or 1 << 62,), count)
            ways = defaultdict[int, list[Way]](list)
            for way in outbox.queue.ways([row.id for row in rows]):
                ways[way.alert].append(way)
            return {
                "is_kept": True, "has_notifier": self._has_notifier(outbox),
                "unseen": outbox.history.count(_UNSEEN), "unheard": len(siren.unheard(outbox, self._clock.now())),
                "channels": _channels(outbox),
                "messages": [_message(row, ways[row.id]) for row in rows],
            }  # fmt: skip

    def acknowledge(self, state: str, numbers: list[int], actor: str) -> int:
        """See the port."""
        now = self._clock.now()
        with self._outbox(state) as outbox:
            count = desk.acknowledge(outbox, numbers, actor, now)
            siren.sound(outbox, self._keeper.folder(state), now)
        return count

    def try_out(self, state: str, channel: str, actor: str) -> list[str]:
        """See the port."""
        with self._outbox(state) as outbox:
            known = [one["name"] for one in _channels(outbox)]
            if channel not in known:
                raise Refused(f"{state} has no channel {channel!r}; it has {', '.join(known) or 'none'}")
            if not self._has_notifier(outbox):
                raise Refused(f"nobody carries the messages of {state} now: openbell notify {state}, or start the run")
            now = self._clock.now()
            number = outbox.wishes.add(channel, actor, now)
            while not (wish := outbox.wishes.one(number)).done:
                if self._clock.now() - now > WISH_NS + int(TRIED_S) * NS:
                    raise Refused(f"the notifier of {state} has not answered; its log says more")
                self._clock.sleep(_NAP_NS)
            return msgspec.json.decode(wish.answer, type=list[str])

    def _outbox(self, state: str) -> Outbox:
        folder: Path = self._keeper.folder(state)
        if not (folder / NAME).exists():
            raise Refused(f"{state} has never told anybody anything: its file has no alerts (docs/how-to/alerts.md)")
        return Outbox(folder)

    def _has_notifier(self, outbox: Outbox) -> bool:
        return self._clock.now() - int(outbox.kept(BEAT) or b"0") < SILENT_NS


def _channels(outbox: Outbox) -> list[dict[str, Any]]:
    load, why = outbox.queue.load(), dict[str, str]()
    for item in outbox.queue.items("state = 'waiting' and why != ''"):
        why.setdefault(item.channel, item.why)
    rows = []
    for one in msgspec.json.decode(outbox.kept(CHANNELS) or b"[]", type=list[Shown]):
        waiting, sent = load.get(one.name, (0, 0))
        rows.append({
            "name": one.name, "kind": one.kind, "level": one.level, "targets": one.targets, "waiting": waiting,
            "sent_ts": _stamp(sent), "why": why.get(one.name, ""),
        })  # fmt: skip
    return rows


def _message(row: Row, ways: list[Way]) -> dict[str, Any]:
    return {
        "id": row.id, "seq": row.seq, "ts": str(row.ts), "told_ts": str(row.wall), "level": row.level,
        "kind": row.kind, "event": row.event, "title": row.title, "text": row.text, "repeats": row.repeats,
        "acked_ts": _stamp(row.acked), "acked_by": row.acked_by, "due_ts": _stamp(row.due),
        "ways": [
            {"channel": way.channel, "state": way.state, "tries": way.tries, "ts": _stamp(way.ts), "why": way.why}
            for way in ways
        ],
    }  # fmt: skip


def _stamp(ts: int) -> str | None:
    return str(ts) if ts else None
