"""What runs told people, from their outboxes, as `edges/web` asks for it.

The web process has no key of any channel: a test goes through the notifier, which has them.
"""

from pathlib import Path
from typing import Any

import msgspec

from openbell.core.types import NS
from openbell.edges.alerts.outbox import NAME, Outbox
from openbell.edges.web.ports import Refused
from openbell.run.alerts import desk, siren
from openbell.run.alerts.trial import TRIED_S, WISH_NS
from openbell.run.clock import Clock
from openbell.run.web.aside import channels, has_notifier, told
from openbell.run.web.keeper import Keeper

_NAP_NS = NS // 20


class Messages:
    """See `edges.web.ports.Messages`; every method does what the port says of it."""

    def __init__(self, keeper: Keeper, clock: Clock) -> None:
        """Tell of what a keeper keeps."""
        self._keeper, self._clock = keeper, clock

    def told(self, state: str, before: int | None, count: int) -> dict[str, Any]:
        """See the port."""
        return told(self._keeper.folder(state), self._clock.now(), before, count)

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
            known = [one["name"] for one in channels(outbox)]
            if channel not in known:
                raise Refused(f"{state} has no channel {channel!r}; it has {', '.join(known) or 'none'}")
            if not has_notifier(outbox, self._clock.now()):
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
