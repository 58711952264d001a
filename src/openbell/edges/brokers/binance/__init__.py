"""Binance spot, at the vendor's hosts or at `openbell venue binance`.

REST, the websocket API and the market streams.

What is simulated only, and what unmodified clients of others have checked, stands in docs/brokers/binance.md.

Reading order: `tables`, `signer`, `listing`, `catalogue`, `codec`, `klines`, `replies`, `inquiry`, `snapshot`,
`questions`, `user`, `prices`, `session` (all pure), `socket` (asyncio); `probe`, `examine` (the doctor's); `guard`
is the guardian's and stands alone.
"""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from openbell.core.types import MINUTE_NS, NS, Caps
from openbell.edges.brokers.binance.catalogue import listed as listed
from openbell.edges.brokers.binance.examine import examine as examine
from openbell.edges.brokers.binance.guard import pull as pull
from openbell.edges.brokers.binance.klines import history as history
from openbell.edges.brokers.binance.probe import probe as probe
from openbell.edges.brokers.binance.signer import Signer
from openbell.edges.brokers.binance.snapshot import Memory
from openbell.edges.brokers.binance.socket import Places, Socket
from openbell.edges.brokers.binance.tables import API_HOSTS, DEMO_HOST, LIVE_HOSTS, PRICE_HOSTS, TEST_HOST
from openbell.edges.brokers.budget import shared
from openbell.edges.brokers.budget import tell_shut as _tell_shut
from openbell.edges.brokers.joint import Joint
from openbell.edges.brokers.line import Line
from openbell.edges.brokers.session import Terms
from openbell.links import is_own_host
from openbell.schema import PartConfig, Span, Text

MODES = ("dry_run", "paper", "live")
"""A dry run looks and sends nothing. Nobody has tried this adapter at the vendor's own servers."""
CAPS = Caps(trailing=False, oco=False, client_ids=False, in_place=False, reserves=True)
"""An ended order's id may be used again there: it protects from nothing. A change is a second order, and what rests
binds its coins."""
LIMITS = {"rate": 60, "burst": 1000, "reserve": 200, "doubt": 60}
"""Weight a second, most saved up, and the part kept for cancels: never more than 4,800 of 6,000 a minute.

And for how many seconds nothing is sent where nobody knows any more whether the address is shut.
"""


class Config(PartConfig):
    """Options of an account at Binance.

    Attributes:
        key, secret: Of the account; a secret in PEM is the private half of an Ed25519 key.
        account: Its number (`uid`); empty to take any, but with real money.
        url: Where it is: the testnet, the vendor's demo, its host of real money, or a front on this machine.
        quotes: Bid and offer are told as well as bars.
        timeout: How long a request may stay unanswered; the vendor itself gives up after ten seconds.
        silence: How long without any word before the line is dead.
        visibility: How long a new order may stay invisible there. query_gap: Between two questions about one thing.
        reconcile: How often the whole account is compared.
    """

    key: Text
    secret: Text
    account: str = ""
    url: Text = f"https://{TEST_HOST}"
    quotes: bool = False
    timeout: Span = Field(default=15 * NS, gt=0)
    silence: Span = Field(default=90 * NS, gt=0)
    visibility: Span = 30 * NS
    query_gap: Span = Field(default=5 * NS, gt=0)
    reconcile: Span = Field(default=60 * NS, gt=0)

    @field_validator("url")
    @classmethod
    def _known(cls, value: str) -> str:
        parts = urlsplit(value)
        is_vendor = parts.scheme == "https" and parts.hostname in API_HOSTS and parts.port is None
        if not is_vendor and not (parts.scheme == "http" and is_own_host(parts.hostname or "")):
            known = ", ".join(f"https://{host}" for host in (TEST_HOST, DEMO_HOST, LIVE_HOSTS[0]))
            raise ValueError(f"{value!r} is neither {known} nor a front such as http://127.0.0.1:8766")
        return value.rstrip("/")

    @field_validator("secret")
    @classmethod
    def _signs(cls, value: str) -> str:
        try:
            Signer("", value)
        except (ValueError, TypeError):
            raise ValueError("this secret begins like a PEM and holds no Ed25519 key without a password") from None
        return value

    @property
    def is_simulated(self) -> bool:
        """True where `url` is a front on this machine."""
        return urlsplit(self.url).scheme == "http"

    def misfit(self, mode: str) -> str:
        """Return why the account cannot be used in `mode`, empty where it can.

        Kinds of money are never mixed.
        """
        host = urlsplit(self.url).hostname
        if mode == "live" and not self.account:
            return "real money needs the account's number: write account, the vendor's uid"
        if mode == "live" and not self.is_simulated and host not in LIVE_HOSTS:
            return f"{host} holds no real money: write url: https://{LIVE_HOSTS[0]}, or mode: paper"
        if mode == "paper" and host in LIVE_HOSTS:
            return f"{host} is a host of real money; the testnet is {TEST_HOST}"
        return ""


def place(config: Config) -> tuple[str, str, str]:
    """Return broker, host and account: what one engine at a time may trade."""
    return "binance", urlsplit(config.url).netloc, config.account or config.key


def unfit(symbols: tuple[str, ...], bars: int, exits: int) -> str:
    """Return why a deployment cannot be traded here, empty where it can.

    Args:
        symbols: Of all deployments of its account.
        bars: Length of its bars, ns.
        exits: Protective orders that would rest for one holding.
    """
    if bars != MINUTE_NS:
        return "bars come in minutes here; write bars: 1m"
    wrong = [symbol for symbol in symbols if not symbol.isalnum() or symbol != symbol.upper()]
    if wrong:
        return f"{', '.join(sorted(set(wrong)))}: symbols are two coins in capitals here, like BTCUSDT"
    return ""


def line(config: Config, name: str, mode: str, streams: tuple[tuple[str, int], ...], joint: Joint) -> Line:
    """Return a line for the account that we call `name`.

    Args:
        config: The account's options.
        name: Ours.
        mode: What the account must be; the host is pinned to it.
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
    )
    # The venue counts by address: all keys of this machine share what it lets through.
    budget = shared(LIMITS, joint.rates, "binance", parts.netloc)
    return Line(
        name, joint, Socket(places(config), terms, budget, Memory(after=joint.since, is_apart=joint.is_apart)).serve
    )


def tell_shut(config: Config, rates: Path, until: int) -> None:
    """Let no process of this user send the account's venue anything before `until` (ns).

    `rates` is the folder of the budgets that all processes share.

    Raises:
        OSError: What they share cannot be written.
    """
    _tell_shut(LIMITS, rates, "binance", urlsplit(config.url).netloc, until)


def places(config: Config) -> Places:
    """Return where an account is reached."""
    parts = urlsplit(config.url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        api, prices = f"wss://{API_HOSTS[host]}", f"wss://{PRICE_HOSTS[host]}"
    else:
        api = prices = f"ws://{parts.netloc}"
    return Places(rest=config.url, api=f"{api}/ws-api/v3", prices=f"{prices}/ws")
