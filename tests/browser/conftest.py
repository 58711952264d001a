"""The Chromium of this machine, and pages that tell of everything the browser complains about."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

from openbell.run.web.serve import Told
from tests.browser.room import engine, played, served, write

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
"""What a Chromium may be called; OPENBELL_CHROMIUM names another."""
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run",
    "--disable-sync", "--disable-dev-shm-usage", "--font-render-hinting=none",
]  # fmt: skip
PATIENCE_MS = 60_000

Open = Callable[..., "Page"]


def found() -> str | None:
    """Return the Chromium of this machine, None where there is none."""
    named = os.environ.get("OPENBELL_CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Start a browser; nothing is ever downloaded for it."""
    path = found()
    if path is None:
        pytest.skip("no Chromium on this machine; `apt-get install chromium`, or name one in OPENBELL_CHROMIUM")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Watched:
    """What the browser complains of, and whom it asks.

    Attributes:
        complaints: Errors, warnings and hosts that are not ours. excused: Parts of complaints that a test brings about.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.complaints: list[str] = []
        self.excused: list[str] = []

    def over(self, context: BrowserContext, host: str) -> None:
        """Watch every page of a browser's context."""

        def heard(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                self.complaints.append(message.text)

        def asked(request: Request) -> None:
            there = urlsplit(request.url)
            if there.scheme not in {"blob", "data"} and there.netloc != host:
                self.complaints.append(f"another host: {request.url}")

        context.on("console", heard)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", asked)

    @property
    def unexcused(self) -> list[str]:
        """What no test has brought about."""
        return [one for one in self.complaints if not any(part in one for part in self.excused)]


@pytest.fixture
def watched() -> Iterator[Watched]:
    """Fail a test in which the browser had something to complain of."""
    watch = Watched()
    yield watch
    assert watch.unexcused == []


@pytest.fixture
def look(chromium: Browser, watched: Watched) -> Iterator[Open]:
    """Return a way to open pages: look(address, width=…, height=…, theme=…, language=…) and more of a context."""
    contexts: list[BrowserContext] = []

    def opened(seats: Seats | str, *, size: tuple[int, int] = (1280, 800), goes: bool = True, **more: object) -> Page:
        address = seats if isinstance(seats, str) else seats.address
        if isinstance(seats, Seats):
            more["storage_state"] = seats.session
        settings = {name: more.pop(name) for name in ("theme", "language", "palette", "motion") if name in more}
        width, height = size
        # A badge that pulses is drawn sixty times a second by this machine's processor: only who looks at it has it.
        more.setdefault("reduced_motion", "reduce")
        context = chromium.new_context(
            viewport={"width": width, "height": height}, timezone_id="UTC", locale="en-US", **more
        )
        context.set_default_timeout(PATIENCE_MS)
        watched.over(context, urlsplit(address).netloc)
        if settings:
            text = ",".join(f'"{name}":"{value}"' for name, value in settings.items())
            context.add_init_script(f"try {{ localStorage.setItem('openbell.settings', '{{{text}}}') }} catch {{}}")
        contexts.append(context)
        page = context.new_page()
        if goes:
            page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Path]:
    """Return the state of a run that trades in a process of its own."""
    state = tmp_path_factory.mktemp("home") / "rehearsal"
    with engine(write(state.parent), state):
        yield state


@pytest.fixture(scope="package")
def still(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Path:
    """Return the state of a run that has ended; tests read it and change nothing."""
    return played(tmp_path_factory.mktemp("still"))


class Seats:
    """A server's address, and how to take a seat there more than once with the one link that it gives."""

    def __init__(self, told: Told, chromium: Browser) -> None:
        """Come in by the link, once."""
        self.address = told.address
        context = chromium.new_context()
        page = context.new_page()
        page.goto(told.link)
        expect(page.get_by_test_id("line")).to_be_attached(timeout=PATIENCE_MS)
        self.session = context.storage_state()
        context.close()


@pytest.fixture(scope="module")
def busy(moving: Path, chromium: Browser) -> Iterator[Seats]:
    """Serve the run that trades."""
    with served(moving.parent, has_link=True) as told:
        yield Seats(told, chromium)


@pytest.fixture(scope="package")
def quiet(still: Path, chromium: Browser) -> Iterator[Seats]:
    """Serve the run that has ended."""
    with served(still.parent, has_link=True) as told:
        yield Seats(told, chromium)
