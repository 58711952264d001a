"""What the options of every broker have in common."""

from typing import Protocol

from openbell.core.spec import OutsideSpec
from openbell.core.types import Caps


class Asking(Protocol):
    """Options that say how a venue is asked what it knows; all times in ns."""

    @property
    def timeout(self) -> int:
        """How long a request may stay unanswered."""

    @property
    def visibility(self) -> int:
        """How long a new order may stay invisible there."""

    @property
    def query_gap(self) -> int:
        """Between two questions about one thing."""

    @property
    def reconcile(self) -> int:
        """How often the whole account is compared."""


def outside(options: Asking, caps: Caps) -> OutsideSpec:
    """Return how a venue that can do `caps` is asked what it knows."""
    return OutsideSpec(
        ack_timeout=2 * options.timeout,
        visibility=options.visibility,
        query_gap=options.query_gap,
        reconcile_every=options.reconcile,
        dedupes=caps.client_ids,
    )
