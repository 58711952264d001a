"""What a session says while it goes: banner, decisions, plans, executions, figures. Pure."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

import msgspec

from openbell.core import events as ev
from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.core.effects import Alert, Ask, Decision, Effect, Submit
from openbell.core.exposure import Draft
from openbell.core.order import Order
from openbell.core.types import Status
from openbell.report.figures import amount, code_label, percent, price, quantity
from openbell.report.metrics import text_session_metrics

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
"""How much a session says, from most to least."""
NOT_SENT = "[DRY RUN] Would have executed trade (no actual execution)"
QUESTION = "Execute this trade? (yes/no): "
WIDE, NARROW = "=" * 80, "=" * 60
_LEVEL_OF = {"info": "INFO", "warning": "WARNING"}
_BUYS, _SELLS = (Code.CROSS_UP, Code.SIGNAL_LONG), (Code.CROSS_DOWN, Code.SIGNAL_SHORT, Code.SIGNAL_FLAT)
_WORDS = {
    Status.NEW: "PENDING", Status.SENT: "PENDING", Status.WORKING: "SUBMITTED", Status.PARTIAL: "PARTIALLY_FILLED",
    Status.FILLED: "FILLED", Status.CANCELLED: "CANCELLED", Status.REJECTED: "REJECTED", Status.EXPIRED: "CANCELLED",
}  # fmt: skip


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """What the banner of a session says.

    Attributes:
        mode, account, tickers: Of the run.
        max_daily_trades: Entries in a session, None for no limit.
        max_position: Worth of one position with its currency as text, empty for no cap.
        max_daily_loss: Fraction of equity that closes the gate, None for no limit.
    """

    mode: str
    account: str
    tickers: tuple[str, ...]
    max_daily_trades: int | None = None
    max_position: str = ""
    max_daily_loss: Decimal | None = None


def text_banner(started: Started) -> str:
    """Return the banner of a session that begins."""
    trades = "no limit" if started.max_daily_trades is None else str(started.max_daily_trades)
    loss = "none" if started.max_daily_loss is None else percent(-started.max_daily_loss, digits=1)
    return "\n".join(
        [
            WIDE,
            "LIVE TRADING ENGINE STARTED",
            WIDE,
            f"Mode: {started.mode.upper()}",
            f"Account: {started.account}",
            f"Tickers: {', '.join(started.tickers)}",
            f"Max Daily Trades: {trades}",
            f"Max Position Size: {started.max_position or 'no limit'}",
            f"Kill Switch Threshold: {loss}",
            WIDE,
        ]
    )


def text_processing(book: Book, deployment: str, symbol: str) -> str:
    """Return how things stand as a decision on `symbol` is made."""
    spec = book.spec.deployments[deployment]
    account = book.truth.accounts[spec.account]
    mark = book.mark_px(symbol)
    held = sum(bool(position.qty) for position in book.all_positions() if position.account == spec.account)
    return "\n".join(
        [
            NARROW,
            f"Processing {symbol}",
            NARROW,
            f"Current price: {price(mark, book.instrument(symbol)) if mark is not None else 'unknown'}",
            f"Account value: {amount(account.equity, account.currency)}",
            f"Cash: {amount(account.cash[account.currency], account.currency)}",
            f"Positions: {held}",
        ]
    )


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """One decision in words.

    Attributes:
        action: BUY, SELL or HOLD. conviction: 0 to 1, None where the strategy tells none.
        size: Worth of the position wanted as a fraction of the deployment's equity, None where none is wanted.
        reasoning: The printed reason with its numbers.
    """

    action: str
    conviction: float | None = None
    size: Decimal | None = None
    reasoning: str = ""


def words_of(book: Book, decision: Decision, names: Sequence[str]) -> Words:
    """Return a decision in words.

    Args:
        book: Of the run, with the decision applied.
        decision: As recorded.
        names: Of the strategy's explained numbers, in their order.
    """
    numbers = dict(zip(names, decision.numbers, strict=False))
    shown = ", ".join(f"{name} {value:,.6g}" for name, value in numbers.items() if value is not None and value == value)
    action = "BUY" if decision.signal in _BUYS else "SELL" if decision.signal in _SELLS else "HOLD"
    spec = book.spec.deployments[decision.deployment]
    size = None
    if decision.target is not None and spec.size.kind == "weight":
        size = spec.size.value * abs(Decimal(str(decision.target)))
    reasoning = code_label(decision.signal) + (f": {shown}" if shown else "")
    return Words(action=action, conviction=numbers.get("confidence"), size=size, reasoning=reasoning)


def text_decision(words: Words) -> str:
    """Return a decision as lines of text."""
    return "\n".join(
        [
            f"Decision: {words.action}",
            f"Conviction: {_conviction(words)}",
            f"Position Size: {'none' if words.size is None else percent(words.size, digits=1)}",
            f"Reasoning: {words.reasoning}",
        ]
    )


def text_plan(book: Book, draft: Draft | Submit, words: Words, mode: str) -> str:
    """Return the plan of one order, as a person is asked about it."""
    instrument = book.instrument(draft.instrument)
    px = draft.limit or draft.stop or book.mark_px(draft.instrument)
    value = amount(instrument.value(draft.qty, px), instrument.currency) if px is not None else "unknown"
    return "\n".join(
        [
            NARROW,
            "EXECUTION PLAN",
            NARROW,
            f"Action: {draft.side.upper()}",
            f"Ticker: {draft.instrument}",
            f"Shares: {quantity(draft.qty)}",
            f"Price: {price(px, instrument) if px is not None else 'unknown'}",
            f"Total Value: {value}",
            f"Conviction: {_conviction(words)}",
            f"Mode: {mode.upper()}",
            NARROW,
        ]
    )


def _conviction(words: Words) -> str:
    known = words.conviction
    return "not told" if known is None or known != known else f"{known:.2f}"


def status_word(order: Order) -> str:
    """Return an order's status in the words of a broker's screen."""
    return _WORDS.get(order.status, "SUBMITTED")


class Narrator:
    """Says what a session does, event by event, to whoever listens.

    Attributes:
        level: Least level that is said; one of `LEVELS`, empty for silence.
        words: The latest decision on each pair of deployment and instrument.
    """

    def __init__(
        self,
        say: Callable[[str, str], None],
        started: Started,
        names: Mapping[str, Sequence[str]],
        clock: Callable[[], float],
        level: str = "INFO",
    ) -> None:
        """Speak through `say(level, text)`.

        Args:
            say: Takes each text with its level.
            started: The session.
            names: Of the explained numbers, by deployment.
            clock: Seconds since the session began.
            level: Least level that is said.
        """
        self.level = level
        self.words: dict[tuple[str, str], Words] = {}
        self._say = say
        self._started = started
        self._names = names
        self._clock = clock
        self._cycle = 0
        self._figures = ""

    def begin(self) -> None:
        """Say the banner."""
        self.tell("INFO", text_banner(self._started))

    def tell(self, level: str, text: str) -> None:
        """Say `text` where its level is said."""
        if self.level and LEVELS.index(level) >= LEVELS.index(self.level):
            self._say(level, text)

    def watch(self, book: Book, event: ev.Event, effects: Sequence[Effect]) -> None:
        """Take one finished step."""
        if self._figures and event.ts > self._cycle:
            self.tell("INFO", "\n" + self._figures)
            self._figures = ""
        # What was decided is said before the order that came of it.
        for effect in sorted(effects, key=lambda effect: not isinstance(effect, Decision)):
            if isinstance(effect, Decision):
                self._decided(book, event, effect)
            elif isinstance(effect, Submit):
                self._ordered(book, event, effect)
            elif isinstance(effect, Alert):
                level = _LEVEL_OF.get(effect.level, "ERROR")
                self.tell(level, f"{level}: {effect.text}")
        if self._cycle == event.ts and self.level in ("DEBUG", "INFO"):
            # As they stand at this moment: the next step, which ends the cycle, has its own decisions in them.
            self._figures = text_session_metrics(book, self._clock(), self._started.max_daily_trades)
        if isinstance(event, ev.OrderUpdate):
            self._updated(book, event)
        elif isinstance(event, ev.Fill):
            self._filled(book, event)
        elif isinstance(event, ev.BadData):
            self.tell("WARNING", f"WARNING: No price data for {event.instrument} - skipping")

    def plan(self, book: Book, ask: Ask) -> str:
        """Return the plan that a person is asked about."""
        draft = msgspec.json.decode(ask.question, type=Draft)
        words = self.words.get((draft.deployment, draft.instrument), Words(action=draft.side.upper()))
        return text_plan(book, draft, words, self._started.mode)

    def _decided(self, book: Book, event: ev.Event, decision: Decision) -> None:
        symbol = decision.instrument
        if isinstance(event, ev.Bar):
            self._cycle = event.ts
            if decision.code == Code.OUT_OF_SESSION:
                return
            words = words_of(book, decision, self._names.get(decision.deployment, ()))
            self.words[decision.deployment, symbol] = words
            self.tell("INFO", "\n" + text_processing(book, decision.deployment, symbol))
            self.tell("INFO", "\n" + text_decision(words))
        if decision.code == Code.DAILY_TRADES:
            limit = self._started.max_daily_trades
            self.tell("WARNING", f"WARNING: Daily trade limit reached ({limit}) - skipping execution")
        elif decision.code == Code.NO_MARK:
            self.tell("WARNING", f"WARNING: No price data for {symbol} - skipping")
        elif decision.code >= 200:
            self.tell("WARNING", f"WARNING: {symbol} not ordered: {code_label(decision.code)}")

    def _ordered(self, book: Book, event: ev.Event, submit: Submit) -> None:
        if submit.reduce_only:
            self.tell("DEBUG", f"Exit: {submit.side.upper()} {quantity(submit.qty)} {submit.instrument}")
        elif not isinstance(event, ev.Answer):
            # A person who has just said yes has the plan before them.
            words = self.words.get((submit.deployment, submit.instrument), Words(action=submit.side.upper()))
            self.tell("INFO", "\n" + text_plan(book, submit, words, self._started.mode))

    def _updated(self, book: Book, update: ev.OrderUpdate) -> None:
        order = book.truth.orders.get(update.oid)
        if order is None or order.reduce_only:
            return
        if update.code == Code.DRY_RUN:
            self.tell("INFO", f"\n{NOT_SENT}")
        elif update.happening == "accepted":
            self.tell("INFO", f"\nOK: Order executed - {status_word(order)}")
        elif order.status is Status.REJECTED:
            self.tell("ERROR", f"ERROR: Order rejected - {update.text or code_label(update.code)}")

    def _filled(self, book: Book, fill: ev.Fill) -> None:
        instrument = book.instrument(fill.instrument)
        value = amount(instrument.value(fill.qty, fill.px), instrument.currency)
        what = f"{fill.side.upper()} {quantity(fill.qty)} {fill.instrument} @ {price(fill.px, instrument)} = {value}"
        self.tell("INFO", f"Executed: {what}")
