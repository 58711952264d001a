"""What an adapter finds when it looks at an account, for the doctor. Pure."""

from typing import Literal
from urllib.parse import urlsplit

import msgspec

from openbell.core.types import NS
from openbell.edges.brokers.clocks import MAX_SKEW

MS_NS = NS // 1000
ODD_SKEW = 100 * MS_NS
"""Difference between the venue's clock and ours from which on somebody should know of it, ns."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at.

    Attributes:
        part: clock, line, keys, rights, kind, data, rate. level: ok, warn or fail. told: What was found.
        fix: One thing to do; empty where all is well.
    """

    part: str
    level: Literal["ok", "warn", "fail"]
    told: str
    fix: str = ""


def well(part: str, told: str) -> Finding:
    """Return a finding of something that is as it should be."""
    return Finding(part=part, level="ok", told=told)


def bad(part: str, told: str, fix: str) -> Finding:
    """Return a finding that keeps the account from being traded."""
    return Finding(part=part, level="fail", told=told, fix=fix)


def odd(part: str, told: str, fix: str) -> Finding:
    """Return a finding that somebody should know of."""
    return Finding(part=part, level="warn", told=told, fix=fix)


def line(url: str) -> Finding:
    """Return how a venue was reached, once it has answered at an address."""
    parts = urlsplit(url)
    if parts.scheme == "http":
        return well("line", f"SIMULATED: a front on this machine at {parts.netloc}, without TLS")
    return well("line", f"{parts.netloc} over TLS, its certificate holds")


def clock(skew: int) -> Finding:
    """Return how far the venue's clock is off ours: `skew`, ns."""
    told = f"{skew // MS_NS} ms off the venue's"
    if abs(skew // MS_NS) > MAX_SKEW // MS_NS:
        return bad("clock", f"{told}; no risk is added so", "set this machine's clock by NTP")
    if abs(skew // MS_NS) > ODD_SKEW // MS_NS:
        return odd("clock", told, "set this machine's clock by NTP")
    return well("clock", told)
