"""The page of messages, over a run whose messages are carried to receivers of this machine."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web
from playwright.sync_api import Browser, expect

from openbell.run.clock import WallClock
from tests.browser.conftest import Open, Seats
from tests.browser.room import served
from tests.browser.test_reading import faults, spill
from tests.browser.walk import go, inside
from tests.edges.alerts.fakes import front
from tests.run.alerts.stage import market, notifier

CHANNELS = "[{name: phone, url: 'URL/phone', level: info}, {name: desk, url: 'URL/closed', level: critical}]"


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
            made = market(self._folder, CHANNELS.replace("URL", there.url))
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
    expect(page.get_by_test_id("channel")).to_have_count(2)
    words = "Acknowledge all" if language == "en" else "모두 확인"
    expect(page.get_by_test_id("ack-all")).to_have_text(words)
    assert faults(page) == []
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
    count = page.get_by_test_id("told").count()
    one = page.get_by_test_id("told").last
    one.get_by_test_id("ack").focus()
    page.keyboard.press("Enter")
    expect(one).to_have_attribute("data-seen", "true")
    page.get_by_test_id("open-only").focus()
    page.keyboard.press(" ")
    expect(page.get_by_test_id("told")).not_to_have_count(count)
    page.get_by_test_id("ack-all").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("told")).to_have_count(0)
    page.reload()
    go(page, "alerts")
    expect(page.locator("[data-testid=told][data-seen=false]")).to_have_count(0)
