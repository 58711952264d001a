"""A mailbox is read: what is new, the newest first, with a sender only where there is one, and nothing is changed."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from openbell.core.types import NS
from openbell.edges.alerts import inbox
from openbell.edges.alerts.inbox import Came, Inbox, Place, visit
from openbell.edges.alerts.letter import NotNow
from tests.edges.alerts.fakes import PostBox, post_box

AT = datetime(2026, 11, 21, 9, 30, 5, tzinfo=UTC)


def read(
    fill: Callable[[PostBox], None], place: Place | None = None, **fields: object
) -> tuple[Place, list[Came], list[str]]:
    """Return the new place, what came, and what was asked."""

    async def play() -> tuple[Place, list[Came], list[str]]:
        async with post_box() as there:
            fill(there)
            usual = {"user": there.login[0], "password": there.login[1], "security": "none", "timeout": "5s"}
            box = Inbox(server="127.0.0.1", port=there.port, **{**usual, **fields})
            return *await asyncio.to_thread(visit, box, place or Place(validity=7)), there.asked

    return asyncio.run(play())


def test_what_is_new_comes_the_newest_first_with_sender_subject_and_instant() -> None:
    def fill(there: PostBox) -> None:
        there.put("a@example.com", "one")
        there.put("Me <me@example.com>", "=?utf-8?q?ST=4FP_=E2=82=AC?=", AT)
        there.put("me@example.com, other@example.com", "three")

    place, found, asked = read(fill, Place(validity=7, last=1))
    assert place == Place(validity=7, last=3)
    assert [(one.sender, one.subject) for one in found] == [("", "three"), ("me@example.com", "STOP \u20ac")]
    assert found[1].arrived == int(AT.timestamp()) * NS
    assert not any(word in " ".join(asked) for word in ("STORE", "EXPUNGE", "SELECT ", "BODY["))


def test_nothing_new_is_nothing_though_the_mailbox_names_its_last_mail() -> None:
    place, found, _ = read(lambda there: there.put("a@example.com", "one"), Place(validity=7, last=1))
    assert (place.last, found) == (1, [])


@pytest.mark.parametrize("place", [Place(), Place(validity=6, last=99)], ids=["first", "made anew"])
def test_a_mailbox_that_is_not_known_begins_with_what_comes_from_then_on(place: Place) -> None:
    assert read(lambda there: there.put("a@example.com", "STOP"), place)[:2] == (Place(validity=7, last=1), [])


def test_a_flood_hides_nothing_that_comes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "MOST", 3)

    def fill(there: PostBox) -> None:
        for n in range(9):
            there.put("a@example.com", f"n{n}")

    place, found, _ = read(fill)
    assert ([one.subject for one in found], place.last) == (["n8", "n7", "n6"], 9)


@pytest.mark.parametrize(
    ("lines", "is_checked"),
    [
        ((), False),
        (("Authentication-Results: mx.example.com; dkim=fail; spf=pass",), False),
        (("Authentication-Results: mx.example.com; dkim=pass header.i=@example.com",), True),
        (("Authentication-Results: mx.example.com; spf=fail; dmarc=pass",), True),
        (("Authentication-Results: evil.example; dmarc=pass",), False),
        (("Authentication-Results: mx.example.com; dmarc=fail", "Authentication-Results: mx.example.com; dmarc=pass"), False),
    ],
)  # fmt: skip
def test_only_the_first_line_of_the_server_that_checks_counts(lines: tuple[str, ...], is_checked: bool) -> None:
    _, (came,), _ = read(lambda there: there.put("me@example.com", "x", AT, *lines), checked_by="mx.example.com")
    assert came.is_checked is is_checked


def test_a_mailbox_that_cannot_be_read_says_why_without_a_secret() -> None:
    with pytest.raises(NotNow, match="refuses user, password or folder") as fault:
        read(lambda _: None, password="canary-17")
    assert "canary" not in str(fault.value)
    with pytest.raises(NotNow, match="the line to the mailbox failed"):
        visit(Inbox(server="127.0.0.1", port=1, security="none"), Place())
    with pytest.raises(NotNow, match="certificate|line"):
        read(lambda _: None, security="tls")
