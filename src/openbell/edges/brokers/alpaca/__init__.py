"""Alpaca: REST v2 and two streams, at the vendor's hosts or at `openbell venue alpaca`.

What is simulated only, and what the vendor's own client has checked, stands in docs/brokers/alpaca.md.

Reading order: `tables`, `codec`, `replies`, `inquiry`, `snapshot`, `questions`, `prices`, `session` (all pure),
`socket` (asyncio); `guard` is the guardian's and stands alone; `probe`, `examine`, `assets` and `bars` look before
anything is traded.
"""

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator

from openbell.core.types import MINUTE_NS, NS, Caps
from openbell.edges.brokers.alpaca.assets import listed as listed
from openbell.edges.brokers.alpaca.bars import history as history
from openbell.edges.brokers.alpaca.examine import examine as examine
from openbell.edges.brokers.alpaca.guard import pull as pull
from openbell.edges.brokers.alpaca.probe import probe as probe
from openbell.edges.brokers.alpaca.snapshot import Memory
from openbell.edges.brokers.alpaca.socket import Places, Socket
from openbell.edges.brokers.alpaca.tables import LIVE_HOST, PAPER_ACCOUNT, PAPER_HOST, PAPER_KEY
from openbell.edges.brokers.budget import shared
from openbell.edges.brokers.joint import Joint
from openbell.edges.brokers.line import Line
from openbell.edges.brokers.session import Terms
from openbell.links import is_own_host
from openbell.schema import PartConfig, Span, Text

MODES = ("dry_run", "paper", "live")
"""A dry run looks and sends nothing. Nobody has tried this adapter at the vendor's own servers."""
CAPS = Caps(oco=False, in_place=False, reserves=True)
"""One client id counts for ever; a change is a second order that ends the first; what rests keeps its units."""
LIMITS = {"rate": 2, "burst": 70, "reserve": 20}
"""Requests a second, most saved up, and the part kept for cancels: never 200 in a minute, though some arrive
late."""
PRICE_HOST = "stream.data.alpaca.markets"


class Config(PartConfig):
    """Options of an account at Alpaca.

    Attributes:
        key, secret: Of the account; a paper key begins with PK. account: Its number; empty to take any but
            with real money.
        url: Where it is: the vendor's host of the key's kind of money, or a front on this machine.
        feed: Whose stock prices. quotes: Bid and offer are told as well as bars.
        extended_hours: Limit orders may trade outside the session.
        timeout: How long a request may stay unanswered. silence: How long without any word before the line is dead.
        visibility: How long a new order may stay invisible there. query_gap: Between two questions about one thing.
        reconcile: How often the whole account is compared.
    """

    key: Text
    secret: Text
    account: str = ""
    url: str = Field(default="", validate_default=True)
    feed: Literal["iex", "sip", "delayed_sip", "test"] = "iex"
    quotes: bool = False
    extended_hours: bool = False
    timeout: Span = Field(default=10 * NS, gt=0)
    silence: Span = Field(default=90 * NS, gt=0)
    visibility: Span = 2 * NS
    query_gap: Span = Field(default=3 * NS, gt=0)
    reconcile: Span = Field(default=45 * NS, gt=0)

    @field_validator("url")
    @classmethod
    def _known(cls, value: str, info: ValidationInfo) -> str:
        if not value:
            return f"https://{PAPER_HOST if is_paper_key(str(info.data.get('key', ''))) else LIVE_HOST}"
        parts = urlsplit(value)
        is_vendor = parts.scheme == "https" and parts.hostname in (PAPER_HOST, LIVE_HOST) and parts.port is None
        if not is_vendor and not (parts.scheme == "http" and is_own_host(parts.hostname or "")):
            known = f"https://{PAPER_HOST}, https://{LIVE_HOST}"
            raise ValueError(f"{value!r} is neither {known} nor a front such as http://127.0.0.1:8765")
        return value.rstrip("/")

    @property
    def is_simulated(self) -> bool:
        """True where `url` is a front on this machine."""
        return urlsplit(self.url).scheme == "http"

    def misfit(self, mode: str) -> str:
        """Return why the account cannot be used in `mode`, empty where it can.

        Kinds of money are never mixed.
        """
        is_paper_host = urlsplit(self.url).hostname == PAPER_HOST
        is_paper = is_paper_key(self.key)
        if mode == "live":
            if not self.account:
                return "real money needs the account's number: write account as the vendor shows it"
            if self.is_simulated:
                return ""
            wrong = is_paper_host or is_paper or self.account.startswith(PAPER_ACCOUNT)
            told = f"real money is at {LIVE_HOST}, with a key that does not begin with {PAPER_KEY}"
            return f"{told} and an account that does not begin with {PAPER_ACCOUNT}" if wrong else ""
        if not self.is_simulated and is_paper != is_paper_host:
            kinds = ("real money", "paper money") if is_paper_host else ("paper money", "real money")
            return f"the key is one of {kinds[0]}, and {urlsplit(self.url).hostname} is the host of {kinds[1]}"
        if mode == "paper" and not is_paper:
            return f"this key does not begin with {PAPER_KEY}: it is none of a paper account"
        if mode == "paper" and self.account and not self.account.startswith(PAPER_ACCOUNT):
            return f"account {self.account!r} does not begin with {PAPER_ACCOUNT}: it is no paper account"
        return ""


def late(options: Mapping[str, Any]) -> str:
    """Return in words how late the prices of an account come, empty where they are of now.

    `options` are the account's as a file has them.
    """
    if options.get("feed") != "delayed_sip":
        return ""
    return "prices of stocks come 15 minutes late (feed: delayed_sip)"


def is_paper_key(key: str) -> bool:
    """Return True for a key that holds no real money."""
    return key.startswith(PAPER_KEY)


def place(config: Config) -> tuple[str, str, str]:
    """Return broker, host and account: what one engine at a time may trade."""
    return "alpaca", urlsplit(config.url).netloc, config.account or config.key


def unfit(symbols: tuple[str, ...], bars: int, exits: int) -> str:
    """Return why a deployment cannot be traded here, empty where it can.

    Args:
        symbols: Of all deployments of its account.
        bars: Length of its bars, ns.
        exits: Protective orders that would rest for one holding.
    """
    if bars != MINUTE_NS:
        return "bars come in minutes here; write bars: 1m"
    if exits and any("/" in symbol for symbol in symbols):
        return "coins have no stop orders here; leave exits: out, strategies still exit"
    if len({"/" in symbol for symbol in symbols}) > 1:
        return "one line brings stocks or coins; give the coins an account of their own"
    return ""


def line(config: Config, name: str, mode: str, streams: tuple[tuple[str, int], ...], joint: Joint) -> Line:
    """Return a line for the account that we call `name`.

    Args:
        config: The account's options.
        name: Ours.
        mode: What the account must be; the key's kind and the host are pinned to it.
        streams: (symbol, longest silence in ns) of each instrument whose bars are wanted.
        joint: What the line is joined to.
    """
    parts = urlsplit(config.url)
    terms = Terms(
        name=name,
        number=config.account,
        key=config.key,
        secret=config.secret,
        streams=streams,
        quotes=joint.quotes,
        timeout=config.timeout,
        silence=config.silence,
        host=parts.netloc,
        is_simulated=config.is_simulated,
        is_real=mode == "live",
        visibility=config.visibility,
        extended_hours=config.extended_hours,
    )
    budget = shared(LIMITS, joint.rates, "alpaca", config.key)
    coins = any("/" in symbol for symbol, _ in streams)
    return Line(
        name,
        joint,
        Socket(places(config, coins=coins), terms, budget, Memory(after=joint.since, is_apart=joint.is_apart)).serve,
    )


def places(config: Config, *, coins: bool) -> Places:
    """Return where an account is reached; `coins` chooses their price stream."""
    parts = urlsplit(config.url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    prices = PRICE_HOST if parts.scheme == "https" else parts.netloc
    path = "/v1beta3/crypto/us" if coins else f"/v2/{config.feed}"
    return Places(rest=config.url, account=f"{scheme}://{parts.netloc}/stream", prices=f"{scheme}://{prices}{path}")
