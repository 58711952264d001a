"""What an adapter finds when it looks at an account, for the doctor. Pure."""

from typing import Literal

import msgspec


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
