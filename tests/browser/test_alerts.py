"""The page of messages, over a run whose messages are carried to receivers of this machine."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web
from playwright.sync_api import Browser, expect

from openbell.run.clock import WallClock
from openbell.run.live import Settings, live
from openbell.run.logbook import keep_logs
from tests.browser.conftest import Open, Seats, Watched
from tests.browser.room import number, served
from tests.browser.test_reading import HOSTILE, faults, spill
from tests.browser.walk import api, every, go, inside, rewire
from tests.checklist.market import Market, config, rows
from tests.edges.alerts.fakes import front
from tests.run.alerts.stage import TRADED, notifier

CHANNELS = (
    "[{name: phone, url: 'URL/phone', level: info}, {name: desk, url: 'URL/closed', level: critical},"
    " {name: telegram, kind: telegram, token: '12:secret', chats: ['7'], api: 'URL', level: info}]"
)


class Carrying(threading.Thread):
    """Receivers and a notifier in a thread of this process."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self._folder, self._is_over = folder, threading.Event()
        self.titles: list[str] = []

    def run(self) -> None:
        asyncio.run(self._carry())

    async def _carry(self) -> None:
        async with front() as there:
            there.by_path["/closed"] = lambda _: web.Response(status=403)
            there.by_path["/phone"] = lambda asked: (self.titles.append(asked.body["title"]), web.Response())[1]
            made = Market(
                self._folder, config(head=f"alerts: {CHANNELS.replace('URL', there.url)}"), rows(list(TRADED))
            )
            prepared, told = made.prepare()
            logs = keep_logs(prepared, made.state)
            live(prepared, told, Settings(state=made.state, watch=logs.beside(lambda *_: None)))
            logs.close()
            one = notifier(made, WallClock())
            await one.run(self._is_over.is_set)
            one.close()

    def end(self) -> None:
        """Stop carrying."""
        self._is_over.set()
        self.join(30)


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[tuple[Seats, Carrying]]:
    """Serve a run whose messages are carried."""
    folder = tmp_path_factory.mktemp("told")
    carrying = Carrying(folder)
    carrying.start()
    with served(folder, has_link=True) as told:
        yield Seats(told, chromium), carrying
    carrying.end()


@pytest.mark.parametrize(
    ("theme", "language", "size"),
    [("dark", "en", (1280, 800)), ("light", "ko", (360, 740))],
    ids=["dark-en-wide", "light-ko-narrow"],
)
def test_what_was_told_is_shown_with_its_way_in_both_themes_and_languages(
    theme: str, language: str, size: tuple[int, int], look: Open, carried: tuple[Seats, Carrying]
) -> None:
    page = inside(look(carried[0], theme=theme, language=language, size=size, motion="less"))
    go(page, "alerts")
    first = page.get_by_test_id("told").first
    expect(first).to_be_visible()
    expect(page.get_by_test_id("way").first).to_have_attribute("data-state", "sent")
    expect(page.get_by_test_id("channel")).to_have_count(3)
    words = "Acknowledge all" if language == "en" else "모두 확인"
    expect(page.get_by_test_id("ack-all")).to_have_text(words)
    assert faults(page) == []
    assert spill(page) <= 0


def test_the_first_page_shows_log_lines_what_telegram_took_and_the_day(
    look: Open, carried: tuple[Seats, Carrying]
) -> None:
    page = inside(look(carried[0]))
    state = api(page, "/api/states")["states"][0]["id"]
    lines = api(page, "/api/logs", state=state, count="6")["lines"]
    shown = page.get_by_test_id("log-line")
    expect(shown).to_have_count(len(lines))
    for at, line in enumerate(lines):
        expect(shown.nth(at)).to_contain_text(line["text"])
    sent = page.get_by_test_id("health-row").filter(has_text="Messages to telegram")
    expect(sent).to_have_class("is-good")
    expect(sent.locator("time")).to_have_count(1)
    day = api(page, "/api/snapshot", state=state)["accounts"]["main"]["day_pnl"]
    assert float(number(page.get_by_test_id("day-pnl").locator("dd").inner_text())) == pytest.approx(float(day)) != 0


TEXTS = {"text", "title", "why", "kind", "name", "channel", "acked_by"}
"""Under these names messages, channels and log lines hold what others have written."""


def test_no_message_and_no_channel_is_more_than_text(
    look: Open, carried: tuple[Seats, Carrying], watched: Watched
) -> None:
    watched.excused += ["404", "422"]  # no channel has such a name
    page = look(carried[0], goes=False)
    hostile = " ".join(HOSTILE)
    rewire(page, lambda data: every(data, lambda name, value: f"{value} {hostile}" if name in TEXTS else value))
    page.goto(carried[0].address)
    go(inside(page), "alerts")
    for place in ("told", "way", "channel"):
        expect(page.get_by_test_id(place).first).to_contain_text(HOSTILE[0])
    page.get_by_test_id("try").first.click()
    expect(page.locator(".channel-said .problem")).to_be_visible()
    go(page, "overview")
    expect(page.get_by_test_id("log-line").first).to_contain_text(HOSTILE[0])
    assert page.evaluate("window.hit") is None
    assert page.locator("img, iframe, main script, svg[onload]").count() == 0
    assert spill(page) <= 0


def test_a_channel_is_tried_and_everything_acknowledged_by_keyboard_alone(
    look: Open, carried: tuple[Seats, Carrying]
) -> None:
    seats, carrying = carried
    page = inside(look(seats))
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(page.get_by_test_id("told").first).to_be_visible()
    for name, is_taken, words in (("phone", "true", "taken"), ("desk", "false", "answered 403")):
        row = page.locator(f"[data-testid=channel][data-name={name}]")
        row.get_by_test_id("try").focus()
        page.keyboard.press("Enter")
        expect(row.get_by_test_id("tried")).to_have_attribute("data-ok", is_taken)
        expect(row.get_by_test_id("tried")).to_contain_text(words)
    assert "[SIM] Checklist: test" in carrying.titles
    one = page.get_by_test_id("told").last
    one.get_by_test_id("ack").focus()
    page.keyboard.press("Enter")
    expect(one).to_have_attribute("data-seen", "true")
    page.get_by_test_id("open-only").focus()
    page.keyboard.press(" ")
    expect(page.locator("[data-testid=told][data-seen=true]")).to_have_count(0)
    page.get_by_test_id("ack-all").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("told")).to_have_count(0)
    page.reload()
    go(page, "alerts")
    expect(page.locator("[data-testid=told][data-seen=false]")).to_have_count(0)
