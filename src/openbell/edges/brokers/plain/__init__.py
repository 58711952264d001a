"""The plain venue as a broker: `openbell venue plain`, over a websocket on this machine.

The protocol stands in docs/reference/plain-protocol.md. Reading order: `tables`, `codec`, `replies`,
`snapshot`, `session` (all pure), `socket` (asyncio); `guard` is the guardian's and stands alone.
"""

from urllib.parse import urlsplit

from pydantic import Field, field_validator

from openbell.core.types import NS, Caps
from openbell.edges.brokers.budget import shared
from openbell.edges.brokers.joint import Joint
from openbell.edges.brokers.line import Line
from openbell.edges.brokers.plain.guard import pull as pull
from openbell.edges.brokers.plain.probe import probe as probe
from openbell.edges.brokers.plain.session import Terms
from openbell.edges.brokers.plain.snapshot import Memory
from openbell.edges.brokers.plain.socket import Socket
from openbell.links import is_own_host
from openbell.schema import PartConfig, Span, Text

MODES = ("paper",)
"""What the venue can be besides a simulation: it never holds real money."""
CAPS = Caps()
"""It keeps stops, trailing stops and groups, changes orders in place, and refuses a second order under one id."""
LIMITS = {"rate": 200, "burst": 200, "reserve": 60}
"""Requests a second, most that can be saved up, and the part kept for cancels."""


class Config(PartConfig):
    """Options of an account at the plain venue.

    Attributes:
        url: Where it is; only this machine. account, key: As the venue knows us.
        quotes: Bid and offer are told as well as bars.
        timeout: How long a request may stay unanswered. silence: How long without any frame before the line is dead.
        visibility: How long a new order may stay invisible there. query_gap: Between two questions about one thing.
        reconcile: How often the whole account is compared.
    """

    url: Text = "ws://127.0.0.1:7001/v1"
    account: Text = "PLAIN-0001"
    key: str = ""
    quotes: bool = False
    timeout: Span = Field(default=5 * NS, gt=0)
    silence: Span = Field(default=5 * NS, gt=0)
    visibility: Span = NS
    query_gap: Span = Field(default=2 * NS, gt=0)
    reconcile: Span = Field(default=30 * NS, gt=0)

    @field_validator("url")
    @classmethod
    def _here(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme != "ws" or not parts.hostname or not is_own_host(parts.hostname):
            raise ValueError(f"{value!r} is not on this machine; write it like ws://127.0.0.1:7001/v1")
        return value

    @property
    def is_simulated(self) -> bool:
        """True: the plain venue is a trial on this machine."""
        return True

    def misfit(self, mode: str) -> str:
        """Return why the account cannot be used in `mode`, empty where it can."""
        return ""


def place(config: Config) -> tuple[str, str, str]:
    """Return broker, host and account number: what one engine at a time may trade."""
    return "plain", urlsplit(config.url).netloc, config.account


def line(config: Config, name: str, mode: str, streams: tuple[tuple[str, int], ...], joint: Joint) -> Line:
    """Return a line for the account that we call `name`.

    Args:
        config: The account's options.
        name: Ours.
        mode: What the venue must say it is.
        streams: (symbol, longest silence in ns) of each instrument whose bars are wanted.
        joint: What the line is joined to.
    """
    terms = Terms(
        name=name,
        number=config.account,
        mode=mode,
        key=config.key,
        streams=streams,
        timeout=config.timeout,
        silence=config.silence,
        netting=joint.netting,
        quotes=joint.quotes,
    )
    budget = shared(LIMITS, joint.rates, "plain", f"{config.url} {config.account}")
    return Line(
        name, joint, Socket(config.url, terms, budget, Memory(after=joint.since, is_apart=joint.is_apart)).serve
    )
