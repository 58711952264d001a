"""What a program has to say, in the outbox of a run, whose notifier carries it.

The engine's own happenings are told by themselves; these are a program's words beside them, and are marked as such.
"""

import os
from decimal import Decimal
from pathlib import Path

from openbell.config.happenings import LEVELS
from openbell.config.variables import secret_texts
from openbell.edges.alerts.outbox import Outbox
from openbell.run import assemble, giving
from openbell.run import state as states
from openbell.run.alerts.courier import reaches
from openbell.run.alerts.notifier import desk_of, kept_of
from openbell.run.alerts.told import Told, usual
from openbell.run.alerts.watch import Watch
from openbell.run.clock import WallClock
from openbell.run.records import first_event

Number = Decimal | float


class AlertSystem:
    """Tells the people of a run what a program wants them to know.

    Every method puts one message into the run's outbox, by the channels, levels, quiet hours and digests of its file,
    and returns its number in the history; 0 where it repeats what was told a moment ago or is switched off. The
    notifier beside the run carries it; where none runs, it waits for the next, `openbell notify STATE`.

    Attributes:
        state: Directory of the run.
    """

    def __init__(self, state: str | Path) -> None:
        """Speak in a run.

        Raises:
            NoState: There is no state. ConfigError: Its file is not there any more, or is wrong.
            ValueError: Its file has no channel, or it does not say which its file is.
        """
        self.state = states.existing(Path(state))
        origin = states.read_origin(self.state)
        if not origin.file:
            raise ValueError(f"{self.state} does not say which file it was started from; its alerts stand there")
        loaded, found = assemble.read(Path(origin.file), os.environ)
        self._terms, self._secrets = loaded.config.alerts, secret_texts(loaded.tree)
        if self._terms.enabled and not self._terms.channels:
            raise ValueError(f'{origin.file} has no alerts; add alerts: [{{url: "${{ALERT_URL}}"}}]')
        self._reaches = reaches(self._terms.named, found.channels.module)
        self._genesis = first_event(states.journal(self.state))
        self._clock = WallClock()

    def signal_alert(
        self, symbol: str, signal_type: str, strength: str = "", price: Number | None = None, strategy: str = ""
    ) -> int:
        """Tell that something is wanted: `signal_type` such as BUY, `price` in quote currency."""
        parts = f"{signal_type} {symbol}{_at(price)}", strength, f"by {strategy}" if strategy else ""
        fields = {"symbol": symbol, "signal": signal_type, "strength": strength, "strategy": strategy}
        return self._tell("program_signal", _joined(parts), fields | {"price": _text(price)})

    def order_alert(
        self, symbol: str, action: str, quantity: Number, price: Number | None = None, order_id: str = ""
    ) -> int:
        """Tell what became of an order, in units and quote currency: `action` SUBMITTED, say."""
        text = f"order {action}: {_text(quantity)} {symbol}{_at(price)}{f' ({order_id})' if order_id else ''}"
        fields = {"symbol": symbol, "action": action, "qty": _text(quantity), "order": order_id}
        return self._tell("program_order", text, fields | {"price": _text(price)})

    def position_alert(
        self, symbol: str, action: str, quantity: Number, price: Number | None = None, pnl: Number | None = None
    ) -> int:
        """Tell what became of a position, in units and quote currency: `action` OPENED, say."""
        text = _joined(
            (f"{action} {_text(quantity)} {symbol}{_at(price)}", f"result {_text(pnl)}" if pnl is not None else "")
        )
        fields = {"symbol": symbol, "action": action, "qty": _text(quantity), "result": _text(pnl)}
        return self._tell("program_position", text, fields | {"price": _text(price)})

    def risk_alert(
        self, message: str, limit: Number | None = None, value: Number | None = None, level: str = "warning"
    ) -> int:
        """Tell that a limit of the program's own is near or passed, in its own unit.

        Raises:
            ValueError: `level` is none of info, warning, error and critical.
        """
        bounds = ((word, number) for word, number in (("limit", limit), ("value", value)) if number is not None)
        text = _joined((message, *(f"{word} {_text(number)}" for word, number in bounds)))
        fields = {"limit": _text(limit), "value": _text(value)}
        return self._tell("program_risk", text, fields, level=level, key=f"program/{message}")

    def error_alert(self, message: str, component: str = "program", level: str = "error") -> int:
        """Tell that something went wrong, and where.

        Raises:
            ValueError: `level` is none of info, warning, error and critical.
        """
        fields = {"component": component}
        return self._tell(
            "program_error", f"{component}: {message}", fields, level=level, key=f"program/{component}/{message}"
        )

    def performance_alert(self, metric: str, value: Number, message: str = "") -> int:
        """Tell a milestone: what was reached, in the metric's own unit."""
        text = _joined((f"{metric} {_text(value)}", message))
        return self._tell("program_performance", text, {"metric": metric, "value": _text(value)})

    def daily_summary(self) -> int:
        """Tell the summary of the day under way, in the words of the one at its end.

        Raises:
            ValueError: The run has had no session yet.
        """
        with Outbox(self.state) as outbox:
            watch = Watch(self.state, kept_of(outbox))
        try:
            watch.look(1 << 62)
            fields = watch.today()
        finally:
            watch.close()
        if not fields:
            raise ValueError(f"{self.state} has had no session yet: there is no day to sum up")
        return self._take("daily_summary", fields)

    def _tell(self, event: str, text: str, fields: dict[str, str], level: str = "", key: str = "") -> int:
        return self._take(event, {"text": text, **fields}, level, key)

    def _take(self, event: str, fields: dict[str, str], level: str = "", key: str = "") -> int:
        if not self._terms.enabled:
            return 0
        loud, now = level.lower() or usual(event), self._clock.now()
        if loud not in LEVELS:
            raise ValueError(f"{level!r} is no level of an alert; known: {', '.join(LEVELS)}")
        told = Told(
            event=event, level=loud, seq=0, index=0, ts=now, key=key, fields=fields,
            mark=f"program-{giving.new_id(self._clock)}",
        )  # fmt: skip
        with Outbox(self.state) as outbox, outbox.change():
            return desk_of(outbox, self._terms, self._genesis, self._reaches, self._secrets).take(told, now)


NotificationManager = AlertSystem
"""Its name elsewhere."""


def _text(number: Number | None) -> str:
    return "" if number is None else format(Decimal(str(number)), ",f")


def _at(price: Number | None) -> str:
    return "" if price is None else f" at {_text(price)}"


def _joined(parts: tuple[str, ...]) -> str:
    return ", ".join(part for part in parts if part)
