"""What is told of a record: the happening, its level and its fields."""

from zlib import crc32

import msgspec

from openbell.config.happenings import HAPPENINGS
from openbell.core.effects import Alert
from openbell.core.spec import AccountSpec

_RISK = {
    "drawdown", "weekly_loss", "monthly_loss", "stop_outs", "reject_streak", "loss_streak", "cool_down", "slippage",
    "surveillance", "layers", "wash", "repeated_fills", "order_rate", "exposed", "mismatch", "capped", "concentration",
    "gross_exposure", "net_exposure", "large_position", "excessive_trading", "poor_execution", "disconnect",
}  # fmt: skip
_NOTICE = {
    "link": "line", "ready": "line", "state": "line", "gap": "line", "stale": "line", "halt": "line",
    "kill": "kill_switch", "kill_done": "kill_finished", "stop_done": "kill_finished", "pause_done": "kill_finished",
}  # fmt: skip
_LINES = {
    "config", "enable", "resume", "adopt", "discard", "adjustment", "alert", "dust", "external", "match", "differs",
    "first",
}  # fmt: skip
_SHOWN = 4
"""Digits of an account's number that are told to anybody."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to be told.

    Attributes:
        event: Name of the happening. level: Its own, or the usual one. seq: Record. index: Place among those of it.
        ts: Instant, UTC ns. key: What repeats are recognised by; empty where it never repeats.
        fields: Numbers and names as text. mark: In place of the one made of the record, for what no record tells.
    """

    event: str
    level: str
    seq: int
    index: int
    ts: int
    key: str = ""
    fields: dict[str, str] = {}
    mark: str = ""

    def marked(self, instance: str) -> str:
        """Return what this is recognised by.

        Records behind a lost power may come anew under an old number, so their words are part of it.
        """
        if self.mark:
            return f"{instance}-{self.mark}"
        words = crc32(f"{self.event} {self.fields}".encode())
        return f"{instance}-{self.seq}-{self.index}-{words:08x}"


def usual(event: str) -> str:
    """Return the usual level of a happening."""
    return HAPPENINGS[event].level


def named(spec: AccountSpec) -> str:
    """Return an account's name with the end of its number.

    Of a name that is a number itself nothing but its end is told.
    """
    if spec.name.isdecimal() and len(spec.name) > _SHOWN:
        return f"…{spec.name[-_SHOWN:]}"
    return f"{spec.name} …{spec.digits}" if spec.digits else spec.name


class At:
    """A record: where what is told of it comes from."""

    def __init__(self, seq: int, ts: int) -> None:
        """Tell of a record; `ts` is its instant, UTC ns."""
        self.seq, self.ts, self._count = seq, ts, 0

    def told(self, event: str, fields: dict[str, str], mark: str = "") -> Told:
        """Return one thing to be told; it never repeats."""
        self._count += 1
        return Told(
            event=event, level=usual(event), seq=self.seq, index=self._count, ts=self.ts, fields=fields, mark=mark
        )

    def alert(self, alert: Alert) -> Told:
        """Return what the engine itself says."""
        self._count += 1
        return of_alert(alert, self.seq, self._count, self.ts)


def of_alert(alert: Alert, seq: int, index: int, ts: int) -> Told:
    """Return what the engine itself says, as the happening that it is."""
    word, _, rest = alert.key.partition("/")
    rule, _, stage = word.partition(":")
    fields = {"text": alert.text, "key": alert.key, "account": rest.partition("/")[0]}
    event = _event(rule, stage, alert.level)
    if event == "kill_switch" and rest.startswith("daily_loss/"):
        event = "daily_loss_limit_reached"
    if HAPPENINGS[event].kind == "error":
        fields |= {"component": rule, "trace": f"record {seq}"}
    return Told(event=event, level=alert.level, seq=seq, index=index, ts=ts, key=alert.key, fields=fields)


def _event(rule: str, stage: str, level: str) -> str:
    if rule in _NOTICE:
        return _NOTICE[rule]
    if stage == "warn":
        return "limit_warning"
    if rule == "daily_loss":
        return "daily_loss_limit_reached" if level == "critical" else "limit_warning"
    if rule in _LINES:
        return "notice"
    if rule in _RISK or rule.startswith("watch_"):
        return "limit_reached" if level == "critical" else "risk"
    return "system_error" if level in ("error", "critical") else "notice"
