"""No key of anybody stands in the repository: what looks like one is found wherever it stands."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import ROOT, expect_none

PLACES = (
    "src",
    "tests",
    "docs",
    "examples",
    "tools",
    "web/src",
    "web/public",
    "web/mock",
    "web/tests",
    ".ci",
    ".github",
)
SHAPES = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}"),
    "a key of AWS": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a key of Alpaca": re.compile(r"\b(?!AKIA)[AP]K(?=[A-Z0-9]*\d)[A-Z0-9]{18}\b"),
    "a key of Binance": re.compile(r"(?i)binance[^\n]{0,40}[\"'=:\s]([A-Za-z0-9]{64})\b"),
    "a token of a Telegram bot": re.compile(r"\b\d{8,10}:[A-Za-z0-9_-]{35}\b"),
    "a token of GitHub, Slack or Stripe": re.compile(r"\b(?:gh[pousr]_\w{36}|xox[baprs]-\w{10,}|sk_live_\w{16,})\b"),
}


def find_secrets(name: str, text: str) -> Iterator[str]:
    """Yield what looks like somebody's key."""
    for what, shape in SHAPES.items():
        for found in shape.finditer(text):
            yield f"{name}:{text.count(chr(10), 0, found.start()) + 1}: looks like {what}"


def files() -> Iterator[Path]:
    yield from (path for path in ROOT.iterdir() if path.is_file() and not path.name.startswith(".git"))
    for place in PLACES:
        yield from (path for path in (ROOT / place).rglob("*") if path.is_file() and path.suffix != ".pyc")


def test_no_file_holds_what_looks_like_a_key() -> None:
    expect_none(
        [
            one
            for path in files()
            for one in find_secrets(str(path.relative_to(ROOT)), path.read_bytes().decode("utf-8", "ignore"))
        ]
    )


@pytest.mark.parametrize(
    "planted",
    [
        "-----BEGIN " + "PRIVATE KEY-----\n" + "Q" * 64, "AKIA" + "ABCD1234" * 2, "key: PK" + "A1B2C3" * 3,
        'BINANCE_SECRET="' + "aZ09" * 16 + '"', "12345678" + "9:" + "Ab-_3" * 7, "ghp_" + "a1" * 18,
    ],
)  # fmt: skip
def test_a_planted_key_is_found(planted: str) -> None:
    assert len(list(find_secrets("x", f"first\n{planted}\n"))) == 1
