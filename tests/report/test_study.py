"""The page of a study stands alone."""

from pathlib import Path

from openbell.report import curves
from openbell.report.sections import Tile
from openbell.report.sheet import Picture
from openbell.report.study import Page, render, table, write_page
from tests.report.test_html import EVIL, Reader


def page() -> Page:
    svg = curves.lines("Equity", [curves.Line(EVIL, [1.0, 2.0])], ("a", "b"))
    return Page(
        title=EVIL,
        study="SWEEP",
        is_synthetic=True,
        about="two values",
        warnings=["lucky as well as good"],
        tiles=[Tile("Runs", "8", "all made now", "gain")],
        pictures=[Picture("Plot", "a note", svg), Picture("Nothing", "no plot", "")],
        tables=[table("Runs", ["name"], ["return"], [(EVIL, "1.00%")])],
        facts=[("File", "a.yaml")],
        note="How to read it.",
    )


def test_nothing_is_fetched_and_nothing_runs() -> None:
    html = render(page())
    reader = Reader()
    reader.feed(html)
    assert not reader.scripts
    assert not [name for name, given in reader.tags if given.get("src")]
    assert all((given.get("href") or "data:").startswith("data:") for _, given in reader.tags)
    assert html.count("<svg class") == 1
    for text in ("lucky as well as good", "SYNTHETIC DATA", "1.00%", "a.yaml", "How to read it.", "a note"):
        assert text in reader.text
    assert "no plot" not in html
    assert reader.text.count(EVIL) >= 2


def test_a_page_replaces_an_older_one_whole(tmp_path: Path) -> None:
    place = tmp_path / "new" / "page.html"
    write_page(place, page())
    write_page(place, page())
    assert place.read_text(encoding="utf-8") == render(page())
    assert [one.name for one in place.parent.iterdir()] == ["page.html"]


def test_columns_of_numbers_are_marked() -> None:
    assert [column.is_number for column in table("x", ["a"], ["b", "c"], []).columns] == [False, True, True]
