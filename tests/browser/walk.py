"""How a person gets about in the page, and what comes over its wire."""

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, Route, WebSocketRoute, expect

PAGES = (
    "overview", "deployments", "positions", "orders", "chart", "history", "decisions", "risk", "alerts", "journal",
    "strategies", "settings",
)  # fmt: skip


def inside(page: Page) -> Page:
    """Return the page once it shows a run over a live line."""
    expect(page.get_by_test_id("line")).to_have_attribute("data-health", re.compile("live|ended"))
    expect(page.get_by_test_id("mode-badge").first).to_be_attached()
    return page


def go(page: Page, name: str) -> None:
    """Go to a page of the room by its link."""
    page.get_by_test_id(f"nav-{name}").click()
    expect(page.get_by_test_id(f"nav-{name}")).to_have_attribute("aria-current", "page")


def api(page: Page, path: str, **query: str) -> Any:
    """Return what the server answers to the session of a page."""
    origin = page.evaluate("location.origin")
    reply = page.request.get(f"{origin}{path}", params=query)
    assert reply.ok, reply.text()
    return reply.json()


def cell(row: Locator, column: str) -> Locator:
    """Return one column of a row."""
    return row.locator(f"[data-column={column}]")


def rewire(page: Page, change: Callable[[Any], Any]) -> None:
    """Have everything that a page is told of runs changed on its way; to be called before it is told anything."""

    def answer(route: Route) -> None:
        reply = route.fetch()
        is_json = reply.headers.get("content-type", "").startswith("application/json")
        if is_json and reply.ok:
            route.fulfill(response=reply, json=change(reply.json()))
        else:
            route.fulfill(response=reply)

    page.route(
        re.compile(r"/api/(states|snapshot|decisions|fills|trades|alerts|logs|journal|config|strategies)"), answer
    )
    resocket(page, change)


def resocket(page: Page, change: Callable[[Any], Any]) -> None:
    """Have what comes over a page's socket changed on its way; to be called before there is one."""

    def join(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda text: socket.send(json.dumps(change(json.loads(text)))))

    page.route_web_socket(re.compile(r"/api/live$"), join)


def changed(**part: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a change of what a page is told: of whole sections of a snapshot, by name."""

    def change(data: Any) -> Any:
        if isinstance(data, dict) and data.get("type") == "snapshot":
            return {**data, "data": change(data["data"])}
        if isinstance(data, dict) and "deployments" in data and "accounts" in data:
            return {**data, **{name: make(data[name]) for name, make in part.items()}}
        return data

    return change


def every(data: Any, change: Callable[[str, Any], Any], name: str = "") -> Any:
    """Return a copy in which every value that is no object or list is changed, by the name it stands under."""
    if isinstance(data, dict):
        return {key: every(value, change, key) for key, value in data.items()}
    if isinstance(data, list):
        return [every(value, change, name) for value in data]
    return change(name, data)
