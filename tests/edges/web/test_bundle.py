"""The page as it is committed: complete, of one host, without inline code, within its budget, made from its sources."""

import gzip
import hashlib
import importlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.edges.web.saying import alerts, rules, words

ROOT = Path(__file__).parents[3]
STATIC = ROOT / "src/openbell/edges/web/static"
SOURCES = ROOT / "web"
PACKAGE = ROOT / "src/openbell"
SCRIPT_BYTES = 200_000
"""All script together, gzipped; a page that opens at once on a phone."""
ADDRESS = re.compile(r"\bhttps?://([\w.-]+)")
NAMED = {
    "www.w3.org": "names of XML namespaces; nothing is fetched from there",
    "react.dev": "where React's messages are explained",
    "www.tradingview.com": "a link on the settings page, which the licence of the chart asks for",
}
ASKING = re.compile(
    r"""(?:fetch|importScripts|EventSource|sendBeacon|WebSocket|\bopen)\(\s*["'`](?:https?:|wss?:)?//"""
)


class Page(HTMLParser):
    """Collects what a document refers to and what it holds inline."""

    def __init__(self) -> None:
        super().__init__()
        self.references: list[str] = []
        self.inline: list[str] = []
        self._open: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        self._open = tag if tag in ("script", "style") else None
        for name, value in attrs:
            if name in ("src", "href"):
                self.references.append(value or "")
            if name.startswith("on") or name == "style":
                self.inline.append(f"<{tag} {name}>")

    def handle_data(self, data: str) -> None:
        """Note text within script or style."""
        if self._open is not None and data.strip():
            self.inline.append(f"<{self._open}>{data.strip()[:40]}")

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        self._open = None


def parsed(text: str) -> Page:
    page = Page()
    page.feed(text)
    return page


def scripts() -> list[Path]:
    return sorted(STATIC.glob("**/*.js"))


def texts() -> list[Path]:
    return sorted(path for path in STATIC.rglob("*") if path.suffix in (".js", ".css", ".html", ".svg", ".json"))


def test_the_document_leads_to_files_that_are_there() -> None:
    references = parsed((STATIC / "index.html").read_text(encoding="utf-8")).references
    assert len([one for one in references if one.endswith(".js")]) >= 1
    assert "/static/styles.css" in references
    for one in references:
        assert one.startswith("/static/")
        assert (STATIC / one.removeprefix("/static/")).is_file(), one


def test_the_document_holds_no_inline_script_style_or_handler() -> None:
    assert parsed((STATIC / "index.html").read_text(encoding="utf-8")).inline == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<script>alert(1)</script>", ["<script>alert(1)"]),
        ("<style>a{}</style>", ["<style>a{}"]),
        ('<p onclick="go()" style="color:red">', ["<p onclick>", "<p style>"]),
        ('<script src="/static/a.js"></script><p>text</p>', []),
    ],
)
def test_inline_code_is_found(text: str, found: list[str]) -> None:
    assert parsed(text).inline == found


def test_every_file_that_a_script_imports_is_there() -> None:
    for path in scripts():
        for name in re.findall(r"""(?:from|import)\s*\(?["'`]\./([\w.-]+)["'`]""", path.read_text(encoding="utf-8")):
            assert (path.parent / name).is_file(), f"{path.name} imports {name}"


def test_no_other_host_is_asked() -> None:
    for path in texts():
        text = path.read_text(encoding="utf-8")
        assert set(ADDRESS.findall(text)) <= set(NAMED), path.name
        assert not ASKING.search(text), path.name


def test_style_sheets_fetch_nothing_from_elsewhere() -> None:
    for path in STATIC.glob("**/*.css"):
        text = path.read_text(encoding="utf-8")
        assert "@import" not in text
        assert [one for one in re.findall(r"url\(([^)]*)\)", text) if not one.startswith("/static/")] == []


def test_nothing_is_made_into_code_at_run_time() -> None:
    for path in scripts():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?<![\w.$])eval\(|new Function\(", text), path.name


def source() -> str:
    """Return the code with its strings as they are said: put together, and what is filled in as a bare place."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py")))
    joined = re.sub(r"\"\s*\n\s*f?\"", "", text)
    # Braces are also of what is no place: what stands in them is said as well.
    return re.sub(r"\{[^{}\n]*\}", "{}", joined) + joined


def pattern_of(text: str) -> re.Pattern[str]:
    """Return what a sentence with places in it matches."""
    return re.compile(".+?".join(map(re.escape, re.split(r"\{\w+\}", text))))


def test_each_sentence_that_the_page_translates_is_one_that_the_server_says() -> None:
    code, english = source(), json.loads((STATIC / "en.json").read_text(encoding="utf-8"))
    said = {name: text for name, text in english.items() if name.startswith("said.")}
    assert len(said) > 80
    heard = [*alerts(), *words(), *(text for _, text in rules())]
    for name, text in said.items():
        if any(pattern_of(text).fullmatch(one) for one in heard):
            continue
        parts = [part.strip(" ;,.:") for part in re.split(r"\{\w+\}", text.replace("`", ""))]
        longest = max(parts, key=len)
        # What depends on an option is put together from pieces.
        pieces = re.split(r"(?<=risk) | (?=after )|^Mode \w+\. |^OFF, ", longest)
        assert all(piece in code.replace("`", "") for piece in pieces if piece), f"{name}: nobody says {longest!r}"


def test_every_strategy_is_told_in_the_language_of_the_page() -> None:
    english = json.loads((STATIC / "en.json").read_text(encoding="utf-8"))
    patterns = [pattern_of(text) for name, text in english.items() if name.startswith("said.")]
    for place in sorted((PACKAGE / "parts" / "strategies").glob("[a-z]*.py")):
        if place.stem != "__init__":
            module = importlib.import_module(f"openbell.parts.strategies.{place.stem}")
            first = str(module.__doc__).splitlines()[0]
            assert any(one.fullmatch(first) for one in patterns), f"{place.stem}: {first}"


def test_the_script_stays_within_its_budget() -> None:
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in scripts()}
    assert "live_trading.js" in sizes
    assert sum(sizes.values()) <= SCRIPT_BYTES, sizes


def test_each_mode_has_its_icon_with_and_without_a_deployment() -> None:
    for colour in ("blue", "red", "grey"):
        for state in ("", "-on"):
            assert (STATIC / f"icon-{colour}{state}.svg").is_file()


def test_the_bundle_was_made_from_the_sources_beside_it() -> None:
    found = [path for folder in ("src", "public") for path in (SOURCES / folder).rglob("*") if path.is_file()]
    found += [SOURCES / name for name in ("index.html", "package-lock.json", "vite.config.ts")]
    names = sorted(path.relative_to(SOURCES).as_posix() for path in found)
    digest = hashlib.sha256()
    for name in names:
        digest.update(f"{name}\0".encode() + (SOURCES / name).read_bytes() + b"\0")
    stamp = json.loads((STATIC / "sources.json").read_text(encoding="utf-8"))
    assert stamp == {"sha256": digest.hexdigest(), "files": len(names)}, "the bundle is old: run `make web`"
