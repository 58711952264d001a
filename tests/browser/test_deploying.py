"""Deploying from the page: choose, look at the plan, confirm, watch it trade, stop it, and find it again."""

import io
import os
import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect
from ruamel.yaml import YAML

from openbell.cli import perform
from openbell.edges.web.deploying import WARNING
from openbell.run.pulse import read_pulse
from tests.browser.conftest import Open, Seats, Watched
from tests.browser.room import number, served
from tests.browser.walk import api, go, inside
from tests.cli.process import begin, until
from tests.edges.brokers import waves
from tests.vaults import open_by


@pytest.fixture(scope="module")
def desk(still: Path, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seats]:
    """Serve a copy of the run that has ended: what is deployed beside it is nothing to other tests."""
    home = shutil.copytree(still.parent, tmp_path_factory.mktemp("desk") / "home")
    with served(home, has_link=True) as told:
        yield Seats(told, chromium)
    for begun in home.glob("mine-*"):
        end(begun)


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[str]:
    """Start a broker's front that lists one stock, and return its address."""
    bars, ready = waves.write(tmp_path / "minutes", {"AAPL": (190.0, 3)}, minutes=60), tmp_path / "ready"
    words = ("--port", "0", "--symbols", "AAPL", "--data", bars, "--ready-file", ready)
    with begin(tmp_path, "venue", "alpaca", *words) as front:
        until(ready.is_file, "the front")
        yield ready.read_text().strip()
        front.send_signal(signal.SIGTERM)
        front.communicate(timeout=180)


def end(state: Path) -> None:
    """End a run that outlives the server by which it was begun: its engine, by the process above it."""
    pulse = read_pulse(state)
    assert pulse is not None
    # One that has ended by itself meanwhile has no process any more.
    with suppress(FileNotFoundError, ProcessLookupError):
        above = int(Path(f"/proc/{pulse.pid}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(above, signal.SIGTERM)
    until(lambda: (last := read_pulse(state)) is not None and last.is_closed, "the end of the run")


def modal(page: Page, kind: str = "ema_cross") -> Locator:
    """Open the modal of a strategy."""
    go(page, "strategies")
    page.locator(f"[data-testid=strategy][data-kind={kind}]").get_by_test_id("deploy").click()
    dialog = page.get_by_test_id("deploy-dialog")
    expect(dialog).to_be_visible()
    return dialog


def chosen(page: Page, name: str) -> Locator:
    """Return the field of a name in the modal."""
    return page.get_by_test_id(f"deploy-{name}")


def test_the_modal_has_the_strategy_filled_in_and_says_what_cannot_be_meant(look: Open, desk: Seats) -> None:
    page = inside(look(desk))
    go(page, "strategies")
    cards = page.get_by_test_id("strategy")
    expect(cards.filter(has=page.get_by_test_id("deploy"))).to_have_count(len(api(page, "/api/strategies")))
    assert set(cards.get_by_test_id("deploy").all_inner_texts()) == {"Deploy"}
    dialog = modal(page, "pullback")
    expect(dialog.get_by_role("heading").first).to_contain_text("pullback")
    expect(dialog.get_by_label("discount")).to_be_visible()
    chosen(page, "cancel").click()
    dialog = modal(page)
    expect(dialog.get_by_role("heading").first).to_contain_text("ema cross")
    expect(dialog.get_by_label("fast")).to_be_visible()
    expect(dialog.get_by_test_id("deploy-mode").locator("[aria-checked=true]")).to_have_attribute("data-value", "sim")
    expect(dialog.get_by_test_id("mode-badge")).to_have_text(re.compile("PAPER TRADING"))
    expect(dialog.get_by_test_id("mode-badge")).to_have_class(re.compile("badge-blue"))
    assert chosen(page, "timeframe").locator("option").all_inner_texts() == ["1m", "5m", "15m", "1h"]
    was = {name: chosen(page, name).input_value() for name in ("size", "loss", "fall", "most", "stop", "target")}
    assert was == {"size": "2", "loss": "1", "fall": "5", "most": "3", "stop": "2", "target": "5"}
    shares = dict.fromkeys(("size", "loss", "fall"), (("-5", "0", "100.1"), ("0.01", "100")))
    for name, (wrong, right) in {**shares, "most": (("1.5", "0", "101"), ("1", "100"))}.items():
        for value in wrong:
            chosen(page, name).fill(value)
            expect(chosen(page, name)).to_have_attribute("aria-invalid", "true")
            expect(chosen(page, "plan")).to_be_disabled()
        for value in right:
            chosen(page, name).fill(value)
            expect(chosen(page, name)).not_to_have_attribute("aria-invalid", "true")
            expect(chosen(page, "plan")).to_be_enabled()
    chosen(page, "cancel").click()
    expect(dialog).to_have_count(0)


def test_every_field_of_the_modal_is_in_the_plan(look: Open, desk: Seats) -> None:
    page = inside(look(desk))
    dialog = modal(page)
    dialog.get_by_test_id("deploy-mode").locator("[data-value=sim]").click()
    given = {
        "symbols": "AURA, CIRQ", "name": "all-of-it", "capital": "250000 EUR", "speed": "120", "size": "4.5",
        "loss": "1.5", "fall": "7", "most": "2", "stop": "1.25", "target": "3.5",
    }  # fmt: skip
    for name, value in given.items():
        chosen(page, name).fill(value)
    chosen(page, "timeframe").select_option("5m")
    dialog.get_by_label("Symbols are").select_option("crypto")
    dialog.get_by_label(re.compile("^Market")).select_option("recorded")
    dialog.get_by_label("fast").fill("7")
    dialog.get_by_label("slow").fill("19")
    with page.expect_request("**/api/trading/plan") as sent:
        chosen(page, "plan").click()
    assert sent.value.post_data_json == {
        "strategy": {"kind": "ema_cross", "options": {"fast": 7, "slow": 19}}, "symbols": ["AURA", "CIRQ"],
        "mode": "sim", "timeframe": "5m", "name": "all-of-it", "capital": "250000 EUR", "instrument": "crypto",
        "risk": {"position_size": 0.045, "daily_loss": 0.015, "drawdown": 0.07, "max_positions": 2,
                 "stop_loss": 0.0125, "take_profit": 0.035},
        "market": {"kind": "recorded", "speed": 120},
    }  # fmt: skip
    expect(chosen(page, "planned")).to_have_attribute("data-valid", "true")
    file = YAML(typ="safe").load(page.locator("pre.config").text_content() or "")
    (deployment,) = file["deployments"]
    assert deployment == {
        "name": "all-of-it", "strategy": {"kind": "ema_cross", "fast": 7, "slow": 19}, "instruments": ["AURA", "CIRQ"],
        "bars": "5m", "account": "main", "exits": {"stop_loss": "1.25%", "take_profit": "3.5%"},
        "budget": {"capital": "250000 EUR", "per_position": "4.5%", "positions": 2},
    }  # fmt: skip
    rules = {rule["kind"]: rule["limit"] for rule in file["rules"] if "limit" in rule}
    assert (rules["daily_loss"], rules["drawdown"], rules["max_positions"]) == ("1.5%", "7%", 2)
    assert (file["mode"], file["source"]["kind"], file["speed"]) == ("sim", "parquet", "120x")
    assert file["instruments"]["default"]["kind"] == "crypto"
    chosen(page, "back").click()
    chosen(page, "size").fill("25")
    chosen(page, "plan").click()
    expect(chosen(page, "errors")).to_contain_text("order_notional allows")
    expect(chosen(page, "confirm")).to_be_disabled()
    chosen(page, "back").click()
    beside = dialog.locator(".field", has=chosen(page, "size"))
    expect(beside).to_contain_text("a full position of all-of-it is 62500 EUR, and order_notional allows 25000 EUR")
    chosen(page, "size").fill("2")
    expect(beside).not_to_contain_text("order_notional")
    # What is traded at a broker has a broker and the options of an account in place of a market.
    dialog.get_by_test_id("deploy-mode").locator("[data-value=paper]").click()
    expect(chosen(page, "speed")).to_have_count(0)
    assert dialog.get_by_label("Broker").locator("option").all_inner_texts() == ["alpaca", "binance", "plain"]
    dialog.get_by_label("Broker").select_option("binance")
    dialog.get_by_label("Options of the account").fill("key: ${vault:NO_SUCH_KEY}, url: https://testnet.binance.vision")
    with page.expect_request("**/api/trading/plan") as sent:
        chosen(page, "plan").click()
    asked = sent.value.post_data_json
    assert (asked["mode"], "market" in asked, asked["account"]) == (
        "paper",
        False,
        {"broker": "binance", "options": {"key": "${vault:NO_SUCH_KEY}", "url": "https://testnet.binance.vision"}},
    )
    expect(chosen(page, "errors")).to_contain_text("accounts.main.secret: is missing")
    expect(chosen(page, "confirm")).to_be_disabled()


def test_S5_125_the_modal_scores_the_risk_and_explains_every_point(look: Open, desk: Seats) -> None:
    page = inside(look(desk))
    modal(page)
    chosen(page, "symbols").fill("AURA, BOLT")
    chosen(page, "plan").click()
    score = chosen(page, "score")
    assert scored(page) == 10
    expect(score).to_have_attribute("data-level", "low")
    expect(score.locator("[data-part=exposure]")).to_contain_text(
        "All positions at once are worth 4,000 USD, 4% of 100,000 USD of cash."
    )
    expect(score.locator("[data-part=liquidity]")).to_contain_text("What trades of AURA in a day is not known here.")
    chosen(page, "back").click()
    chosen(page, "has-stop").uncheck()
    chosen(page, "plan").click()
    expect(score).to_have_attribute("data-level", "high")
    expect(score).to_contain_text("High at least: nothing bounds the loss of a day.")
    expect(score.locator("[data-part=stops]")).to_contain_text("2 of 2 positions have no stop: those of ema_cross.")
    assert scored(page) > 10


def test_a_plan_is_read_from_its_beginning_on_a_low_screen(look: Open, desk: Seats) -> None:
    page = inside(look(desk, size=(1280, 480)))
    dialog = modal(page)
    chosen(page, "symbols").fill("AURA, BOLT")
    chosen(page, "plan").scroll_into_view_if_needed()
    assert dialog.evaluate("it => it.scrollTop") > 0
    chosen(page, "plan").click()
    expect(chosen(page, "score")).to_be_visible()
    assert dialog.evaluate("it => it.scrollTop") == 0


def test_S5_022_a_symbol_that_the_broker_does_not_list_marks_its_field_and_starts_nothing(
    look: Open, desk: Seats, exchange: str
) -> None:
    page = inside(look(desk))
    dialog = modal(page)
    dialog.get_by_test_id("deploy-mode").locator("[data-value=paper]").click()
    chosen(page, "symbols").fill("AAPL, ZZZQ")
    dialog.get_by_label("Options of the account").fill(f"key: PKTEST, secret: secret, url: {exchange}")
    chosen(page, "plan").click()
    expect(chosen(page, "errors")).to_contain_text("does not list ZZZQ")
    expect(chosen(page, "confirm")).to_be_disabled()
    chosen(page, "back").click()
    expect(chosen(page, "symbols")).to_have_attribute("aria-invalid", "true")
    expect(dialog.locator(".field", has=chosen(page, "symbols"))).to_contain_text("does not list ZZZQ")
    chosen(page, "symbols").fill("AAPL")
    expect(chosen(page, "symbols")).not_to_have_attribute("aria-invalid", "true")
    chosen(page, "plan").click()
    expect(chosen(page, "planned")).to_have_attribute("data-valid", "true")
    assert {row["id"] for row in api(page, "/api/states")["states"]} == {"rehearsal"}


def scored(page: Page) -> int:
    """Return the points of the risk score in the modal, which its parts add up to."""
    score = chosen(page, "score")
    expect(score.locator("li")).to_have_count(9)
    parts = [one.split(" / ") for one in score.locator("li .num").all_inner_texts()]
    assert sum(int(of) for _, of in parts) == 100
    points = sum(int(points) for points, _ in parts)
    expect(score.get_by_role("heading")).to_contain_text(f"{points} of 100")
    return points


def test_the_score_is_explained_in_korean_as_well(look: Open, desk: Seats) -> None:
    page = inside(look(desk, language="ko"))
    modal(page)
    chosen(page, "symbols").fill("AURA, BOLT")
    chosen(page, "plan").click()
    told = chosen(page, "score").locator("li p")
    expect(told).to_have_count(9)
    for text in told.all_inner_texts():
        assert re.search("[\uac00-\ud7a3]", text), text


def test_live_is_another_colour_and_wants_more_than_a_click(
    look: Open, desk: Seats, exchange: str, watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.excused += ["403"]
    open_by(tmp_path, monkeypatch)
    for name, value in (("LIVE_KEY", "PKTEST"), ("LIVE_SECRET", "secret")):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{value}\n"))
        assert perform(["secrets", "set", name]) == 0
    page = inside(look(desk))
    dialog = modal(page)
    dialog.get_by_test_id("deploy-mode").locator("[data-value=live]").click()
    badge = dialog.get_by_test_id("mode-badge")
    expect(badge).to_have_text(re.compile("LIVE TRADING"))
    expect(badge).to_have_class(re.compile("badge-red"))
    refused: list[int] = []
    page.on("response", lambda reply: refused.append(reply.status) if reply.url.endswith("/trading/deploy") else None)
    chosen(page, "symbols").fill("AAPL")
    keys = "key: ${vault:LIVE_KEY}, secret: ${vault:LIVE_SECRET}"
    dialog.get_by_label("Options of the account").fill(f"{keys}, account: PA3K9ZQ1L7XY, url: {exchange}")
    chosen(page, "plan").click()
    expect(chosen(page, "planned")).to_have_attribute("data-valid", "true")
    expect(dialog.get_by_test_id("mode-badge")).to_have_class(re.compile("badge-red"))
    expect(chosen(page, "risk")).to_have_text(WARNING)
    # Neither the warning accepted alone will do nor the digits alone.
    expect(chosen(page, "confirm")).to_be_disabled()
    chosen(page, "accept").check()
    expect(chosen(page, "confirm")).to_be_disabled()
    chosen(page, "digits").fill("L7XY")
    expect(chosen(page, "confirm")).to_be_enabled()
    chosen(page, "accept").uncheck()
    expect(chosen(page, "confirm")).to_be_disabled()
    assert refused == []
    chosen(page, "accept").check()
    chosen(page, "confirm").click()
    expect(chosen(page, "problem")).to_contain_text("real money needs a second factor")
    assert refused == [403]
    assert {row["id"] for row in api(page, "/api/states")["states"]} == {"rehearsal"}


def test_from_the_modal_to_the_grid_to_flat(look: Open, desk: Seats) -> None:
    page = inside(look(desk))
    modal(page)
    chosen(page, "symbols").fill("AURA, BOLT")
    chosen(page, "name").fill("mine")
    chosen(page, "speed").fill("1200")
    chosen(page, "size").fill("5")
    chosen(page, "has-target").uncheck()
    page.get_by_label("fast").fill("3")
    page.get_by_label("slow").fill("8")
    chosen(page, "plan").click()
    expect(chosen(page, "planned")).to_have_attribute("data-valid", "true")
    expect(chosen(page, "lines").get_by_role("listitem").first).to_be_visible()
    expect(chosen(page, "risk")).to_contain_text("Nothing here is advice")
    expect(chosen(page, "confirm")).to_be_disabled()
    page.get_by_test_id("trial-begin").click()
    expect(page.get_by_test_id("trial")).to_have_attribute("data-status", "done", timeout=60_000)
    assert int(number(page.get_by_test_id("trial-figures").locator("dd").nth(2).inner_text())) > 0
    with page.expect_download() as sheet:
        page.get_by_test_id("trial-report").click()
    assert Path(sheet.value.path()).read_text(encoding="utf-8").startswith("<!doctype html>")
    chosen(page, "accept").check()
    expect(chosen(page, "confirm")).to_have_text("Deploy strategy")
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.url.endswith("/trading/deploy") else None)
    chosen(page, "confirm").dblclick()
    card = page.locator("[data-testid=deployment][data-id=mine]")
    # An engine is a process of its own: on a busy machine it begins when it can.
    expect(card.get_by_test_id("status")).to_have_attribute("data-status", "active", timeout=120_000)
    (request,) = sent
    asked = request.post_data_json
    assert asked["risk"] == {
        "position_size": 0.05, "daily_loss": 0.01, "drawdown": 0.05, "max_positions": 3, "stop_loss": 0.02,
        "take_profit": None,
    }  # fmt: skip
    assert asked["strategy"] == {"kind": "ema_cross", "options": {"fast": 3, "slow": 8}}
    badge = page.get_by_test_id("mode-badge").first
    expect(badge).to_have_attribute("data-deployed", "true")
    assert page.title().startswith("\u25cf PAPER")
    assert "icon-blue-on" in page.evaluate("document.getElementById('favicon').href")
    expect(card.get_by_test_id("card-open-positions")).not_to_contain_text("0")
    go(page, "positions")
    row = page.get_by_test_id("row").first
    expect(row).to_be_visible()
    assert float(number(row.locator("[data-column=stop_px]").inner_text())) > 0
    assert row.locator("[data-column=target_px]").inner_text() == "\u2013"
    go(page, "chart")
    expect(page.get_by_test_id("deployed-badge")).to_be_visible()
    expect(page.get_by_test_id("candles")).to_have_attribute("data-tracks", re.compile("fast slow|slow fast"))
    go(page, "deployments")
    card.get_by_test_id("stop-one").click()
    page.get_by_test_id("stop-one-confirm").click()
    page.get_by_test_id("status-filter").locator("[data-value=stopped]").click()
    expect(card.get_by_test_id("status")).to_have_attribute("data-status", "stopped")
    expect(card.get_by_test_id("card-open-positions")).to_contain_text("0")
    go(page, "positions")
    expect(page.get_by_test_id("row")).to_have_count(0)
    go(page, "history")
    closed = page.get_by_test_id("row").first
    expect(closed.locator("[data-column=deployment]")).to_have_text("mine")
    expect(closed.locator("[data-column=reason] .chip")).to_have_text(re.compile(r"\S"))
    assert "/mine-" in page.url, page.url
