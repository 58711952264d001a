"""The report of a run in a real browser: on the page, and printed."""

import os
import re
import zlib
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from openbell.run.printing import print_page
from tests.browser.conftest import found
from tests.cli.process import perform

TWO = """\
title: Side by side
source: {kind: synthetic, seed: 5, days: 30, interval: 1h, prices: {AURA: 84, BETA: 30}}
instruments: {default: {kind: stock, calendar: 24x7}}
accounts:
  main: {broker: sim, cash: 20000 USD}
deployments:
  - {name: quick, strategy: {kind: ema_cross, fast: 3, slow: 8}, instruments: [AURA], bars: 1h, account: main,
     budget: {capital: 10000 USD, per_position: 20%}}
  - {name: steady, strategy: {kind: mean_reversion, period: 9}, instruments: [BETA], bars: 1h, account: main,
     budget: {capital: 10000 USD, per_position: 20%}}
rules: {preset: none, kill: {}, session_hours: {}, max_position: {limit: 60%}}
"""


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the state of a run of two strategies, with its page and its days."""
    folder = tmp_path_factory.mktemp("reported")
    (folder / "c.yaml").write_text(TWO, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENBELL_HOME", str(folder / "home"))
        assert perform(["run", str(folder / "c.yaml"), "--speed", "max", "--state", str(folder / "s"), "--json"]) == 0
        assert perform(["report", str(folder / "s"), "--csv", str(folder / "days.csv"), "--json"]) == 0
    return folder / "s"


def test_the_page_shows_equity_drawdown_distribution_rolling_figures_and_both_strategies(
    reported: Path, chromium: Browser
) -> None:
    page = chromium.new_page()
    page.goto((reported / "report.html").as_uri())
    for title in ("Equity and drawdown", "Daily returns", "Rolling Sharpe ratio", "Rolling volatility"):
        assert page.get_by_role("heading", name=re.compile(f"^{title}")).first.is_visible(), title
    curve = page.locator("#equity canvas")
    assert curve.is_visible()
    inked = "(it) => it.getContext('2d').getImageData(0, 0, it.width, it.height).data.filter((one) => one).length"
    assert curve.evaluate(inked) > 1000, "it is drawn upon"
    drawn = page.get_by_role("img", name=re.compile("^Daily returns: ")).get_attribute("aria-label") or ""
    counts = [int(count) for count in re.findall(r": (\d+) days?\b", drawn)]
    assert len(counts) > 2 and sum(counts) == 30, drawn
    table = page.get_by_role("region", name="Strategies side by side")
    assert [text.lower() for text in table.locator("th").all_inner_texts()] == ["figure", "quick", "steady"]
    days = table.get_by_role("row").filter(has_text="Days").first.locator("td").all_inner_texts()
    assert days[1:] == ["30", "30"]
    picture = page.locator("section").filter(has_text="Each deployment on its own capital").locator("svg.curves")
    assert picture.locator("polyline").count() == 2
    page.close()


def test_the_page_is_printed_with_its_figures(reported: Path, chromium: Browser, tmp_path: Path) -> None:
    target = tmp_path / "r.pdf"
    print_page(reported / "report.html", target, {**os.environ, "OPENBELL_CHROMIUM": found() or ""})
    body = target.read_bytes()
    assert body.startswith(b"%PDF-") and body.rstrip().endswith(b"%%EOF")
    assert len(re.findall(rb"/Type\s*/Page\b", _open(body))) >= 2


def test_the_days_are_written_for_other_programs(reported: Path) -> None:
    lines = (reported.parent / "days.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].endswith("rolling_sharpe,return_quick,return_steady") and len(lines) == 31
    assert lines[20].split(",")[-3] != "" == lines[19].split(",")[-3]


def _open(body: bytes) -> bytes:
    """Return a PDF with what is packed in it beside it."""
    found = [body]
    for packed in re.findall(rb"stream\r?\n(.*?)endstream", body, re.DOTALL):
        try:
            found.append(zlib.decompressobj().decompress(packed))
        except zlib.error:
            continue
    return b"\n".join(found)
