"""Losing the line and getting it back: what is shown is never taken for now when it is not."""

import re
from pathlib import Path

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import Open, Seats, Watched
from tests.browser.walk import inside


class Wire:
    """The socket and the requests of one page, which can be cut and mended."""

    def __init__(self, page: Page) -> None:
        """Stand in between; to be called before the page is opened."""
        self.is_cut = False
        self._open: list[WebSocketRoute] = []
        page.route(re.compile(r"/api/"), lambda route: route.abort() if self.is_cut else route.continue_())
        page.route_web_socket(re.compile(r"/api/live$"), self._join)

    def _join(self, socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        self._open.append(socket)

    def cut(self) -> None:
        """Lose the line, and refuse every new one."""
        self.is_cut = True
        for socket in self._open:
            socket.close(code=1011)
        self._open.clear()


def test_a_lost_line_is_said_and_comes_back_by_itself(look: Open, busy: Seats, watched: Watched) -> None:
    watched.excused += ["ERR_FAILED"]
    page = look(busy, goes=False)
    wire = Wire(page)
    page.goto(busy.address)
    inside(page)
    wire.cut()
    expect(page.get_by_test_id("reconnecting")).to_contain_text("What you see stood at")
    expect(page.get_by_test_id("line")).to_have_attribute("data-health", "reconnecting")
    expect(page.get_by_test_id("main")).to_have_class(re.compile("is-old"))
    shown = page.get_by_test_id("equity").inner_text()
    assert page.get_by_test_id("equity").inner_text() == shown
    wire.is_cut = False
    page.get_by_test_id("reconnecting").get_by_role("button").click()
    expect(page.get_by_test_id("line")).to_have_attribute("data-health", "live")
    expect(page.get_by_test_id("reconnecting")).to_have_count(0)
    expect(page.get_by_test_id("equity")).not_to_have_text(shown)


def test_without_the_socket_figures_come_by_asking(look: Open, busy: Seats, watched: Watched) -> None:
    watched.excused += ["WebSocket", "ERR_"]
    page = look(busy, goes=False)
    page.route_web_socket(re.compile(r"/api/live$"), lambda socket: socket.close(code=1011))
    page.goto(busy.address)
    expect(page.get_by_test_id("line")).to_have_attribute("data-health", "polling")
    equity = page.get_by_test_id("equity")
    shown = equity.inner_text()
    expect(equity).not_to_have_text(shown)


def test_the_page_held_still_stays_and_moves_again(look: Open, busy: Seats) -> None:
    page = inside(look(busy))
    equity = page.get_by_test_id("equity")
    page.keyboard.press("p")
    expect(page.get_by_test_id("held")).to_be_visible()
    shown = equity.inner_text()
    # Half a second of a market that moves thirty times in one.
    later = (
        "new Promise((done) => setTimeout(() => done(document.querySelector('[data-testid=equity]').innerText), 500))"
    )
    assert page.evaluate(later) == shown
    page.keyboard.press("p")
    expect(equity).not_to_have_text(shown)


def test_an_engine_that_is_gone_is_said(look: Open, quiet: Seats, still: Path) -> None:
    page = look(quiet)
    expect(page.get_by_test_id("notice-ended")).to_contain_text("No engine runs this")
    expect(page.get_by_test_id("line")).to_have_attribute("data-health", "ended")
    expect(page.get_by_test_id("stop")).to_be_in_viewport()
