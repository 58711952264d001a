"""Accounts: cash, flows, income, fees and equity; sessions, peak, latches.

Money stands per currency and in the base currency.

Two identities hold after every event, exactly:
per currency  `cash + values = opening + flows + income + realised - cost + values - fees`;
in base       `equity = opening equity + flows + exchange result + trading result`.
"""

from decimal import Decimal

import msgspec

from openbell.core.types import E8, ZERO, changing, div, money, round_ratio


class Period(msgspec.Struct, kw_only=True):
    """A week or month of sessions.

    Its number, its first session, equity when it began, deposits since.
    """

    number: int = 0
    since: str = ""
    equity: Decimal = ZERO
    flows: Decimal = ZERO


@changing
class Account(msgspec.Struct, kw_only=True):
    """One account. Changed by `Book.apply` alone.

    Attributes:
        name, currency: Its name and base currency.
        cash, opening, flows, income, fees, values: Per currency: balance, opening balance, net deposits, dividends
            and interest, fees paid, and the sum of position values.
        rates: Base currency per unit of each other currency.
        equity, equity_start: Now and at the opening, base currency.
        net_flows, fx_result, trading_result: Sums of the changes of equity by cause, base currency.
        peak: Highest equity seen, moved along by deposits and withdrawals, base currency.
        drawdown_peak, trough: The peak and the low of the largest fall so far, base currency.
        session: Date of its trading day. session_equity: Equity when it began. session_flows: Deposits since.
        entries: Entry orders sent this session. week, month: What their results are measured from.
    """

    name: str
    currency: str
    cash: dict[str, Decimal]
    opening: dict[str, Decimal]
    flows: dict[str, Decimal] = {}
    income: dict[str, Decimal] = {}
    fees: dict[str, Decimal] = {}
    values: dict[str, Decimal] = {}
    rates: dict[str, Decimal] = {}
    equity: Decimal = ZERO
    equity_start: Decimal = ZERO
    net_flows: Decimal = ZERO
    fx_result: Decimal = ZERO
    trading_result: Decimal = ZERO
    peak: Decimal = ZERO
    trough: Decimal = ZERO
    drawdown_peak: Decimal = ZERO
    session: str = ""
    session_equity: Decimal = ZERO
    session_flows: Decimal = ZERO
    entries: int = 0
    week: Period = msgspec.field(default_factory=Period)
    month: Period = msgspec.field(default_factory=Period)

    @property
    def max_drawdown(self) -> Decimal:
        """Largest fall from a peak as a fraction of it, to 1e-8."""
        return div(self.drawdown_peak - self.trough, self.drawdown_peak, E8) if self.drawdown_peak > 0 else ZERO

    @property
    def session_result(self) -> Decimal:
        """Signed result since the session began, deposits apart, base currency."""
        return self.equity - self.session_equity - self.session_flows


def open_account(name: str, currency: str, cash: dict[str, Decimal]) -> Account:
    """Return an account with its opening balances.

    Foreign balances count from their first `FxMark` on.
    """
    start = money(cash.get(currency, ZERO))
    return Account(
        name=name, currency=currency, cash=dict(cash), opening=dict(cash),
        values=dict.fromkeys((*cash, currency), ZERO), equity=start, equity_start=start, peak=start, trough=start,
        drawdown_peak=start, session_equity=start, week=Period(equity=start), month=Period(equity=start),
    )  # fmt: skip


def base_equity(account: Account) -> Decimal:
    """Return cash and position values of all currencies in base currency, to 1e-8."""
    base = account.currency
    total = account.cash[base] + account.values[base]
    if account.rates:
        for currency, rate in account.rates.items():
            foreign = account.cash.get(currency, ZERO) + account.values.get(currency, ZERO)
            total += money(foreign * rate)
    return total


def settle(account: Account) -> Decimal:
    """Recompute equity after a change, move the peak, and return by how much equity changed.

    The change is in the base currency.
    """
    before, peak = account.equity, account.peak
    now = base_equity(account)
    change = now - before
    if not change:
        return ZERO
    account.equity = now
    if now > peak:
        account.peak = now
    elif peak is account.drawdown_peak or peak == account.drawdown_peak:
        # Falls from one peak are compared by their lows alone.
        if now < account.trough and peak > 0:
            account.trough = now
    elif is_deeper(peak, now, account.drawdown_peak, account.trough):
        account.drawdown_peak, account.trough = peak, now
    return change


def is_deeper(peak: Decimal, low: Decimal, other_peak: Decimal, other_low: Decimal) -> bool:
    """Return True if the fall from `peak` to `low` is the larger share of its peak.

    The other fall is the one from `other_peak` to `other_low`.
    """
    # (peak - low) / peak > (other_peak - other_low) / other_peak, with the common product taken from both sides.
    return low * other_peak < other_low * peak


def apply_flow(account: Account, currency: str, amount: Decimal, *, is_external: bool) -> None:
    """Book money that is not trading.

    `is_external` is for deposits and withdrawals, which move the peak too.
    """
    book = account.flows if is_external else account.income
    book[currency] = book.get(currency, ZERO) + amount
    account.cash[currency] = account.cash.get(currency, ZERO) + amount
    if is_external:
        settle_flow(account)
    else:
        account.trading_result += settle(account)


def settle_flow(account: Account) -> None:
    """Recompute equity after something was put in or taken out.

    That is no profit: the peak moves along.
    """
    before = account.equity
    account.equity = base_equity(account)
    change = account.equity - before
    account.net_flows += change
    account.session_flows += change
    account.week.flows += change
    account.month.flows += change
    account.peak += change


def apply_rate(account: Account, currency: str, rate: Decimal) -> None:
    """Take over a new exchange rate (base currency per unit).

    The change of equity is exchange result.
    """
    account.rates[currency] = rate
    account.fx_result += settle(account)


def begin_session(account: Account, date: str) -> None:
    """Start a new trading day: today's equity is what the daily result is measured from."""
    account.session, account.session_equity = date, account.equity
    account.session_flows, account.entries = ZERO, 0
    week, month = week_and_month(date)
    for period, number in ((account.week, week), (account.month, month)):
        if number != period.number:
            period.number, period.since, period.equity, period.flows = number, date, account.equity, ZERO


def week_and_month(date: str) -> tuple[int, int]:
    """Return the number of the week (from Monday on).

    And of the month that an ISO date lies in; 0 for another text.

    Weeks are counted from the one of the year 0's first of March, months from the year 0.
    """
    fields = date.split("-")
    if len(fields) != 3 or not all(field.isdigit() for field in fields):
        return 0, 0
    year, month, day = map(int, fields)
    # A year that begins in March ends with the leap day, so that its days can be counted without a table.
    spring, shifted = (year, month - 3) if month > 2 else (year - 1, month + 9)
    leaps = round_ratio(spring, 4, 0) - round_ratio(spring, 100, 0) + round_ratio(spring, 400, 0)
    days = 365 * spring + leaps + round_ratio(153 * shifted + 2, 5, 0) + day
    return round_ratio(days + 1, 7, 0), 12 * year + month
