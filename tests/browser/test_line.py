"""Losing the line and getting it back: what is shown is never taken for now when it is not."""

import os
import re
import signal
from pathlib import Path

from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from openbell.run import state as states
from openbell.run.pulse import read_pulse
from tests.browser.conftest import Open, Seats, Watched
from tests.browser.room import served, write
from tests.browser.walk import api, go, inside
from tests.cli.process import begin, until


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
    # The button may meet an attempt that is under way, which it ends for one of its own.
    watched.excused += ["ERR_FAILED", "WebSocket"]
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


def test_without_the_socket_figures_come_by_asking_every_two_seconds(look: Open, busy: Seats, watched: Watched) -> None:
    watched.excused += ["WebSocket", "ERR_"]
    page = look(busy, goes=False)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/snapshot" in request.url else None)
    page.route_web_socket(re.compile(r"/api/live$"), lambda socket: socket.close(code=1011))
    page.clock.install()
    page.goto(busy.address)
    page.clock.run_for(3_000)
    expect(page.get_by_test_id("line")).to_have_attribute("data-health", "polling")
    equity = page.get_by_test_id("equity")
    shown = equity.inner_text()
    expect(equity).not_to_have_text(shown)
    go(page, "deployments")
    card = page.locator("[data-testid=deployment][data-id=dips]")
    expect(card.get_by_test_id("mode-badge")).to_have_attribute("data-deployed", "true")
    headers = {"x-openbell-csrf": api(page, "/api/session")["csrf"], "origin": busy.address.rstrip("/")}
    for kind, status, is_deployed in (("pause", "paused", "false"), ("resume", "active", "true")):
        told = {"state": "rehearsal", "kind": kind, "scope": "deployment:dips", "reason": "looked at it"}
        reply = page.request.post(f"{busy.address}api/command", data=told, headers=headers)
        assert reply.ok, reply.text()
        expect(card.get_by_test_id("status")).to_have_attribute("data-status", status)
        expect(card.get_by_test_id("mode-badge")).to_have_attribute("data-deployed", is_deployed)
    go(page, "positions")
    px = page.get_by_test_id("row").first.locator("[data-column=px]")
    worth = px.inner_text()
    expect(px, "positions are among what is asked for").not_to_have_text(worth)
    # By the page's own clock, which stands now and is moved by hand.
    page.clock.pause_at(page.evaluate("Date.now()") + 5_000)
    asked.clear()
    for _ in range(60):
        page.clock.run_for(100)
        page.evaluate("fetch('/api/health').then((one) => one.text())")
    assert 2 <= len(asked) <= 3, "in six seconds"


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


def test_S2_104_a_killed_engine_turns_the_page_of_health_and_the_address_red(
    look: Open, tmp_path: Path, chromium: Browser
) -> None:
    file = write(tmp_path)
    with (
        begin(tmp_path, "run", file, "--state", tmp_path / "rehearsal") as run,
        served(tmp_path, has_link=True) as told,
    ):
        try:
            state = tmp_path / "rehearsal"
            until(lambda: states.runner(state) != 0 and read_pulse(state) is not None, "an engine")
            page = inside(look(Seats(told, chromium)))
            engine = page.get_by_test_id("health").locator("li").nth(1)
            expect(engine).to_have_class("is-good")
            health = f"{told.address}health"
            assert page.request.get(health).status == 200
            os.kill(states.runner(state), signal.SIGKILL)
            # Within a minute is what is asked; it takes a second or two.
            expect(engine).to_have_class("is-bad", timeout=60_000)
            answer = page.request.get(health)
            assert (answer.status, [one["what"] for one in answer.json()["faults"]]) == (503, ["engine_gone"])
            page.close()
        finally:
            run.kill()
            run.communicate()


def test_a_journal_that_goes_on_says_how_much_newer_is_not_in_the_list(look: Open, busy: Seats) -> None:
    page = inside(look(busy))
    go(page, "journal")
    expect(page.get_by_test_id("newer")).to_contain_text("newer records")
    first = page.get_by_test_id("record").first.locator(".record-seq")
    before = int(first.inner_text().removeprefix("#"))
    page.get_by_test_id("newer").get_by_role("button").click()
    expect(first).not_to_have_text(f"#{before}")
    assert int(first.inner_text().removeprefix("#")) > before


def test_the_curve_goes_on_to_its_newest_point(look: Open, busy: Seats) -> None:
    page = inside(look(busy))
    drawn = page.get_by_test_id("equity-plot").locator("[data-until]")

    def until_s() -> float:
        return float(drawn.get_attribute("data-until") or 0)

    # Several points come between two frames; a curve that took that for a zoom stood still for ever.
    until(lambda: until_s() > 0, "the curve")
    before = until_s()
    until(lambda: until_s() > before + 3000, "most of an hour of the curve")
