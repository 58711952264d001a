"""Everything is told over the one socket: an open page asks for nothing, whether something is deployed or not."""

import json
import re
from pathlib import Path

from playwright.sync_api import Page, Request, WebSocketRoute, expect

from openbell.run.clock import WallClock
from tests.browser.conftest import Open, Seats
from tests.browser.room import served
from tests.browser.walk import api, go, inside

WAIT_S = 12
"""By the page's own clock: longer than anything was ever asked for in turns, and than ten seconds."""
BEAT = {"type": "heartbeat", "badge": "sim", "engine_ts": None, "market_ts": None, "seq": 1, "is_running": True}


class Ears:
    """What a page asks for, and its sockets; its clock is moved by hand once it is there."""

    def __init__(self, page: Page) -> None:
        """Listen; to be called before the page is opened."""
        self._page = page
        self.asked: list[str] = []
        self.sockets: list[WebSocketRoute] = []
        page.clock.install()
        page.on("request", self._note)
        page.route_web_socket(re.compile(r"/api/live$"), self._join)

    def _note(self, request: Request) -> None:
        self.asked.append(f"{request.method} {request.url}")

    def _join(self, socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        self.sockets.append(socket)

    def asked_in(self, seconds: int) -> list[str]:
        """Return what the page asks for in so many seconds of its own clock, over a line that beats as always."""
        self._page.clock.pause_at(self._page.evaluate("Date.now() / 1000") + 1)
        self.asked.clear()
        before = len(self.sockets)
        for _ in range(2 * seconds):
            self.sockets[-1].send(json.dumps({**BEAT, "server_ts": str(WallClock().now())}))
            self._page.clock.run_for(500)
        self._page.clock.resume()
        return self.asked + ["socket"] * (len(self.sockets) - before)


def test_nothing_is_asked_for_before_the_first_deployment_which_appears_by_itself(
    look: Open, tmp_path: Path, moving: Path
) -> None:
    with served(tmp_path, has_link=True) as told:
        page = look(told.link, goes=False)
        ears = Ears(page)
        page.goto(told.link)
        expect(page.get_by_test_id("empty")).to_be_visible()
        assert ears.asked_in(WAIT_S) == []
        assert len(ears.sockets) == 1
        (tmp_path / moving.name).symlink_to(moving, target_is_directory=True)
        equity = inside(page).get_by_test_id("equity")
        shown = equity.inner_text()
        expect(equity, "figures move from the first deployment on").not_to_have_text(shown)
        (tmp_path / "another").symlink_to(moving, target_is_directory=True)
        expect(page.get_by_test_id("state-picker").locator("option")).to_have_count(2)
        (tmp_path / "another").unlink()
        expect(page.get_by_test_id("state-name"), "one that is gone leaves the list").to_be_visible()
        assert ears.asked_in(WAIT_S) == []
        page.close()


def test_nothing_is_asked_for_while_deployments_run_nor_after_the_last_stop(
    look: Open, busy: Seats, moving: Path
) -> None:
    page = look(busy, goes=False)
    ears = Ears(page)
    page.goto(busy.address)
    inside(page)
    assert ears.asked_in(WAIT_S) == []
    headers = {"x-openbell-csrf": api(page, "/api/session")["csrf"], "origin": busy.address.rstrip("/")}
    for name in ("cross", "dips"):
        reply = page.request.post(f"{busy.address}api/trading/stop/{moving.name}:{name}", headers=headers)
        assert reply.ok, reply.text()
    go(page, "deployments")
    expect(page.get_by_test_id("empty")).to_contain_text("Stopped: 2")
    assert ears.asked_in(WAIT_S) == []
    for name in ("overview", "alerts", "positions"):
        go(page, name)
        expect(page.get_by_test_id("main").locator("h1, h2").first).to_be_attached()
        assert ears.asked_in(WAIT_S) == [], name
