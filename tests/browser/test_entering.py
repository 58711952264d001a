"""Coming in and going out: the first password, the second factor, the link, and what is asked for anew."""

from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect

from openbell.run.web.serve import Told
from tests.browser.conftest import Open, Watched
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
