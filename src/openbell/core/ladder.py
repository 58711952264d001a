"""The kill ladder's own state: how far a kill has come, per scope.

Tiers: 0 pause a deployment; 1 no new risk, entries are taken back; 2 every order is taken back; 3 as 2, and what is
held is closed; 4 sever: this process may send nothing more. `core/kill` decides, `core/apply` alone changes the book.
"""

from decimal import Decimal
from enum import StrEnum

import msgspec

from openbell.core.types import NS, ZERO

PAUSE, NO_RISK, CANCEL, FLATTEN, SEVER = range(5)
"""The tiers, lowest first."""
PASSING = ("stop", "pause")
"""Commands that close as a kill does, and are over once nothing is left to be done."""


class Stage(StrEnum):
    """Where a kill stands; DONE may still name what could not be closed."""

    CANCELLING = "cancelling"
    FLATTENING = "flattening"
    CONFIRMING = "confirming"
    DONE = "done"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How kills are carried out.

    Attributes:
        collar: Worst price of a closing order, as a fraction away from the mark.
        slice_notional, slice_qty: Largest closing order in base currency and in units, 0 for no bound.
        wait: Time before the first look at what is still open, ns; it doubles with every further look.
        cancel_tries, close_tries: Attempts after which an order or a holding is named as left.
        ramp: Time after `enable` during which entries have a share of their size, ns. ramp_part: One over that share.
    """

    collar: Decimal = Decimal("0.05")
    slice_notional: Decimal = Decimal(100_000)
    slice_qty: Decimal = ZERO
    wait: int = 2 * NS
    cancel_tries: int = 3
    close_tries: int = 4
    ramp: int = 600 * NS
    ramp_part: int = 4


class Slice(msgspec.Struct, frozen=True, array_like=True):
    """The closing order sent last for a holding, and how often it was looked at in vain."""

    oid: str
    tries: int = 0


class Left(msgspec.Struct, frozen=True, array_like=True):
    """What is not taken back or closed, and why.

    `is_final` when it is to be named as left, `is_tried` while it is still worth a try.
    """

    account: str
    deployment: str
    instrument: str
    qty: Decimal
    why: str
    is_final: bool = False
    is_tried: bool = True


class KillState(msgspec.Struct, frozen=True, kw_only=True):
    """One kill in force.

    Attributes:
        scope, tier, actor, reason: As commanded; the actor names the trigger. ts: When it came, ns.
        upto: Number of the newest order when it came: tier 2 leaves alone what reduces risk and was sent later.
        stage: How far it is. round: Looks at what is open so far.
        asked: Cancels sent by order. slices: Closing orders by `deployment/instrument`.
        held: Signed units by `deployment/instrument` when it came, or when they came later.
        confirmed: When (ns) each account's venue agreed; left out while it has not.
        asked_ts: When (ns) the venues were asked to confirm, 0 for not yet.
        left: What stands in the way now, or stays.
        kind: What closed the gate: `kill`, a limit, or one of `PASSING`.
    """

    scope: str
    tier: int
    actor: str
    reason: str
    ts: int
    upto: int = (1 << 63) - 1
    stage: Stage = Stage.CANCELLING
    round: int = 0
    asked: dict[str, int] = {}
    slices: dict[str, Slice] = {}
    held: dict[str, Decimal] = {}
    confirmed: dict[str, int] = {}
    asked_ts: int = 0
    left: tuple[Left, ...] = ()
    kind: str = "kill"

    @property
    def waits(self) -> bool:
        """True while time has to bring it on."""
        return self.stage is not Stage.DONE or any(one.is_tried for one in self.left)

    @property
    def timer(self) -> str:
        """Name of the engine's own timer that drives it on."""
        return f"kill/{self.scope}"


def word_of(kind: str) -> str:
    """Return what people call a kill of a kind."""
    return kind if kind in PASSING else "kill"


def scopes_of(account: str, deployment: str, symbol: str) -> tuple[str, ...]:
    """Return the scopes that cover a deployment's part in an instrument of an account."""
    own = f"deployment:{deployment}"
    return ("all", f"account:{account}", own, f"instrument:{symbol}", f"{own}/{symbol}")


def tier_over(kills: dict[str, KillState], account: str, deployment: str, symbol: str, index: int = 0) -> int:
    """Return the highest tier of the kills over a deployment's instrument, 0 for none.

    Of those alone that came when an order of number `index` had been sent: it is they who take it back.
    """
    return max(
        (
            kills[one].tier
            for one in scopes_of(account, deployment, symbol)
            if one in kills and kills[one].upto >= index
        ),
        default=PAUSE,
    )
