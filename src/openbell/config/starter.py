"""The first file of a new user: from a few answers to a commented configuration.

Pure: `openbell init` asks, writes and tells what comes next.
"""

import re
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from openbell.schema import Amount, format_amount

SYNTHETIC = "synthetic"
"""The answer that stands for an invented market."""
MODES = {
    "sim": "orders go to the embedded simulated exchange; no real money",
    "dry_run": "orders are planned and written down, and sent nowhere",
    "paper": "orders go to the plain venue on this machine (openbell venue plain); no real money",
}
"""Modes that a first file may have, with what they mean."""


class Appetite(msgspec.Struct, frozen=True):
    """How much is at stake, as text with its sign.

    Of capital; at the stop and target; of equity in a day, with its warning; from the peak.
    """

    per_position: str
    positions: int
    stop_loss: str
    take_profit: str
    daily_loss: str
    warn: str
    drawdown: str


APPETITES = {
    "low": Appetite("2%", 3, "1%", "2%", "1%", "0.5%", "5%"),
    "medium": Appetite("5%", 5, "2%", "4%", "2%", "1%", "10%"),
    "high": Appetite("10%", 5, "3%", "6%", "3%", "2%", "15%"),
}
"""By the word that the wizard asks for."""
_CODES = ("USD", "EUR", "GBP", "JPY", "CHF", "AUD", "NZD", "CAD")
PAIRS = {"EURUSD": "1.085", "GBPUSD": "1.274", "AUDUSD": "0.665", "NZDUSD": "0.61", "USDJPY": "147", "USDCHF": "0.88",
         "USDCAD": "1.36", "EURJPY": "160", "EURGBP": "0.85"}  # fmt: skip
"""About what a pair is worth, for an invented market."""
KOREAN = ("50000", "100")
"""What a Korean share is worth in an invented market, and the step of its price, won."""
_COINS = re.compile(r"^(BTC|ETH|SOL|XRP|ADA|DOGE)|(USDT|USDC)$")

_PAID = re.compile(r"(USDT|USDC|USD|EUR|GBP)$")


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What the wizard was told.

    Attributes:
        mode: One of `MODES`. market: `synthetic`, or a file or folder of recorded bars. feed: What reads it.
        symbols: What is traded. risk: One of `APPETITES`.
        alerts: True where the variable ALERT_URL holds the address of alerts.
        cash: Opening balance; None for 100000 USD, or its like in the currency of the symbols.
        bars: Length of a bar as written, such as `1m`.
    """

    mode: str = "sim"
    market: str = SYNTHETIC
    feed: str = SYNTHETIC
    symbols: tuple[str, ...] = ("SPY", "QQQ")
    risk: str = "low"
    alerts: bool = False
    cash: Amount | None = None
    bars: str = "1m"


def kind_of(symbols: tuple[str, ...]) -> str:
    """Return the kind of instrument that symbols look like: krx, fx, crypto or stock."""
    letters = ["".join(c for c in symbol.upper() if c.isalnum()) for symbol in symbols]
    if all(re.fullmatch(r"\d{6}", symbol) for symbol in symbols):
        return "krx"
    if all(len(text) == 6 and text[:3] in _CODES and text[3:] in _CODES for text in letters):
        return "fx"
    return "crypto" if all(_COINS.search(text) for text in letters) else "stock"


def alike(symbols: Sequence[str], most: int = 2) -> tuple[str, ...]:
    """Return the first of some symbols and what goes together with it. Pure.

    That is what is of its kind and paid with the same currency; `most` in all.
    """
    first = [symbol for symbol in symbols if _account_of(symbol) == _account_of(symbols[0])]
    return tuple(first[:most])


def _account_of(symbol: str) -> tuple[str, str]:
    kind = kind_of((symbol,))
    return kind, _cash(kind, (symbol,)).currency


def starter(answers: Answers) -> str:
    """Return the text of a configuration file. Pure."""
    kind, risk = kind_of(answers.symbols), APPETITES[answers.risk]
    cash = answers.cash or _cash(kind, answers.symbols)
    symbols = ", ".join(quoted(symbol) for symbol in answers.symbols)
    paper, count = answers.mode == "paper", min(risk.positions, len(answers.symbols))
    broker = "plain, account: PLAIN-0001" if paper else "sim"
    by_day = kind in ("stock", "krx") and not answers.bars.endswith("d")
    fees = "" if paper else ", fees: {kind: per_notional, rate: 0.0005}, spread: 0.02%"
    lines = [
        "# Written by openbell init. Every key, its default and its unit: openbell config schema",
        f"mode: {answers.mode}  # {MODES[answers.mode]}",
        *_market(answers),
        f"instruments: {{default: {{kind: {kind}}}}}  # ticks, lots and hours of every symbol",
        "accounts:",
        f"  main: {{broker: {broker}, cash: {format_amount(cash)}{fees}}}",
        "deployments:",
        "  - name: cross",
        "    strategy: {kind: ema_cross, fast: 12, slow: 26}  # long while the fast average is above the slow one",
        f"    instruments: [{symbols}]",
        f"    bars: {answers.bars}",
        "    account: main",
        *(
            ["    overnight: false  # what is held is sold before the close: no stop holds over a night"]
            if by_day
            else []
        ),
        f"    budget: {{capital: {format_amount(cash)}, per_position: {risk.per_position}, positions: {count}}}",
        f"    exits: {{stop_loss: {risk.stop_loss}, take_profit: {risk.take_profit}}}  # under every position",
        "rules:  # besides the standard ones, which openbell plan names",
        f"  - {{kind: daily_loss, limit: {risk.daily_loss}, warn: {risk.warn}}}  # no new risk until the next session",
        f"  - {{kind: drawdown, limit: {risk.drawdown}, reduce: off, flatten: off}}  # from the peak, until `resume`",
        f"  - {{kind: max_positions, limit: {risk.positions}}}",
    ]
    if answers.alerts:
        lines += ["alerts:", '  - {url: "${ALERT_URL}", level: warning}  # the address stands in .env, not here']
    return "\n".join(lines) + "\n"


def _cash(kind: str, symbols: tuple[str, ...]) -> Amount:
    """Return an opening balance in what the symbols are paid with."""
    if kind == "krx":
        return Amount(Decimal(100_000_000), "KRW")
    paid = {found[0] if (found := _PAID.findall(symbol.upper())) else "USD" for symbol in symbols}
    return Amount(Decimal(100_000), paid.pop() if kind == "crypto" and len(paid) == 1 else "USD")


def _market(answers: Answers) -> list[str]:
    if answers.mode == "paper":
        return []
    if answers.market == SYNTHETIC:
        words = "invented prices; name recorded bars with --data"
        head = f"source: {{kind: synthetic, seed: 1, days: 5, interval: {answers.bars}"
        return [f"{head}{_prices(answers.symbols)}}}  # {words}"]
    return [f"source: {{kind: {answers.feed}, path: {quoted(answers.market)}}}"]


def _prices(symbols: tuple[str, ...]) -> str:
    """Return about what symbols are worth, where a price from nowhere would fit neither their lots nor their ticks."""
    kind = kind_of(symbols)
    if kind == "fx":
        worth = {symbol: PAIRS.get("".join(c for c in symbol.upper() if c.isalnum()), "1") for symbol in symbols}
        return f", volatility: 9%, prices: {_mapping(worth)}"
    if kind == "krx":
        return "".join(f", {key}: {_mapping(dict.fromkeys(symbols, value))}" for key, value in
                       zip(("prices", "ticks"), KOREAN, strict=True))  # fmt: skip
    return ""


def _mapping(pairs: dict[str, str]) -> str:
    return "{" + ", ".join(f"{quoted(symbol)}: {value}" for symbol, value in pairs.items()) + "}"


def quoted(text: str) -> str:
    """Return text as YAML takes it inside brackets: in quotes unless it is plainly a word."""
    is_plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_./-]*", text) and text.lower() not in ("true", "false", "null")
    return text if is_plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


ENVIRONMENT = """\
# Variables of the configuration beside this file. Copy to .env and fill in; .env is for your eyes alone (chmod 600).
# What the process has in its own environment comes before what stands here.
ALERT_URL=
# One option of the file in place of what stands there, the path in capitals with two underscores between its steps:
# OPENBELL__MODE=dry_run
# OPENBELL__ACCOUNTS__MAIN__CASH=50000 USD
"""
"""Text of `.env.example`."""
