"""Which faults can meet an order in which state, and which of these cells a campaign has not hit."""

STATES = (
    "sent",
    "unknown",
    "working",
    "partial",
    "replacing",
    "cancelling",
    "filled",
    "cancelled",
    "rejected",
    "expired",
)
POSSIBLE: frozenset[tuple[str, str]] = frozenset()


def unhit(cells: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the cells that can occur and were not hit."""
    return sorted(POSSIBLE - cells)
