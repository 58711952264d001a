"""The account's activities by server-sent events: what was, and then what comes."""

import asyncio
import contextlib
from datetime import UTC, datetime

import msgspec
from aiohttp import web

from openbell.core.events import Schedule
from openbell.core.types import DAY_NS, NS
from openbell.wire.alpaca.books import Execution
from openbell.wire.alpaca.call import House
from openbell.wire.alpaca.forms import Json, instant, number
from openbell.wire.alpaca.refusal import Refused
from openbell.wire.alpaca.shelf import Query, instant_in
from openbell.wire.alpaca.views import asset_id
from openbell.wire.door import Door

PATH = "/v2beta1/events/activities"
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TIME_SIGNS, _PLACE_SIGNS = 10, 16
_AHEAD = 10 * DAY_NS
_STATUS = {"fill": "executed", "trade_correct": "correct", "trade_bust": "canceled"}
_MS = 1_000_000


def ulid(time: int, place: int) -> str:
    """Return the id of what happened at `time` (UTC ns), the account's `place`-th activity.

    Later ones are greater.
    """
    return _signs(time // _MS, _TIME_SIGNS) + _signs(place, _PLACE_SIGNS)


def _signs(value: int, count: int) -> str:
    return "".join(_SIGNS[value >> 5 * n & 31] for n in reversed(range(count)))


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Which activities are asked for: instants in UTC ns, 0 for none, and ids, empty for none."""

    since: int = 0
    until: int = 0
    since_id: str = ""
    until_id: str = ""

    def has(self, time: int, name: str) -> bool:
        """Return True for an activity at `time` (UTC ns) that is asked for."""
        return time >= self.since and name > self.since_id and not self.is_past(time, name)

    def is_past(self, time: int, name: str) -> bool:
        """Return True for an activity behind the end."""
        return bool((self.until and time > self.until) or (self.until_id and name > self.until_id))


def window_of(query: Query) -> Window:
    """Return which activities a query asks for.

    Raises:
        Refused: Its bounds do not go together, or one of them is no instant.
    """
    found = Window(
        since=instant_in(query, "since"), until=instant_in(query, "until"), since_id=query.get("since_id", ""),
        until_id=query.get("until_id", ""),
    )  # fmt: skip
    if found.since and found.since_id:
        raise Refused(400, 40010000, "since and since_id cannot be used together")
    for end, begin in (("until", "since"), ("until_id", "since_id")):
        if query.get(end) and not query.get(begin):
            raise Refused(400, 40010000, f"{begin} is required with {end}")
    return found


class Events:
    """Tells the executions of a house to whoever listens."""

    def __init__(self, house: House, door: Door) -> None:
        """Tell of a house; while the door is shut nobody is told."""
        self._house = house
        self._door = door
        self._news = asyncio.Event()
        self._is_over = False

    def wake(self) -> None:
        """Look again: something was booked."""
        self._news.set()

    def close(self) -> None:
        """Let everybody go."""
        self._is_over = True
        self._news.set()

    async def serve(self, http: web.Request) -> web.StreamResponse:
        """Tell what is asked for until its end, or until nobody listens.

        Raises:
            Refused: The question makes no sense.
        """
        wanted = window_of(http.query)
        made = self._house.desk.books.executions
        # Who names no beginning hears nothing of what was.
        place = 0 if wanted.since or wanted.since_id else len(made)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(http)
        while not self._is_over and http.transport is not None and not http.transport.is_closing():
            self._news.clear()
            if self._door.windows.is_during("down"):
                http.transport.abort()
                break
            while place < len(made):
                done, place = made[place], place + 1
                name = ulid(done.time, place)
                if wanted.is_past(done.time, name):
                    return response
                if wanted.has(done.time, name):
                    raw = msgspec.json.encode(self._row(done, name)).decode()
                    await response.write(f"id: {name}\ndata: {raw}\n\n".encode())
            if wanted.until_id or (wanted.until and wanted.until <= self._door.time):
                return response
            await self._rest(wanted.until)
        return response

    async def _rest(self, until: int) -> None:
        """Wait for news, at most until an instant (UTC ns) where one is given."""
        left = (until - self._door.time) / NS if until else None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left):
                await self._news.wait()

    def _row(self, done: Execution, name: str) -> Json:
        record = self._house.desk.books.orders.get(done.order)
        ahead = self._house.sessions(done.time, done.time + _AHEAD)
        cost = done.qty * done.px * (-1 if done.side == "buy" else 1)
        kind = "trade_bust" if done.is_bust else "trade_correct" if done.supersedes else "fill"
        return {
            "event_id": name, "at": instant(done.time), "activity_type": "FILL", "executed_at": instant(done.time),
            "status": _STATUS[kind], "settle_date": _settled(ahead, done.time),
            "currency": "USD", "ref_id": done.id, "qty": number(done.qty), "price": number(done.px),
            "net_amount": number(cost),
            "details": {
                "order_id": done.order, "client_order_id": record.client_order_id if record is not None else "",
                "side": done.side, "symbol": done.symbol, "asset_id": asset_id(done.symbol),
                "leaves_qty": number(done.leaves), "cum_qty": number(done.total),
                "order_status": "filled" if done.is_last else "partially_filled", "execution_type": kind,
            },
            **({"previous_id": done.supersedes} if done.supersedes else {}),
        }  # fmt: skip


def _settled(sessions: list[Schedule], time: int) -> str:
    """Return the date of the session behind the day of an instant (UTC ns)."""
    today = datetime.fromtimestamp(time // NS, UTC).date().isoformat()
    return next((one.date for one in sessions if one.is_open and one.date > today), today)
