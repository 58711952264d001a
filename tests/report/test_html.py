"""One file, no request, nothing in it runs but our own script."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.report.html import badge, render, write_report
from openbell.report.metrics import summary
from tests.report.desk import Desk, make_spec

EVIL = "</script><script>alert(1)</script>"


class Reader(HTMLParser):
    """Collects the elements of a page and what the data script holds."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] == "script":
            self.scripts[-1] += data
        elif self.tags and self.tags[-1][0] != "style":
            self.text += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def worked(symbol: str = "AAA", is_synthetic: bool = False) -> Desk:
    desk = Desk(make_spec((symbol,), is_synthetic=is_synthetic))
    for n in range(50):
        desk.bar(100.0 + n % 7, symbol, low=99.0, high=108.0)
        desk.trade(10, "100", "1", symbol)
        desk.trade(-10, "101.5", "1", symbol, reason=Code.TAKE_PROFIT)
    desk.trade(7, "100", "1", symbol)
    return desk


def page_of(desk: Desk, title: str = "a run", **extra: object) -> str:
    return render(desk.recorder, desk.book, summary(desk.book, extra), title)


def test_a_hostile_name_stays_a_name() -> None:
    desk = worked(EVIL)
    desk.take(
        ev.Timer(ts=desk.ts, deployment="", name="x"), (fx.Latch(kind="kill", scope="all", is_on=True, reason=EVIL),)
    )
    reader = read(page_of(desk, f"<b>{EVIL}", rules=["<img src=x onerror=alert(1)>"]))
    assert len(reader.scripts) == 2
    assert not any(
        tag == "img" or (tag == "b" and attrs.get("class") not in {"buy", "sell"}) for tag, attrs in reader.tags
    )
    assert not any(name.startswith("on") for _, attrs in reader.tags for name in attrs)
    assert json.loads(reader.scripts[0])["charts"][0]["symbol"] == EVIL
    assert EVIL in reader.text


def test_nothing_is_fetched_from_anywhere() -> None:
    page = page_of(worked())
    policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
    assert f'content="{policy}"' in page
    sources = re.findall(r'(?:src|href|action)="([^"]*)"', page)
    assert all(source.startswith("data:") for source in sources)
    assert set(re.findall(r"https?://[^\s'\"<)]*", page)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|innerHTML|eval\(|document\.write", page)


@pytest.mark.parametrize(
    ("mode", "text", "colour"),
    [
        ("live", "LIVE", "red"),
        ("paper", "PAPER · BROKER", "blue"),
        ("sim", "PAPER · SIMULATED", "blue"),
        ("dry_run", "DRY RUN", "grey"),
        ("backtest", "BACKTEST", "grey"),
        ("demo", "DEMO", "grey"),
        ("replay", "REPLAY", "grey"),
    ],
)
def test_the_mode_is_told_by_word_and_colour(mode: str, text: str, colour: str) -> None:
    assert badge(mode)[:2] == (text, colour)
    page = page_of(worked(), mode=mode)
    assert f'<span class="badge {colour}">{text}</span>' in page
    assert f"<title>{text} · a run</title>" in page


def test_invented_data_are_called_so_wherever_they_show() -> None:
    page = page_of(worked(is_synthetic=True))
    assert "SYNTHETIC DATA</span>" in page
    assert page.count("SYNTHETIC data: an invented market") == 2
    assert "<title>PAPER · SIMULATED · SYNTHETIC · a run</title>" in page
    assert json.loads(read(page).scripts[0])["synthetic"] is True
    assert "SYNTHETIC data" not in page_of(worked())


def test_the_page_says_what_the_book_says() -> None:
    desk = worked()
    desk.decide(Code.MAX_POSITIONS, 1200)
    desk.take(ev.BadData(ts=desk.ts, instrument="AAA", code=Code.BAD_NAN, value="nan"))
    text = read(page_of(desk, rules=["at most 5 positions"], journal_head="ab" * 4, events_per_s=123456)).text
    for wanted in (
        "2024-01-02 14:30:00 to 2024-01-02 15:20:00 UTC",
        "Total USD, 50 trades",
        "max positions1,200",
        "bad nan1",
        "at most 5 positions",
        "abababab",
        "123,456",
        "▲ long",
    ):
        assert wanted in text
    assert "-0.00" not in text
    assert "NaN" not in text


def test_an_empty_run_says_what_will_appear() -> None:
    text = read(page_of(Desk(make_spec()))).text
    for wanted in ("No market data yet.", "No bar has come in yet.", "No trade has been closed.", "Everything is flat.",
                   "Nothing was rejected.", "No rule is configured"):  # fmt: skip
        assert wanted in text


def test_the_file_is_replaced_whole_and_stays_small(tmp_path: Path) -> None:
    desk = Desk(make_spec(tuple(f"S{n}" for n in range(4))))
    for n in range(4000):
        for k in range(4):
            desk.bar(100.0 + (n * 7 + k) % 13, f"S{k}", low=99.0, high=114.0)
        if n % 2 == 0:
            desk.trade(10, "100", "1", f"S{n % 4}")
            desk.trade(-10, "101", "1", f"S{n % 4}")
    path = tmp_path / "report.html"
    path.write_text("older", encoding="utf-8")
    write_report(path, desk.recorder, desk.book, summary(desk.book, {}), "many")
    assert path.stat().st_size < 1_500_000
    assert path.read_text(encoding="utf-8").endswith("</html>")
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_importing_the_package_does_not_import_jinja() -> None:
    code = "import sys, openbell.report.html; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_summary_without_counts_is_no_error() -> None:
    desk = worked()
    assert "No record of the source was refused." in render(desk.recorder, desk.book, {"mode": "sim"}, "bare")
