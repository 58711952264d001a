"""What a check asks to be documented is on a page, with the very figures that the code has."""

import re

from openbell import RiskLevel
from openbell.parts.rules import drawdown, holding_period, volatility_size
from tools.tree import ROOT

DOCS = ROOT / "docs"


def page(name: str) -> str:
    """Return a page with its lines joined."""
    return " ".join((DOCS / name).read_text(encoding="utf-8").split())


def test_how_a_level_of_risk_scales_positions_is_told_with_its_three_figures() -> None:
    text = page("how-to/python.md")
    for level in RiskLevel:
        assert f"`{level.name}` {level.size}" in text


def test_the_method_of_realised_profit_is_told() -> None:
    assert "Realised profit follows the average cost" in page("reference/metrics.md")
    assert "leaves at the average cost; no lots are kept" in page("why/glossary.md")


def test_how_positions_shrink_is_told_for_drawdown_and_volatility_and_days_are_sessions() -> None:
    rows = {kind: row for row in page_rows() for kind in re.findall(r"^\| D\d+ \| `(\w+)` \|", row)}
    for kind, words in (
        ("drawdown", f"shrink in a straight line, down to half .*smaller positions from {drawdown.Config().reduce:.0%} on"),
        ("volatility_size", f"at twice the target it has half of it.*up to {volatility_size.Config().target:.0%}"),
        ("holding_period", f"more than {holding_period.Config().days} sessions"),
    ):  # fmt: skip
        assert re.search(words, rows[kind]), kind
    assert "sessions of the instrument's calendar (trading days. Not calendar days)" in page("reference/options.md")


def page_rows() -> list[str]:
    """Return the table of limits, row by row."""
    return (DOCS / "reference" / "risk.md").read_text(encoding="utf-8").splitlines()


def test_who_wins_where_signals_conflict_is_told() -> None:
    assert "want opposite positions in one instrument: the first holds it, the second is refused" in page(
        "how-to/patterns.md"
    )
