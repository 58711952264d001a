"""Canaries: secrets that must not be found in anything that is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.edges.logs.redact import MASK, Redactor

CANARY = "canary-7f3a9c21e4"


@pytest.mark.parametrize(
    "text",
    [
        f"connecting to wss://user:{CANARY}@venue.example/stream",
        f"GET /orders?api_key={CANARY}&symbol=AAPL",
        f'{{"password": "{CANARY}", "user": "ann"}}',
        f"Authorization: Bearer {CANARY}",
        f"appsecret={CANARY}",
        f"access-key: {CANARY}",
        "https://api.telegram.org/bot123456789:AAH" + "x" * 32 + "/sendMessage",
        "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    ],
)
def test_secrets_of_a_known_shape_are_found_in_any_text(text: str) -> None:
    told = Redactor().text(text)
    assert CANARY not in told and "AAHxxx" not in told and "dozjg" not in told
    assert MASK in told


def test_what_is_no_secret_stays() -> None:
    for text in ("fill BUY 10 AAPL at 273.20", "12:30:15 order ABCDEF-12 accepted", "key R204 max_position", "a: b@c"):
        assert Redactor().text(text) == text


letters = st.characters(exclude_characters="*")
"""A secret of stars cannot be told from its mask."""


@given(st.text(letters, min_size=4, max_size=40), st.text(letters, max_size=30), st.text(letters, max_size=30))
def test_a_known_secret_stands_nowhere(secret: str, before: str, after: str) -> None:
    fields = {"event": before + secret + after, "deep": {"list": [secret, {"x": secret}]}, "error": secret * 2}
    told = Redactor([secret])(None, "info", fields)
    assert secret not in MASK and all(secret not in text for text in _texts(told))


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [str(value)]


def test_a_field_with_a_secrets_name_is_masked_whatever_it_holds() -> None:
    told = Redactor()(None, "info", {"api_key": CANARY, "AppSecret": 12345678, "token": {"a": CANARY}, "passwd": None})
    assert told == {"api_key": MASK, "AppSecret": MASK, "token": {"a": MASK}, "passwd": None}


def test_a_short_word_is_not_cut_out_of_others() -> None:
    assert Redactor(["abc", ""]).text("abcd") == "abcd"
    assert Redactor(["abcd", "abcdef"]).text("abcdef abcd") == f"{MASK} {MASK}"
