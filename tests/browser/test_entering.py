"""Coming in and going out: the first password, the second factor, the link, and what is asked for anew."""

from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from openbell.run import state as states
from openbell.run.web.serve import Told
from tests.browser.conftest import Open, Seats, Watched
from tests.browser.room import served
from tests.browser.walk import api, go, inside
from tests.run.web.papers import issue

PASSWORD = "seven quiet herons wade"


@pytest.fixture
def room(still: Path, tmp_path: Path) -> Iterator[Told]:
    """Serve the run that has ended to an owner who has not been here yet."""
    with served(tmp_path, only=(still,)) as told:
        yield told


def set_up(page: Page, told: Told) -> None:
    """Choose the first password with the code that the server printed."""
    page.get_by_test_id("code").fill(told.setup_code)
    page.get_by_test_id("password").fill(PASSWORD)
    page.get_by_test_id("again").fill(PASSWORD)
    page.get_by_test_id("enter").click()


def test_the_first_password_then_out_then_in_again(look: Open, room: Told, watched: Watched) -> None:
    watched.excused += ["401", "403"]
    page = look(room.address)
    expect(page.get_by_test_id("setup")).to_be_visible()
    page.get_by_test_id("password").fill("too short")
    expect(page.get_by_test_id("enter")).to_be_disabled()
    set_up(page, room)
    inside(page)
    assert page.evaluate("document.cookie") == ""
    go(page, "settings")
    page.get_by_test_id("logout").click()
    expect(page.get_by_test_id("login")).to_be_visible()
    page.get_by_test_id("password").fill("seven quiet herons fly")
    page.get_by_test_id("enter").click()
    expect(page.get_by_test_id("problem")).to_contain_text("not the password")
    page.get_by_test_id("password").fill(PASSWORD)
    page.keyboard.press("Enter")
    inside(page)
    assert api(page, "/api/session")["scopes"] == ["read", "trade", "admin"]


def test_a_second_factor_is_asked_for_from_then_on(look: Open, room: Told, watched: Watched) -> None:
    watched.excused += ["401"]
    page = look(room.address)
    set_up(page, room)
    go(inside(page), "settings")
    page.get_by_test_id("factor-begin").click()
    secret = page.get_by_test_id("factor-secret").inner_text().replace(" ", "")
    page.get_by_label("Code of your second factor").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Confirm").click()
    codes = page.locator(".codes li")
    expect(codes).to_have_count(10)
    kept = codes.first.inner_text()
    page.get_by_test_id("logout").click()
    page.get_by_test_id("password").fill(PASSWORD)
    page.get_by_test_id("enter").click()
    expect(page.get_by_test_id("problem")).to_be_visible()
    page.get_by_test_id("totp").fill(kept)
    page.get_by_test_id("enter").click()
    inside(page)


def test_a_link_lets_in_once_and_leaves_no_trace_in_the_address(
    look: Open, still: Path, tmp_path: Path, watched: Watched
) -> None:
    watched.excused += ["403", "401", "ERR_CONNECTION_REFUSED"]
    with served(tmp_path, only=(still,), has_link=True) as told:
        page = inside(look(told.link))
        assert "open=" not in page.url
        assert api(page, "/api/session")["scopes"] == ["read", "trade"]
        other = look(told.link)
        expect(other.get_by_test_id("setup")).to_be_visible()


def test_over_TLS_the_page_is_live_and_the_cookie_is_its_own(
    look: Open, still: Path, tmp_path: Path, watched: Watched
) -> None:
    with served(tmp_path, only=(still,), tls=issue(tmp_path), allowed=("127.0.0.1",)) as told:
        assert told.address.startswith("https://")
        page = look(told.address, ignore_https_errors=True)
        set_up(page, told)
        inside(page)
        (cookie,) = page.context.cookies()
        assert cookie["name"].startswith("__Host-")
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")
        page.context.close()


ATTACK = """async (there) => {
  const body = JSON.stringify({state: "rehearsal", kind: "kill", tier: 3, reason: "evil"});
  const tell = (ask) => ask.then((reply) => `${reply.type} ${reply.status}`, () => "refused");
  const [asked, found] = [{method: "POST", credentials: "include", body}, []];
  const json = {"Content-Type": "application/json", "X-OpenBell-CSRF": "guessed"};
  for (const path of ["/api/command", "/api/trading/emergency-stop", "/api/trading/stop/rehearsal:cross"]) {
    found.push(await tell(fetch(there + path, {...asked, mode: "no-cors"})));
    found.push(await tell(fetch(there + path, {...asked, headers: json})));
  }
  found.push(await tell(fetch(`${there}/api/snapshot?state=rehearsal`, {credentials: "include"})));
  found.push(await new Promise((done) => {
    const line = new WebSocket(`${there.replace("http", "ws")}/api/live`);
    line.onopen = () => done("open");
    line.onerror = () => done("refused");
  }));
  return found;
}"""


def test_E9_E10_another_page_of_this_machine_makes_nothing_happen_and_learns_nothing(
    chromium: Browser, quiet: Seats, still: Path
) -> None:
    context = chromium.new_context(storage_state=quiet.session)
    page = context.new_page()
    # Of the same host, on another port: to the browser that is the same site, so that the session's cookie is sent along.
    page.route("http://127.0.0.1:9/*", lambda route: route.fulfill(content_type="text/html", body="<p>evil</p>"))
    page.goto("http://127.0.0.1:9/")
    answered: list[tuple[str, int]] = []
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    page.on("response", lambda reply: answered.append((reply.request.method, reply.status)))
    found = page.evaluate(ATTACK, quiet.address.rstrip("/"))
    # Not even the refusal can be read: no answer of this server is for another origin.
    assert found == ["refused"] * 8
    assert sum(method == "POST" for method in asked) >= 3
    assert {status for method, status in answered if method == "POST"} <= {403}, answered
    assert list(states.commands(still)) == []
    context.close()
