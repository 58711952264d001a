"""The page of local fronts."""

from openbell.wire.script import KINDS
from tools.fronts import fronts_page, grounds
from tools.tree import ROOT


def test_every_fault_of_every_front_stands_on_the_page() -> None:
    page = fronts_page(ROOT)
    assert {"alpaca", "plain"} <= set(grounds())
    assert all(f"| `{name}` |" in page and kind.text in page for name, kind in KINDS.items())
    assert len(grounds()["alpaca"].faults) >= 30
    assert "none yet" not in page
