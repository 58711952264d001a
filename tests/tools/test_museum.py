"""The museum's page is played, not written."""

from tools.museum import museum_page
from tools.tree import ROOT


def test_the_page_tells_of_each_exhibit_that_the_reference_bot_fell_for_it_and_openbell_did_not() -> None:
    rows = [line for line in museum_page(ROOT).splitlines() if (line.startswith("| ") and "#" in line) or "SEC" in line]
    assert len(rows) == 20
    assert all(row.endswith("| passes |") for row in rows)
    assert not [row for row in rows if row.split(" | ")[2] == "passes"]
