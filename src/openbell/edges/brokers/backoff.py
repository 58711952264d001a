"""How long to wait before the next attempt to connect.

Doubling, bounded, jittered from a seed. Pure.
"""

from openbell.core import draw
from openbell.core.types import NS

FIRST_NS = NS // 4
MOST_NS = 30 * NS


def delay(seed: int, label: str, attempt: int) -> int:
    """Return the wait (ns) before attempt number `attempt`, from 1.

    It lies between half and all of a bound that doubles from 250 ms up to 30 s, so that many clients of one broker do
    not come back together.
    """
    bound = min(FIRST_NS << min(attempt - 1, 16), MOST_NS)
    return bound // 2 + int(draw.uniform(seed, f"backoff/{label}", attempt) * (bound // 2))
