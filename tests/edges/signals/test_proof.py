"""Who signed a signal, and when."""

import pytest

from openbell.core.types import NS
from openbell.edges.signals.proof import AHEAD_NS, instant, is_of_now, is_signed, signature

BODY = b'{"id":"a"}'
GOOD = "sha256=24d16fb59a06bae8d031d22eb88b663480215741cc94a5cd046993fa9ea6ac23"


def test_a_signature_is_what_openssl_makes_of_timestamp_stop_and_body() -> None:
    # printf '%s.%s' 1700000000 '{"id":"a"}' | openssl dgst -sha256 -hmac secret
    assert signature("secret", "1700000000", BODY) == GOOD
    assert is_signed("secret", "1700000000", BODY, GOOD)


@pytest.mark.parametrize(
    ("secret", "timestamp", "body", "given"),
    [
        ("secreT", "1700000000", BODY, GOOD),
        ("secret", "1700000001", BODY, GOOD),
        ("secret", "", BODY, GOOD),
        ("secret", "1700000000", b'{"id":"b"}', GOOD),
        ("secret", "1700000000", BODY + b" ", GOOD),
        ("secret", "1700000000", BODY, GOOD.upper()),
        ("secret", "1700000000", BODY, GOOD.removeprefix("sha256=")),
        ("secret", "1700000000", BODY, GOOD[:-1]),
        ("secret", "1700000000", BODY, ""),
        ("secret", "\udc80", BODY, "\udc80"),
    ],
)
def test_whatever_else_is_not_signed(secret: str, timestamp: str, body: bytes, given: str) -> None:
    assert not is_signed(secret, timestamp, body, given)


@pytest.mark.parametrize("text", ["", "-1", "1.5", " 1", "1\n", "1e3", "٣", "123456789012"])
def test_a_timestamp_is_whole_seconds(text: str) -> None:
    assert instant("1700000000") == 1_700_000_000 * NS
    assert instant(text) is None


@pytest.mark.parametrize(
    ("age", "is_good"),
    [(-AHEAD_NS - 1, False), (-AHEAD_NS, True), (0, True), (30 * NS, True), (30 * NS + 1, False)],
)
def test_it_holds_for_a_while(age: int, is_good: bool) -> None:
    assert is_of_now(1_000 * NS, 1_000 * NS + age, 30 * NS) is is_good
