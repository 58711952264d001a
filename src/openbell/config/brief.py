"""A run in a few words, written out as a configuration file.

The words of a command line or a Python program are no second form of configuration: they become the YAML that a user
could have written, and are checked and run as that.
"""

import io
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec
from ruamel.yaml import YAML

from openbell.schema import format_decimal, format_fraction

TICKERS = ("AAPL", "NVDA", "MSFT", "GOOGL", "AMZN")
"""Traded where no tickers are named."""
MODES = ("dry_run", "sim", "paper", "live")
_ACCOUNT = re.compile(r"^[0-9]{8}$")


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """A run in a few words.

    Attributes:
        account: Number of the account, 8 digits.
        mode: dry_run, sim, paper or live.
        tickers: Symbols of stocks.
        interval_s: Time between two decisions, seconds.
        max_positions: Positions held at once. max_daily_trades: Entries in a session.
        max_position_size: Value of one position in USD, orders in flight included.
        max_daily_loss: Loss of a day that ends all new risk until somebody allows it again, a fraction of equity.
        per_position: Size of a position before that cap, a fraction of equity.
        confirm: True asks a person before each entry; None asks where real money is traded.
        cash: What a simulated account begins with, USD.
        strategy: Registered kind. options: Its own.
    """

    account: str
    mode: str = "dry_run"
    tickers: tuple[str, ...] = TICKERS
    interval_s: int = 300
    max_positions: int = 10
    max_position_size: Decimal = Decimal(10_000)
    max_daily_trades: int = 20
    max_daily_loss: Decimal = Decimal("0.02")
    per_position: Decimal = Decimal("0.05")
    confirm: bool | None = None
    cash: Decimal = Decimal(100_000)
    strategy: str = "momentum"
    options: dict[str, Any] = {}

    @property
    def asks(self) -> bool:
        """True where a person has to say yes to each entry."""
        return self.mode == "live" if self.confirm is None else self.confirm


class BriefError(Exception):
    """A word that cannot be meant.

    Attributes:
        field: Of `Brief`. what: What is wrong with it. advice: What to write.
    """

    def __init__(self, field: str, what: str, advice: str) -> None:
        """Name the field, what is wrong, and what to do."""
        super().__init__(f"{field}: {what}; {advice}")
        self.field = field
        self.what = what
        self.advice = advice


def check_brief(brief: Brief) -> None:
    """Do nothing where the words can be meant.

    Raises:
        BriefError: The first that cannot.
    """
    if not _ACCOUNT.match(brief.account):
        raise BriefError("account", f"{brief.account!r} is not an account number", "write its 8 digits")
    if brief.mode not in MODES:
        raise BriefError("mode", f"{brief.mode!r} is not a mode", f"known: {', '.join(MODES)}")
    if not brief.tickers:
        raise BriefError("tickers", "is empty", "name at least one symbol")
    twice = next((ticker for ticker in brief.tickers if brief.tickers.count(ticker) > 1), "")
    if twice:
        raise BriefError("tickers", f"{twice} stands twice", "name each symbol once")
    for field in ("interval_s", "max_positions", "max_daily_trades", "max_position_size", "cash"):
        if getattr(brief, field) <= 0:
            raise BriefError(field, f"{getattr(brief, field)} is not above 0", "give a number above 0")
    for field in ("max_daily_loss", "per_position"):
        if not 0 < getattr(brief, field) <= 1:
            raise BriefError(field, f"{getattr(brief, field)} is not a share", "give a fraction above 0, at most 1")


def document_of(brief: Brief) -> dict[str, Any]:
    """Return the configuration that the words mean, in the file's shape."""
    size, cash = f"{format_decimal(brief.max_position_size)} USD", f"{format_decimal(brief.cash)} USD"
    rules: list[dict[str, Any]] = [
        {"kind": "daily_loss", "limit": format_fraction(brief.max_daily_loss), "release": "manual"},
        # The cap of the size is money: as a share of equity it would move with the market.
        {"max_position": "off"},
        {"kind": "max_positions", "limit": brief.max_positions},
        {"kind": "daily_trades", "limit": brief.max_daily_trades},
        {"kind": "order_notional", "limit": size},
        rate_for(len(brief.tickers)),
        # Trading goes on until the close, as the hours of such a session say.
        {"near_close": "off"},
    ]
    if brief.asks:
        rules.append({"kind": "confirmation", "typed_above": "100%"})
    return {
        "mode": brief.mode,
        "title": f"Live trading {brief.account}",
        "source": {"kind": "synthetic", "interval": f"{brief.interval_s}s"},
        "instruments": {"default": {"kind": "stock"}},
        "accounts": {brief.account: {"broker": "sim", "cash": cash}},
        "deployments": [
            {
                "name": "main",
                "strategy": {"kind": brief.strategy, **brief.options},
                "instruments": list(brief.tickers),
                "bars": f"{brief.interval_s}s",
                "account": brief.account,
                "budget": {
                    "capital": cash, "per_position": format_fraction(brief.per_position),
                    "positions": brief.max_positions, "max_position": size,
                },
            }
        ],
        "rules": rules,
    }  # fmt: skip


def rate_for(symbols: int) -> dict[str, Any]:
    """Return how many messages may be sent: all symbols are decided on at one instant."""
    return {"kind": "order_rate", "per_second": max(5, 4 * symbols), "per_minute": max(60, 12 * symbols)}


def as_yaml(document: Mapping[str, Any], head: str = "") -> str:
    """Return a configuration as the text of a file; `head` is a line of comment above it."""
    yaml = YAML()
    yaml.default_flow_style = None
    yaml.width = 110
    text = io.StringIO()
    yaml.dump(dict(document), text)
    return (f"# {head}\n" if head else "") + text.getvalue()
