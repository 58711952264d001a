"""The parts of a page that need no script: tiles, tables and facts, as texts."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from openbell.core.book import Book
from openbell.core.position import Position
from openbell.core.spec import DeploymentSpec, ExitSpec
from openbell.core.types import NS, ZERO, div
from openbell.report.dataset import PAGE_FILLS, PAGE_TRADES
from openbell.report.figures import amount, grouped, percent, price, quantity, ratio, utc
from openbell.report.recorder import Recorder
from openbell.report.trades import Totals
from openbell.words import counted


class Tile(NamedTuple):
    """One key figure: name, figure, what it means; `gain`, `loss` or nothing as its tone."""

    name: str
    figure: str
    note: str
    tone: str = ""


class Column(NamedTuple):
    """Heading of a column; numbers are aligned to the right."""

    name: str
    is_number: bool


class Table(NamedTuple):
    """A table of texts with its footer lines."""

    label: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[str, ...]]
    footer: Sequence[tuple[str, ...]] = ()


class TotalLine(NamedTuple):
    """One line under the trades: what it sums up, how many won, and the sums."""

    name: str
    note: str
    profit: str
    fees: str


def tiles(book: Book, recorder: Recorder, summary: Mapping[str, object]) -> list[Tile]:
    """Return the key figures, each with the convention it follows."""
    truth, counts = book.truth, book.truth.counts
    found = [_equity_tile(book, name) for name in truth.accounts]
    for name, account in truth.accounts.items():
        label = "" if len(truth.accounts) == 1 else f" of {name}"
        fall = percent(account.max_drawdown)
        lost = amount(account.drawdown_peak - account.trough, account.currency)
        found.append(Tile(f"Largest drawdown{label}", fall, f"{lost} from a peak to its low"))
    for currency, total in recorder.totals.items():
        profit = amount(total.profit, currency, signed=True)
        found.append(Tile("Closed trades", profit, "realised less fees", _tone(total.profit)))
        rate = percent(ratio(Decimal(total.wins), Decimal(total.count)), digits=1) if total.count else "none"
        found.append(Tile("Won", rate, f"{total.wins:,} of {total.count:,} trades, after fees"))
        factor = grouped(div(total.gains, total.losses, Decimal("0.01")), 2) if total.losses else "no losses"
        found.append(Tile("Profit factor", factor, "gains divided by losses, after fees"))
    for currency, made in sorted(_results(summary).items()):
        fee, open_profit = Decimal(made["fees"]), Decimal(made["unrealised"])
        found.append(Tile("Fees paid", amount(fee, currency), f"in {currency}, all fills"))
        text = amount(open_profit, currency, signed=True)
        found.append(Tile("Unrealised", text, "open positions, before fees", _tone(open_profit)))
    rejected, refused = sum(counts.rejected.values()), sum(counts.quarantined.values())
    found.append(Tile("Orders", f"{counts.orders:,}", f"{counted(counts.fills, 'fill')}, {rejected:,} rejected"))
    found.append(Tile("Bars", f"{counts.bars:,}", f"{counted(refused, 'record')} quarantined"))
    return found


def _results(summary: Mapping[str, object]) -> dict[str, dict[str, str]]:
    found = summary.get("results")
    return dict(found) if isinstance(found, Mapping) else {}


def _equity_tile(book: Book, name: str) -> Tile:
    account = book.truth.accounts[name]
    change = account.equity - account.equity_start - account.net_flows
    share = percent(ratio(change, account.equity_start), signed=True)
    label = "Equity at the end" if len(book.truth.accounts) == 1 else f"Equity of {name}"
    flows = ", deposits apart" if account.net_flows else ""
    note = f"{amount(change, account.currency, signed=True)} ({share}) since the start{flows}"
    return Tile(label, amount(account.equity, account.currency), note, _tone(change))


def _tone(x: Decimal) -> str:
    return "gain" if x > 0 else "loss" if x < 0 else ""


def trade_totals(totals: Mapping[str, Totals]) -> list[TotalLine]:
    """Return the lines under the table of trades, one for each quote currency."""
    return [
        TotalLine(
            name=f"Total {currency}, {counted(total.count, 'trade')}",
            note=f"{total.wins:,} won, {total.count - total.wins:,} not",
            profit=amount(total.profit, currency, signed=True),
            fees=amount(total.fees, currency),
        )
        for currency, total in totals.items()
    ]


def trades_note(recorder: Recorder) -> str:
    """Return which trades are not listed one by one, empty when all are."""
    left_out = recorder.ledger.count - min(len(recorder.trades), PAGE_TRADES)
    return (
        f"The newest {PAGE_TRADES:,} are listed; {left_out:,} earlier ones are in the totals." if left_out > 0 else ""
    )


def marks_note(recorder: Recorder) -> str:
    """Return which fills are not marked on the charts, empty when all are."""
    left_out = recorder.fills_seen - min(len(recorder.fills), PAGE_FILLS)
    return f"The newest {PAGE_FILLS:,} fills are marked; {left_out:,} earlier ones are not." if left_out else ""


def _columns(texts: tuple[str, ...], numbers: tuple[str, ...]) -> tuple[Column, ...]:
    return (*(Column(name, is_number=False) for name in texts), *(Column(name, is_number=True) for name in numbers))


def positions(book: Book) -> Table:
    """Return the open positions with totals by quote currency."""
    columns = _columns(
        ("Instrument", "Deployment", "Side"),
        ("Quantity", "Entry", "Price", "Value", "Unrealised", "Return"),
    )
    held = [position for position in book.all_positions() if position.qty]
    sums: dict[str, list[Decimal]] = {}
    for position in held:
        total = sums.setdefault(book.instrument(position.instrument).currency, [ZERO, ZERO])
        total[0] += abs(position.value)
        total[1] += position.unrealised
    footer = [
        (f"Total {currency}", *("",) * 5, amount(exposure, currency), amount(profit, currency, signed=True), "")
        for currency, (exposure, profit) in sums.items()
    ]
    return Table("Positions at the end", columns, [_position(book, position) for position in held], footer)


def _position(book: Book, position: Position) -> tuple[str, ...]:
    instrument = book.instrument(position.instrument)
    px = book.mark_px(position.instrument)
    return (
        position.instrument,
        position.deployment,
        "▲ long" if position.qty > 0 else "▼ short",
        quantity(abs(position.qty)),
        price(position.average(instrument), instrument),
        price(px, instrument) if px is not None else "unknown",
        amount(abs(position.value), instrument.currency),
        amount(position.unrealised, instrument.currency, signed=True),
        percent(ratio(position.unrealised, abs(position.cost)), signed=True),
    )


def accounts(book: Book) -> Table:
    """Return the accounts with what moved their equity."""
    columns = _columns(
        ("Account", "Venue", "Currency"),
        ("Start", "Deposits", "Trading", "Exchange", "End", "Drawdown"),
    )
    rows = []
    for name, account in book.truth.accounts.items():
        currency = account.currency
        changes = (account.net_flows, account.trading_result, account.fx_result)
        rows.append(
            (
                name,
                book.spec.accounts[name].venue,
                currency,
                amount(account.equity_start, currency),
                *(amount(change, currency, signed=True) for change in changes),
                amount(account.equity, currency),
                percent(account.max_drawdown),
            )
        )
    return Table("Accounts", columns, rows)


def deployments(book: Book) -> Table:
    """Return the deployments with their capital and result."""
    columns = _columns(
        ("Deployment", "Strategy", "Account", "Instruments", "Bars", "Size", "Exits"),
        ("Capital", "Result"),
    )
    rows = []
    for name, spec in book.spec.deployments.items():
        currency = book.spec.accounts[spec.account].currency
        result = book.deployment_equity(name) - spec.capital
        rows.append(
            (
                name,
                spec.strategy,
                spec.account,
                ", ".join(spec.instruments),
                span(spec.interval),
                _size(spec, currency),
                exits(spec.exits),
                amount(spec.capital, currency),
                amount(result, currency, signed=True),
            )
        )
    return Table("Deployments", columns, rows)


def span(ns: int) -> str:
    """Return a length of time (ns) in its largest whole unit: `1m`, `4h`, `90s`."""
    seconds = ns // NS
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _size(spec: DeploymentSpec, currency: str) -> str:
    size = spec.size
    words = {
        "weight": f"{percent(size.value)} of equity",
        "notional": amount(size.value, currency),
        "quantity": f"{quantity(size.value)} units",
        "risk": f"{percent(size.value)} of equity at risk",
    }
    return words.get(size.kind, f"{size.kind} {quantity(size.value)}")


def exits(spec: ExitSpec) -> str:
    """Return the protective orders in words, `none` without any."""
    words = []
    if spec.stop_loss:
        words.append(f"stop {percent(spec.stop_loss)}")
    if spec.stop_atr:
        words.append(f"stop {quantity(spec.stop_atr)} ATR")
    if spec.take_profit:
        words.append(f"target {percent(spec.take_profit)}")
    if spec.trail_frac:
        words.append(f"trail {percent(spec.trail_frac)}")
    if spec.trail_amount:
        words.append(f"trail {quantity(spec.trail_amount)}")
    if spec.trail_atr:
        words.append(f"trail {quantity(spec.trail_atr)} ATR")
    return ", ".join(words) or "none"


def latches(book: Book) -> list[str]:
    """Return the closed gates in words."""
    return [
        f"{latch.kind} over {latch.scope} since {utc(latch.ts)}: {latch.reason or 'no reason given'}"
        for latch in book.truth.latches.values()
    ]
