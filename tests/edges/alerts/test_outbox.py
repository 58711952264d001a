"""The outbox keeps what was told once, and what is to be sent in order, whole or not at all."""

import sqlite3
from pathlib import Path

import pytest

from openbell.edges.alerts import outbox as box
from openbell.edges.alerts.outbox import SENDING, SENT, Outbox, Row
from tests.edges.alerts.fakes import letter


def row(mark: str, **fields: object) -> Row:
    given = {
        "mark": mark, "seq": 1, "ts": 2, "wall": 3, "level": "info", "kind": "order", "event": "signal", "key": "k",
        "title": "t", "text": "x", "fields": {"a": "1"},
    }  # fmt: skip
    return Row(**{**given, **fields})


def test_a_message_of_one_mark_is_there_once(tmp_path: Path) -> None:
    with Outbox(tmp_path) as outbox:
        assert outbox.history.add(row("a")) == 1
        assert outbox.history.add(row("a", text="other")) == 0
        assert outbox.history.add(row("b")) > 1
        assert [one.mark for one in outbox.history.rows()] == ["b", "a"]
        (first,) = outbox.history.rows("id = ?", (1,))
        assert (first.fields, first.text) == ({"a": "1"}, "x")


def test_a_change_is_whole_or_not_at_all(tmp_path: Path) -> None:
    with Outbox(tmp_path) as outbox:
        with pytest.raises(KeyError), outbox.change():
            outbox.history.add(row("a"))
            outbox.keep("place", b"7")
            raise KeyError
        assert (outbox.history.rows(), outbox.kept("place")) == ([], None)
        with outbox.change():
            outbox.keep("place", b"7")
    with Outbox(tmp_path) as again:
        assert again.kept("place") == b"7"


def test_letters_of_a_target_are_numbered_and_come_in_order(tmp_path: Path) -> None:
    with Outbox(tmp_path) as outbox:
        for name in ("one", "two"):
            outbox.queue.line_up("mail", name, letter(mark=f"{name}-1"), 5)
            outbox.queue.line_up("mail", name, letter(mark=f"{name}-2"), 5)
        first = outbox.queue.first("mail", "two")
        assert first is not None
        assert (first.letter.mark, first.letter.number, first.id) == ("two-1", 3, 3)
        first.state = SENDING
        outbox.queue.change(first)
        still = outbox.queue.first("mail", "two")
        assert still is not None
        assert (still.id, still.state) == (3, SENDING)
        first.state = SENT
        outbox.queue.change(first)
        then = outbox.queue.first("mail", "two")
        assert then is not None
        assert then.letter.mark == "two-2"
        assert outbox.queue.first("sms", "two") is None


def test_what_is_held_is_released_when_it_is_due(tmp_path: Path) -> None:
    with Outbox(tmp_path) as outbox:
        for number, due in ((4, 10), (5, 20)):
            outbox.queue.hold(number, "mail", due)
        assert (outbox.queue.held_until("mail"), outbox.queue.held_until("sms")) == (10, 0)
        assert outbox.queue.release("mail", 15) == [4]
        assert outbox.queue.held_until("mail") == 20


def test_the_oldest_are_forgotten_and_what_is_to_be_sent_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(box, "KEPT", 3)
    with Outbox(tmp_path) as outbox:
        for n in range(10):
            outbox.history.add(row(str(n)))
            outbox.queue.line_up("mail", "a", letter(mark=str(n)), 1)
        for item in outbox.queue.items("id > 2"):
            item.state = SENT
            outbox.queue.change(item)
        outbox.forget()
        assert [one.mark for one in outbox.history.rows()] == ["9", "8", "7"]
        assert [item.id for item in outbox.queue.items("1")] == [1, 2, 8, 9, 10]


def test_its_file_is_for_its_owner_alone_and_what_is_none_is_refused(tmp_path: Path) -> None:
    with Outbox(tmp_path):
        assert (tmp_path / box.NAME).stat().st_mode & 0o077 == 0
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / box.NAME).write_bytes(b"this is no database" * 100)
    with pytest.raises(sqlite3.DatabaseError):
        Outbox(tmp_path / "other")


def test_a_message_is_followed_over_every_channel_that_it_takes(tmp_path: Path) -> None:
    with Outbox(tmp_path) as outbox:
        first, second = outbox.history.add(row("a")), outbox.history.add(row("b"))
        outbox.queue.line_up("phone", "t", letter(), 5, (first,))
        outbox.queue.line_up("mail", "t", letter(), 5, (first, second))
        outbox.queue.hold(second, "phone", 99)
        (item,) = outbox.queue.items("channel = 'phone'")
        item.state, item.tries, item.done = SENT, 2, 7
        outbox.queue.change(item)
        ways = [(one.alert, one.channel, one.state, one.tries, one.ts) for one in outbox.queue.ways([first, second])]
        assert ways == [
            (first, "phone", "sent", 2, 7), (first, "mail", "waiting", 0, 0), (second, "mail", "waiting", 0, 0),
            (second, "phone", "held", 0, 99),
        ]  # fmt: skip
        assert outbox.queue.ways([]) == []
        assert outbox.queue.load() == {"phone": (0, 7), "mail": (1, 0)}
        assert outbox.history.count("acked = 0") == 2


def test_a_wish_is_open_until_it_is_answered_or_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box, "KEPT_WISHES", 1)
    with Outbox(tmp_path) as outbox:
        old, new = outbox.wishes.add("phone", "me", 10), outbox.wishes.add("mail", "me", 20)
        assert [one.id for one in outbox.wishes.open(0)] == [old, new]
        (wish,) = outbox.wishes.open(11)
        wish.done, wish.answer = 30, "[]"
        outbox.wishes.answer(wish)
        assert (outbox.wishes.open(11), outbox.wishes.one(new)) == ([], wish)
        outbox.forget()
        assert outbox.wishes.open(0) == []
