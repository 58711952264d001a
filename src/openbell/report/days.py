"""Equity at the end of each trading day of an account: what returns are made of."""

from decimal import Decimal
from typing import NamedTuple

from openbell.core.account import Account


class Day(NamedTuple):
    """One trading day of an account, money in its base currency.

    Attributes:
        date: Of the session, ISO. ts: When it ended, ns.
        start, equity: At its beginning and its end. flows: Deposits less withdrawals in between.
    """

    date: str
    ts: int
    start: Decimal
    equity: Decimal
    flows: Decimal


class Days:
    """The trading days of one account, in order; the account's own sessions divide them."""

    __slots__ = ("_date", "_flows", "_start", "account", "closed")

    def __init__(self, account: Account) -> None:
        """Begin with the account as it stands, within the session it is in."""
        self.account = account
        self.closed: list[Day] = []
        self._begin()

    def _begin(self) -> None:
        self._date = self.account.session
        self._start = self.account.equity
        self._flows = self.account.net_flows

    def turn(self, ts: int) -> None:
        """End the day at `ts` (ns) if the account has begun another session."""
        if self.account.session != self._date:
            # What happened before the first session belongs to no day.
            if self._date:
                self.closed.append(self._today(ts))
            self._begin()

    def all(self, ts: int) -> list[Day]:
        """Return every day, the one under way as it stands at `ts` (ns)."""
        return [*self.closed, self._today(ts)] if self._date else list(self.closed)

    def _today(self, ts: int) -> Day:
        account = self.account
        return Day(self._date, ts, self._start, account.equity, account.net_flows - self._flows)
