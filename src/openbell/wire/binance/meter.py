"""What was used of the limits, and who is shut out for using more."""

from collections.abc import Callable

from openbell.core.types import MINUTE_NS, NS
from openbell.wire.binance.forms import Json
from openbell.wire.binance.refusal import Refused

WEIGHT, ORDERS_10S, ORDERS_DAY, RAW = 6_000, 100, 200_000, 61_000
"""Weight a minute, new orders in ten seconds and a day, requests in five minutes."""
TEN_S, DAY, FIVE_MIN = 10 * NS, 86_400 * NS, 5 * MINUTE_NS
PATIENCE = 10
"""Requests beyond the limit that are only refused; behind them the client is shut out."""
BAN_NS, MOST_BAN_NS = 2 * MINUTE_NS, 3 * 86_400 * NS
_KINDS = (
    ("REQUEST_WEIGHT", "MINUTE", 1), ("ORDERS", "SECOND", 10), ("ORDERS", "DAY", 1), ("RAW_REQUESTS", "MINUTE", 5),
)  # fmt: skip


class Count:
    """How much was used in the stretch that runs."""

    def __init__(self, most: int, span: int) -> None:
        """Let so much through in each `span` (ns)."""
        self.most = most
        self.span = span
        self.used = 0
        self._stretch = 0

    def at(self, now: int) -> int:
        """Return what was used in the stretch of `now` (ns)."""
        stretch = now // self.span
        if stretch != self._stretch:
            self._stretch, self.used = stretch, 0
        return self.used

    def take(self, now: int, amount: int) -> None:
        """Use some."""
        self.used = self.at(now) + amount

    def wait(self, now: int) -> int:
        """Return how long until the stretch ends, ns."""
        return self.span - now % self.span


class Meter:
    """The limits of one address and its one account.

    Attributes:
        counts: Weight, orders in ten seconds, orders in a day, requests. most: Highest weight of any minute so far.
    """

    def __init__(self, note: Callable[[str, Json], None] = lambda *_: None) -> None:
        """Begin unused; `note` is told of refusals and bans."""
        self.counts = (
            Count(WEIGHT, MINUTE_NS), Count(ORDERS_10S, TEN_S), Count(ORDERS_DAY, DAY), Count(RAW, FIVE_MIN)
        )  # fmt: skip
        self.most = 0
        self.refused = 0
        self._note = note
        self._banned_until = 0
        self._bans = 0

    def enter(self, now: int, weight: int, orders: int) -> None:
        """Count a request at `now` (ns) of some weight, which is to make so many orders.

        Raises:
            Refused: There have been too many; it says when to come back.
        """
        if now < self._banned_until:
            text = f"Way too much request weight used; IP banned until {self._banned_until // 1_000_000}."
            raise Refused(-1003, text, 418, wait=_seconds(self._banned_until - now))
        used, raw = self.counts[0], self.counts[3]
        raw.take(now, 1)
        used.take(now, weight)
        self.most = max(self.most, used.used)
        if used.used > used.most or raw.used > raw.most:
            self._refuse(now, used if used.used > used.most else raw)
        if orders:
            self._enter_orders(now, orders)

    def _enter_orders(self, now: int, orders: int) -> None:
        for count in self.counts[1:3]:
            if count.at(now) + orders > count.most:
                self._note("limited", {"orders": count.used, "most": count.most})
                text = f"Too many new orders; current limit is {count.most} orders per {count.span // NS} s."
                raise Refused(-1015, text, 429, wait=_seconds(count.wait(now)))
        for count in self.counts[1:3]:
            count.take(now, orders)

    def _refuse(self, now: int, count: Count) -> None:
        self.refused += 1
        self._note("limited", {"used": count.used, "most": count.most})
        if self.refused > PATIENCE:
            self._bans += 1
            self.refused = 0
            span = min(BAN_NS << (self._bans - 1), MOST_BAN_NS)
            self._banned_until = now + span
            self._note("banned", {"until": self._banned_until})
            raise Refused(-1003, "Way too many requests; IP banned.", 418, wait=_seconds(span))
        text = f"Too much request weight used; current limit is {count.most} per {count.span // NS} s."
        raise Refused(-1003, text, 429, wait=_seconds(count.wait(now)))

    def give_back(self, now: int, weight: int) -> None:
        """Take back the weight of a request that turned out to cost nothing."""
        self.counts[0].take(now, -min(weight, self.counts[0].at(now)))

    def filled(self, now: int, orders: int) -> None:
        """Take back orders that were filled: only others count."""
        for count in self.counts[1:3]:
            count.take(now, -min(orders, count.at(now)))

    def headers(self, now: int, *, is_order: bool) -> dict[str, str]:
        """Return what stands in every answer, and in that to an order."""
        weight, short, day, _ = (str(count.at(now)) for count in self.counts)
        found = {"X-MBX-USED-WEIGHT": weight, "X-MBX-USED-WEIGHT-1M": weight}
        return found | ({"X-MBX-ORDER-COUNT-10S": short, "X-MBX-ORDER-COUNT-1D": day} if is_order else {})

    def rows(self, now: int, kinds: tuple[str, ...], *, is_used: bool) -> list[Json]:
        """Return the limits of some kinds, with what was used of them where that is asked."""
        found = []
        for (kind, span, number), count in zip(_KINDS, self.counts, strict=True):
            if kind in kinds:
                row: Json = {"rateLimitType": kind, "interval": span, "intervalNum": number, "limit": count.most}
                found.append(row | ({"count": count.at(now)} if is_used else {}))
        return found


def _seconds(wait: int) -> int:
    return -(-wait // NS)
