"""What goes over the wire, as the OpenAPI document says it.

Money, prices and quantities are text, because they are exact; instants are text of nanoseconds since 1970 UTC, because
a JSON number cannot hold them; shares are numbers.
"""

from ipaddress import ip_network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

Row = dict[str, Any]
StateId = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^/\x00-\x1f]+$")]
Scope = Annotated[str, Field(max_length=200, pattern=r"^(all|(account|deployment|instrument):[^\x00-\x1f]{1,150})$")]
Reason = Annotated[str, Field(max_length=500)]


def _whole(value: Any) -> Any:
    """Return 3.0 as 3: to JSON they are the same number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = BeforeValidator(_whole)
MOST_WHOLE = 1 << 53
"""Largest number of a record or a message that is asked for: beyond it JSON has no whole ones."""
Code = Annotated[str, Field(min_length=1, max_length=100)]


class Form(BaseModel):
    """What a request may hold, and nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Setup(Form):
    """The first password, with the code that the server printed."""

    code: Code
    password: Annotated[str, Field(max_length=1024)]


class Login(Form):
    """The password, and a code of the second factor where there is one."""

    password: Annotated[str, Field(min_length=1, max_length=1024)]
    totp: Annotated[str, Field(max_length=40)] | None = None


class Open(Form):
    """A one-time code from this machine."""

    code: Code


class Confirm(Form):
    """A new second factor with its first code."""

    secret: Annotated[str, Field(pattern=r"^[A-Z2-7]{32}$")]
    code: Annotated[str, Field(min_length=6, max_length=6, pattern=r"^[0-9]{6}$")]


_BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_NETWORK = {
    "anyOf": [
        {"type": "string", "format": "ipv4"},
        {"type": "string", "format": "ipv6"},
        {"type": "string", "pattern": rf"^{_BYTE}(\.{_BYTE}){{3}}/(3[0-2]|[12]?[0-9])$"},
    ]
}


def _network(value: str) -> str:
    """Return a network as it is written everywhere: `10.0.0.0/8`."""
    return str(ip_network(value, strict=False))


Network = Annotated[str, Field(max_length=50), AfterValidator(_network), WithJsonSchema(_NETWORK)]


class NewToken(Form):
    """A key for a program, for addresses of `networks` alone where there are any.

    With `cancel` it may stop, pause, kill and refuse entries, and nothing that lets risk in.
    """

    name: Annotated[str, Field(min_length=1, max_length=60)]
    scopes: Annotated[list[Literal["read", "cancel", "trade"]], Field(min_length=1, max_length=3)]
    days: Annotated[int, Field(ge=1, le=366), Whole] = 90
    networks: Annotated[list[Network], Field(max_length=20)] = []


class Command(Form):
    """A word for a run; it means what the verb of that name means.

    `refuse` is a no to an entry that waits for a person; `ask` is the number of its row among the orders.
    """

    state: StateId
    kind: Literal["pause", "resume", "stop", "kill", "refuse"]
    scope: Scope = "all"
    tier: Annotated[int, Field(ge=0, le=4), Whole] | None = None
    close: bool = False
    reason: Reason = ""
    ask: Annotated[str, Field(max_length=300)] = ""


class Emergency(Form):
    """What an emergency stop is about; without a state it is about every one that runs."""

    state: StateId | None = None
    reason: Reason = "emergency stop"


class Seen(Form):
    """Messages that somebody has seen, by their numbers; all for none."""

    state: StateId
    numbers: Annotated[list[Annotated[int, Field(ge=1, le=MOST_WHOLE), Whole]], Field(max_length=1000)] = []


class Wanted(Form):
    """A channel that is to be tried."""

    state: StateId
    channel: Annotated[str, Field(min_length=1, max_length=100)]


class Acknowledged(BaseModel):
    """How many messages nobody had acknowledged before."""

    count: int


class Tried(BaseModel):
    """Why each target of a channel did not take a test, empty for one that did."""

    whys: list[str]


class SessionInfo(BaseModel):
    """Who is looking."""

    stage: Literal["setup", "anonymous", "open"]
    user: str | None
    scopes: list[str]
    csrf: str | None
    has_second_factor: bool
    stepped_up_until_ts: str | None
    version: str
    server_ts: str


class Factor(BaseModel):
    """A second factor that is offered, as text and as an address for an authenticator."""

    secret: str
    address: str


class Recovery(BaseModel):
    """Codes that stand in for a second factor, once each; they are shown this once."""

    recovery_codes: list[str]


class Token(BaseModel):
    """A key for a program, without its secret."""

    id: str
    name: str
    scopes: list[str]
    networks: list[str]
    expires_ts: str
    used_ts: str | None


class Made(BaseModel):
    """A new key for a program; it is shown this once."""

    token: str


class Ticket(BaseModel):
    """Opens a socket once."""

    ticket: str


class Given(BaseModel):
    """What became of a command."""

    ok: bool
    how: Literal["answered", "waiting"]
    text: str


class Emergencies(BaseModel):
    """What became of an emergency stop, by `STATE:NAME` of each deployment."""

    results: dict[str, Given]


class Health(BaseModel):
    """That this process answers; nothing about anybody's money."""

    status: Literal["ok"]
    version: str


class Fault(BaseModel):
    """One error."""

    id: str
    code: str
    text: str
    field: str | None


class Problem(BaseModel):
    """What every refusal looks like."""

    error: Fault
