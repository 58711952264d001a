"""What a run writes into its log files: signals, refusals, orders, fills, alerts.

It looks on behind the journal and decides nothing. A line's trace is the run's tag with the number of its step, so that
all lines of one step, and the journal's record of it, are found together.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from openbell.config.logs import Logging
from openbell.config.variables import secret_texts
from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.codes import Code, label
from openbell.core.strategy import StockStrategy, explained
from openbell.core.strategy import strength as strength_of
from openbell.edges.logs.book import Logs, Options, stamp
from openbell.report.figures import exact
from openbell.run.assemble import Prepared
from openbell.run.traces import Traces

FOLDER = "logs"
Watch = Callable[[Book, ev.Event, list[fx.Effect]], None]
_FIRST_REFUSAL, _FIRST_ORDER, _SIGNALS = 200, 300, range(10, 20)
_LEVELS = {"info": "info", "warning": "warning", "error": "error", "critical": "critical"}


class Logbook:
    """Turns steps into lines.

    Attributes:
        traces: What strategies raised in the step that is written next.
    """

    def __init__(
        self, logs: Logs, first: str = "", places: Mapping[str, int] | None = None, wanted: Logging | None = None
    ) -> None:
        """Begin with the line `first`.

        Args:
            logs: Where lines go.
            first: Written with the first step, at its time.
            places: Where in the numbers of a deployment's decisions its confidence stands.
            wanted: What is written and what is left out; None for what a file says that says nothing.
        """
        self.wanted = wanted or Logging()
        self._first = first
        self.logs = logs
        self._places = places or {}
        names = ("Engine", "Data", "Strategy", "Risk", "Orders")
        self._to: dict[str, Any] = {name: logs.component(name) for name in names}
        self._ts = 0
        self._trace = ""
        self._day = ""
        self.traces = Traces()

    def watch(self, book: Book, event: ev.Event, effects: list[fx.Effect]) -> None:
        """Take one finished step; a plain bar costs little more than the call."""
        told = _EVENTS.get(type(event))
        if told is None and not effects and not self._first:
            return
        self._ts = event.ts
        counts = book.truth.counts
        self._trace = f"{book.truth.instance}-{counts.events}"
        self._day = stamp(event.ts)[:10]
        if self._first:
            self.line("Engine", "info", self._first, mode=book.truth.mode)
            self._first = ""
        if told is not None:
            told(self, book, event)
        for effect in effects:
            write = _EFFECTS.get(type(effect))
            if write is not None:
                write(self, book, effect)
        self.traces.found.clear()

    def line(self, component: str, level: str, text: str, **fields: Any) -> None:
        """Write a line of a component; fields that say nothing are left out."""
        told = {name: value for name, value in fields.items() if value not in {None, ""}}
        getattr(self._to[component], level)(text, ts=self._ts, trace=self._trace, **told)

    @property
    def time(self) -> str:
        """Moment of the step as ISO text."""
        return stamp(self._ts)

    def row(self, fields: dict[str, str]) -> None:
        """Write a row of the table of trades."""
        self.logs.trade(self._day, fields)

    def strength(self, decision: fx.Decision) -> str:
        """Return the level of a signal's confidence, nothing where its strategy tells none."""
        place = self._places.get(decision.deployment)
        confidence = decision.numbers[place] if place is not None and place < len(decision.numbers) else None
        return strength_of(confidence).value if confidence is not None else ""


def _decision(log: "Logbook", book: Book, decision: fx.Decision) -> None:
    strategy, symbol = decision.deployment, decision.instrument
    if decision.signal in _SIGNALS and log.wanted.signals:
        mark = book.mark_px(symbol)
        target = decision.target or 0.0
        action = "SELL" if target < 0.0 else "BUY" if target > 0.0 else "FLAT"
        price = "" if mark is None else format(mark, "f")
        force = log.strength(decision)
        log.line("Strategy", "info", f"signal {label(decision.signal)} on {symbol}", strategy=strategy,
                   symbol=symbol, target=decision.target, price=price, strength=force)  # fmt: skip
        log.row({"time": log.time, "kind": "signal", "symbol": symbol, "action": action, "price": price,
                        "strength": force, "strategy": strategy, "reason": label(decision.signal)})  # fmt: skip
    if decision.code == Code.STRATEGY_ERROR:
        error, order = log.traces.found.get(strategy, (None, ""))
        log.line("Strategy", "error", f"{label(decision.code)} on {symbol}", strategy=strategy, symbol=symbol,
                   order_id=order, exc_info=error)  # fmt: skip
    elif _FIRST_REFUSAL <= decision.code < _FIRST_ORDER:
        log.line("Risk", "warning", f"refused {label(decision.code)}: {symbol}", strategy=strategy, symbol=symbol)
    else:
        log.line("Strategy", "debug", f"decided {label(decision.code)} on {symbol}", strategy=strategy,
                   symbol=symbol, target=decision.target)  # fmt: skip


def _submit(log: "Logbook", book: Book, order: fx.Submit) -> None:
    if not log.wanted.trades:
        return
    text = f"order {str(order.side).upper()} {format(order.qty, 'f')} {order.instrument} {order.type}"
    price = order.limit if order.limit is not None else order.stop
    shown = "" if price is None else format(price, "f")
    log.line("Orders", "info", text, order_id=order.oid, symbol=order.instrument, strategy=order.deployment,
               account=order.account, price=shown, reason=label(order.reason))  # fmt: skip
    log.row({"time": log.time, "kind": "order", "symbol": order.instrument,
                    "action": str(order.side).upper(), "price": shown, "strategy": order.deployment,
                    "quantity": format(order.qty, "f"), "reason": label(order.reason), "account": order.account,
                    "order_id": order.oid})  # fmt: skip


def _change(log: "Logbook", book: Book, effect: fx.Amend | fx.Cancel) -> None:
    log.line("Orders", "info", f"{type(effect).__name__.lower()} asked for", order_id=effect.oid)


def _fill(log: "Logbook", book: Book, fill: ev.Fill) -> None:
    if log.wanted.portfolio:
        _portfolio(log, book, fill.account)
    if not log.wanted.trades:
        return
    order = book.truth.orders.get(fill.oid)
    strategy = order.deployment if order is not None else ""
    reason = label(order.reason) if order is not None else "external"
    instrument = book.instrument(fill.instrument)
    value, px, qty = (format(x, "f") for x in (instrument.value(fill.qty, fill.px), fill.px, fill.qty))
    action = str(fill.side).upper()
    log.line("Orders", "info", f"fill {action} {qty} {fill.instrument} at {px}", order_id=fill.oid,
               execution_id=fill.exec_id, symbol=fill.instrument, strategy=strategy, account=fill.account,
               fee=format(fill.fee, "f"), reason=reason)  # fmt: skip
    log.row({"time": stamp(fill.time), "kind": "fill", "symbol": fill.instrument, "action": action, "price": px,
                    "strategy": strategy, "quantity": qty, "value": value, "fee": format(fill.fee, "f"),
                    "currency": instrument.currency, "reason": reason, "account": fill.account, "order_id": fill.oid,
                    "execution_id": fill.exec_id})  # fmt: skip


def _portfolio(log: "Logbook", book: Book, name: str) -> None:
    account = book.truth.accounts[name]
    held = {p.instrument: exact(p.qty) for p in book.all_positions() if p.account == name and p.qty}
    equity, cash = exact(account.equity), exact(account.cash[account.currency])
    told = ", ".join(f"{qty} {symbol}" for symbol, qty in held.items()) or "nothing"
    log.line("Engine", "info", f"portfolio of {name}: equity {equity} {account.currency}, cash {cash}, held {told}",
               account=name, equity=equity, cash=cash)  # fmt: skip


def _update(log: "Logbook", book: Book, update: ev.OrderUpdate) -> None:
    level = "warning" if update.happening in {"rejected", "lost", "absent"} else "info"
    code = label(update.code) if update.code else ""
    order = book.truth.orders.get(update.oid)
    symbol = order.instrument if order is not None else ""
    log.line("Orders", level, f"order {update.happening}", order_id=update.oid, reason=code,
               venue_says=update.text, symbol=symbol, account=update.account)  # fmt: skip


def _bad_data(log: "Logbook", book: Book, bad: ev.BadData) -> None:
    log.line("Data", "warning", f"refused {label(bad.code)}: {bad.instrument}", symbol=bad.instrument, value=bad.value)


def _command(log: "Logbook", book: Book, command: ev.Command) -> None:
    log.line("Engine", "warning", f"command {command.kind}", scope=command.scope, reason=command.reason)


def _link(log: "Logbook", book: Book, link: ev.Link) -> None:
    level, word = ("info", "is up") if link.is_up else ("error", "is down")
    log.line("Engine", level, f"line for {link.channel} {word}", account=link.account, venue_says=link.text)


def _disk(log: "Logbook", book: Book, disk: ev.DiskState) -> None:
    log.line("Engine", "info" if disk.is_healthy else "critical", disk.text or "the journal's disk changed")


def _action(log: "Logbook", book: Book, action: ev.CorporateAction) -> None:
    log.line("Engine", "info", f"{action.kind} of {action.instrument}", symbol=action.instrument)


def _cash(log: "Logbook", book: Book, flow: ev.CashFlow) -> None:
    text = f"{flow.kind} of {format(flow.amount, 'f')} {flow.currency}"
    log.line("Engine", "info", text, account=flow.account)


def _alert(log: "Logbook", book: Book, alert: fx.Alert) -> None:
    log.line("Engine", _LEVELS.get(alert.level, "error"), alert.text, key=alert.key)


def _note(log: "Logbook", book: Book, note: fx.Note) -> None:
    log.line("Engine", "info", note.text, kind=note.kind)


def _latch(log: "Logbook", book: Book, latch: fx.Latch) -> None:
    if latch.level != "hold":
        # No gate: what warned has said so in an alert.
        return
    level, word = ("error", "closed") if latch.is_on else ("warning", "open again")
    log.line("Risk", level, f"gate {latch.kind} {word}", scope=latch.scope, reason=latch.reason)


def _lose(log: "Logbook", book: Book, lose: fx.Lose) -> None:
    order = book.truth.orders.get(lose.oid)
    symbol = order.instrument if order is not None else ""
    log.line("Orders", "error", "nothing is known of an order", order_id=lose.oid, symbol=symbol, reason=lose.why)


def _adjust(log: "Logbook", book: Book, adjust: fx.Adjust) -> None:
    log.line("Engine", "warning", "the book was changed to agree with the venue", account=adjust.account,
               symbol=adjust.instrument)  # fmt: skip


def _withhold(log: "Logbook", book: Book, withhold: fx.Withhold) -> None:
    log.line("Orders", "error", "an order was kept back: the journal failed", order_id=withhold.oid)


Told = Callable[[Logbook, Book, Any], None]


def _schedule(log: "Logbook", book: Book, event: ev.Schedule) -> None:
    """At the end of a session sum up the day of each account whose days it divides."""
    if event.is_open:
        return
    for name, account in book.truth.accounts.items():
        if book.spec.accounts[name].calendar != event.calendar:
            continue
        held = sum(p.account == name and bool(p.qty) for p in book.all_positions())
        equity, result = exact(account.equity), exact(account.session_result)
        text = f"day {event.date} of {name}: equity {equity} {account.currency}, result {result}"
        log.line("Engine", "info", f"{text}, entries {account.entries}, positions {held}", account=name, equity=equity,
                   result=result, entries=account.entries, positions=held)  # fmt: skip


_EFFECTS: dict[type, Told] = {
    fx.Decision: _decision,
    fx.Submit: _submit,
    fx.Amend: _change,
    fx.Cancel: _change,
    fx.Alert: _alert,
    fx.Note: _note,
    fx.Latch: _latch,
    fx.Lose: _lose,
    fx.Adjust: _adjust,
    fx.Withhold: _withhold,
}
_EVENTS: dict[type, Told] = {
    ev.Fill: _fill,
    ev.OrderUpdate: _update,
    ev.BadData: _bad_data,
    ev.Command: _command,
    ev.Link: _link,
    ev.DiskState: _disk,
    ev.CorporateAction: _action,
    ev.CashFlow: _cash,
    ev.Schedule: _schedule,
}


class Kept:
    """The log of a run that may do without one.

    Attributes:
        notes: Why there is none, or what was lost, in words.
    """

    def __init__(self, logbook: Logbook | None, *notes: str) -> None:
        """Keep `logbook`, None for no log."""
        self._logbook = logbook
        self.notes = notes

    def hearing(self, prepared: Prepared) -> Prepared:
        """Return a run whose strategies' errors are written with their trace.

        It is the same one where there is no log.
        """
        return prepared if self._logbook is None else self._logbook.traces.over(prepared)

    def beside(self, watch: Watch) -> Watch:
        """Return an onlooker that writes the log beside another one."""
        if self._logbook is None:
            return watch
        own = self._logbook.watch

        def both(book: Book, event: ev.Event, effects: list[fx.Effect]) -> None:
            watch(book, event, effects)
            own(book, event, effects)

        return both

    def tell(self, component: str, level: str, text: str, ts: int, fields: Mapping[str, Any]) -> None:
        """Write a line that belongs to no step, seen at `ts` (UTC ns)."""
        if self._logbook is not None:
            told = {name: value for name, value in fields.items() if value is not None}
            getattr(self._logbook.logs.component(component), level)(text, ts=ts, **told)

    def close(self) -> None:
        """Close the files and note what was lost."""
        if self._logbook is None:
            return
        logs, self._logbook = self._logbook.logs, None
        logs.close()
        if logs.lost:
            self.notes += (f"{logs.lost:,} lines are missing in the log files: the disk did not take them",)


def keep_logs(prepared: Prepared, state: Path, level: str = "") -> Kept:
    """Begin or go on with the log files of a run, in its state or where its file says.

    A run does not need them: where they cannot be written it says so and goes on.

    Args:
        prepared: The run.
        state: Its directory.
        level: Least level that is written, empty for the file's.
    """
    wanted = prepared.loaded.config.logging
    places = {}
    for name, strategy in prepared.strategies.items():
        names = [word for word, _ in explained(strategy.layout)] if isinstance(strategy, StockStrategy) else []
        if "confidence" in names:
            places[name] = names.index("confidence")
    try:
        folder = _folder(state, prepared.loaded.folder / wanted.path if wanted.path else None)
        logs = Logs(folder, Options(level=level or wanted.level), secret_texts(prepared.loaded.tree))
    except (OSError, ImportError) as error:
        return Kept(None, f"this run has no log files: {error}; its journal has everything")
    spec = prepared.spec
    first = f"start: {spec.title}: {', '.join(spec.deployments)} on {', '.join(spec.instruments)}"
    return Kept(Logbook(logs, first, places, wanted))


def _folder(state: Path, elsewhere: Path | None) -> Path:
    """Return the folder of the files; one elsewhere is linked from the state, where `logs` looks for them.

    Raises:
        OSError: The link cannot be made.
    """
    own = state / FOLDER
    if elsewhere is None or (own.is_dir() and not own.is_symlink()):
        # A run that began to write here goes on here.
        return own
    elsewhere.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not own.is_symlink():
        own.symlink_to(elsewhere.resolve(), target_is_directory=True)
    return own
