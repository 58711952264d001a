"""What a line tells its engine besides what its venue says. Pure."""

from datetime import UTC, datetime

from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.core.types import NS, ZERO
from openbell.edges.brokers.failures import BadRequest, Failure

_REFUSED = {"submit": "rejected", "amend": "replace_refused", "cancel": "cancel_refused"}


def lost(account: str, oid: str, why: str) -> ev.OrderUpdate:
    """Return that nothing is known of an order's latest request."""
    return ev.OrderUpdate(ts=0, account=account, oid=oid, happening="lost", time=0, text=why)


def refused(account: str, oid: str, request: str, failure: Failure) -> ev.OrderUpdate:
    """Return that an order's `request` (submit, amend or cancel) was refused."""
    code = failure.code if isinstance(failure, BadRequest) else Code.NOT_READY
    return ev.OrderUpdate(
        ts=0, account=account, oid=oid, happening=_REFUSED[request], time=0, code=code, text=str(failure)
    )


def withdrawn(account: str, oid: str, now: int) -> ev.OrderUpdate:
    """Return that an order was taken back at `now` (ns) before it left."""
    return ev.OrderUpdate(
        ts=0, account=account, oid=oid, happening="cancelled", time=now, code=Code.OPERATOR,
        text="taken back before it was sent", filled=ZERO,
    )  # fmt: skip


def failed_state(account: str, as_of: int, why: str) -> ev.BrokerState:
    """Return a state that says only that it could not be had."""
    return ev.BrokerState(ts=0, account=account, orders=(), positions={}, cash={}, as_of=as_of, failed=why)


def shut(why: str, until: int, now: int) -> str:
    """Return that nothing is sent before `until` (ns), as seen at `now` (ns)."""
    at = datetime.fromtimestamp(-(-until // NS), UTC)
    return f"{why.rstrip('.')}; nothing is sent there for {-(-(until - now) // NS)} s, until {at:%Y-%m-%d %H:%M:%S} UTC"


def link(account: str, text: str, *, is_up: bool) -> ev.Link:
    """Return that the line which carries orders is up or down."""
    return ev.Link(ts=0, account=account, channel="orders", is_up=is_up, text=text)


def data(account: str, symbol: str, text: str, *, is_up: bool) -> ev.Link:
    """Return that an instrument's data are there or not."""
    return ev.Link(ts=0, account=account, channel="data", is_up=is_up, text=f"{symbol}: {text}")
