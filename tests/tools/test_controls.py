"""The page of risk controls names every rule and every id of the table."""

from openbell.run.assemble import STANDARD
from tools.controls import ELSEWHERE, controls_page
from tools.tree import ROOT

PAGE = controls_page(ROOT)


def test_every_rule_stands_on_the_page_with_its_default() -> None:
    for file in sorted((ROOT / "src" / "openbell" / "parts" / "rules").glob("[!_]*.py")):
        assert f"| `{file.stem}` |" in PAGE
    assert "no new risk until the next session after losing 2% in a day" in PAGE
    assert all(f"`{kind}`" in PAGE for kind in STANDARD)


def test_every_id_of_the_table_is_a_rule_or_said_to_be_none() -> None:
    first = [cell.split("|")[1] for cell in PAGE.splitlines() if cell.startswith("| ")]
    told = {name.strip() for cell in first for name in cell.split(",")} | {name for name, _ in ELSEWHERE}
    assert {f"D{n}" for n in range(1, 45)} <= told
