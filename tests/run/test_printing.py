"""A page is printed by a browser of this machine, or it is said why not."""

from pathlib import Path

import pytest

from openbell.run.printing import CannotPrint, browser, print_page

PRINTS = """#!/bin/sh
for word in "$@"; do
  case "$word" in --print-to-pdf=*) printf '%%PDF-1.4 %s' "$*" > "${word#--print-to-pdf=}";; esac
done
"""


def program(folder: Path, text: str) -> dict[str, str]:
    """Return the environment in which a script prints in the browser's place."""
    file = folder / "chromium"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o755)
    return {"OPENBELL_CHROMIUM": str(file), "PATH": "/usr/bin:/bin"}


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "report.html"
    file.write_text("<h1>Report</h1>", encoding="utf-8")
    return file


def test_the_browser_is_asked_for_that_page_without_head_and_network(tmp_path: Path, page: Path) -> None:
    target = tmp_path / "a.pdf"
    target.write_bytes(b"older")
    print_page(page, target, program(tmp_path, PRINTS))
    words = target.read_text(encoding="utf-8").split()
    assert words[0] == "%PDF-1.4" and words[-1] == page.as_uri()
    assert {"--headless", "--disable-background-networking", "--no-pdf-header-footer"} <= set(words)
    assert [file.name for file in tmp_path.iterdir() if "part" in file.name] == []


@pytest.mark.parametrize(
    ("text", "what"),
    [("#!/bin/sh\nexit 1\n", "did not print the page"), ("#!/bin/sh\nexit 0\n", "printed nothing"),
     (PRINTS.replace("%%PDF", "NONE"), "printed nothing"), ("#!/nowhere/sh\n", "did not print the page")],
)  # fmt: skip
def test_a_browser_that_does_not_print_leaves_what_was_there(tmp_path: Path, page: Path, text: str, what: str) -> None:
    target = tmp_path / "a.pdf"
    target.write_bytes(b"older")
    with pytest.raises(CannotPrint, match=what) as told:
        print_page(page, target, program(tmp_path, text))
    assert target.read_bytes() == b"older" and "print it there" in told.value.advice


def test_without_a_browser_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(CannotPrint, match="no Chromium") as told:
        browser({"PATH": str(tmp_path)})
    assert "OPENBELL_CHROMIUM" in told.value.advice


def test_one_on_the_path_is_found(tmp_path: Path) -> None:
    program(tmp_path, PRINTS)
    assert browser({"PATH": str(tmp_path)}) == str(tmp_path / "chromium")
