"""How kills are carried out, as a file says it."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, model_validator

from openbell.core.ladder import Terms
from openbell.core.types import NS
from openbell.schema import Fraction, Number, PartConfig, Span, format_decimal, format_fraction, format_span

Above = Annotated[Span, Field(gt=0)]


class Patience(PartConfig):
    """How long the guardian waits for a sign of life: until it alerts, and until it takes every order back."""

    alert: Above = 10 * NS
    pull: Above = 30 * NS

    @model_validator(mode="after")
    def _in_turn(self) -> "Patience":
        if self.alert >= self.pull:
            raise ValueError("pull is not later than alert, so nobody would be warned; give it more time")
        return self


class KillTerms(PartConfig):
    """How kills are carried out.

    Attributes:
        collar: Worst price of a closing order, as a fraction away from the mark.
        slice_value: Largest closing order in each account's base currency, 0 for no bound.
        slice_quantity: The same in units, 0 for no bound.
        wait: Time before the first look at what is still open; it doubles with every further look.
        cancel_tries, close_tries: Attempts after which an order or a holding is named as left.
        ramp: Time after `enable` during which entries have a part of their size.
        ramp_part: That part, one over a whole number.
        guardian: When the second process acts.
    """

    collar: Annotated[Fraction, Field(gt=0, lt=1)] = Decimal("0.05")
    slice_value: Annotated[Number, Field(ge=0)] = Decimal(100_000)
    slice_quantity: Annotated[Number, Field(ge=0)] = Decimal(0)
    wait: Above = 2 * NS
    cancel_tries: int = Field(default=3, ge=1)
    close_tries: int = Field(default=4, ge=1)
    ramp: Annotated[Span, Field(ge=0)] = 600 * NS
    ramp_part: Annotated[Fraction, Field(gt=0, le=1)] = Decimal("0.25")
    guardian: Patience = Patience()

    @model_validator(mode="after")
    def _whole(self) -> "KillTerms":
        if self.ramp_part.as_integer_ratio()[0] != 1:
            raise ValueError(f"ramp_part {format_fraction(self.ramp_part)} is not one over a whole number; write 25%")
        return self

    def terms(self) -> Terms:
        """Return them in the core's words."""
        return Terms(
            collar=self.collar, slice_notional=self.slice_value, slice_qty=self.slice_quantity, wait=self.wait,
            cancel_tries=self.cancel_tries, close_tries=self.close_tries, ramp=self.ramp,
            ramp_part=self.ramp_part.as_integer_ratio()[1],
        )  # fmt: skip


def in_words(kill: KillTerms) -> dict[str, Any]:
    """Return how a kill will be carried out: as data, and as a `line` for people."""
    bounds = [f"worth at most {kill.slice_value:,f} an order"] if kill.slice_value else []
    bounds += [f"of at most {format_decimal(kill.slice_quantity)} units an order"] if kill.slice_quantity else []
    line = (
        f"Kill: orders are asked back {kill.cancel_tries} times, first after {format_span(kill.wait)}; holdings are "
        f"closed no worse than {', '.join([f'{format_fraction(kill.collar)} from the mark', *bounds])}; for "
        f"{format_span(kill.ramp)} after enable entries have {format_fraction(kill.ramp_part)} of their size. "
        f"Guardian: alert after {format_span(kill.guardian.alert)} of silence, every order back after "
        f"{format_span(kill.guardian.pull)}."
    )
    return {**kill.model_dump(mode="json"), "line": line}
