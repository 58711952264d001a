"""A chat may ask and stop: allowed users alone, a code for what matters, everything written down, nothing twice."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from openbell.core.types import NS
from openbell.edges.alerts import telegram
from openbell.run.alerts import control as controls
from openbell.run.alerts.control import CODE_NS, STALE_S, Control, Word, words_of
from openbell.run.alerts.watch import Kept, Watch
from openbell.run.clock import FakeClock
from openbell.run.state import commands
from tests.checklist.market import LONG, Market
from tests.edges.alerts.fakes import Asked, front
from tests.run.alerts.stage import NOW, market


class Chat:
    """A control over a run that holds something, and what it wrote down."""

    def __init__(self, folder: Path, api: str = "http://127.0.0.1:1") -> None:
        self.made: Market = market(folder, "[]", ((100, LONG), 100, 103))
        self.watch = Watch(self.made.state, Kept())
        self.watch.look(10_000)
        self.clock = FakeClock(NOW)
        self.written: list[tuple[str, str, str]] = []
        options = telegram.Config(token="1:a", chats=("7",), control=("7",), api=api)
        write = lambda *words: self.written.append(words)  # noqa: E731
        self.control = Control(options, self.made.state, self.watch, self.clock, write)

    def say(self, text: str, user: str = "7", age_s: int = 0) -> str:
        word = Word(update=1, user=user, chat=user, date=self.clock.now() // NS - age_s, text=text)
        return asyncio.run(self.control.obey(word))

    def left(self) -> list[tuple[str, str, int | None]]:
        return [(one.kind, one.actor, one.tier) for _, one in commands(self.made.state) if one is not None]


@pytest.fixture
def chat(tmp_path: Path) -> Any:
    made = Chat(tmp_path)
    yield made
    made.watch.close()


def test_questions_are_answered_from_the_book(chat: Chat) -> None:
    assert "mode sim" in chat.say("/status")
    assert chat.say("/positions").split(" at ")[0].endswith(" AAA")
    assert "since the start" in chat.say("/pnl")
    assert "ended as" in chat.say("/why aaa")
    assert chat.say("/why ZZZ").startswith("nothing was decided on ZZZ")
    assert "/kill" in chat.say("/help")
    assert chat.say("/sell everything").startswith("unknown word")
    assert chat.left() == []


def test_a_pause_is_given_at_once(chat: Chat) -> None:
    assert chat.say("/pause").startswith("/pause: ")
    assert chat.left() == [("pause", "telegram 7", None)]
    assert chat.written[-1][:2] == ("7", "pause")


@pytest.mark.parametrize(
    ("words", "kind", "tier"), [("/kill", "kill", 2), ("/kill close", "kill", 3), ("/resume", "resume", None)]
)
def test_what_matters_needs_a_code_that_works_once(chat: Chat, words: str, kind: str, tier: int | None) -> None:
    asked = chat.say(words)
    assert chat.left() == []
    code = next(word for word in asked.split() if word.isdigit() and len(word) == 6)
    assert chat.say(f"{words} {code}").startswith(f"/{kind}: ")
    assert chat.left() == [(kind, "telegram 7", tier)]
    assert "wrong, used or too old" in chat.say(f"{words} {code}")
    assert len(chat.left()) == 1


def test_a_code_is_for_its_words_its_user_and_a_minute(chat: Chat) -> None:
    def code(words: str) -> str:
        return next(word for word in chat.say(words).split() if word.isdigit() and len(word) == 6)

    assert "wrong" in chat.say(f"/kill close {code('/kill')}")
    assert "wrong" in chat.say(f"/kill {code('/kill')}", user="8")
    late = code("/kill")
    chat.clock.sleep(CODE_NS + 1)
    assert "wrong" in chat.say(f"/kill {late}")
    assert "wrong" in chat.say("/kill 000000")
    right = code("/kill")
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    assert "wrong" in chat.say(f"/kill {wrong}")
    assert "wrong" in chat.say(f"/kill {right}"), "a wrong try uses the code up"
    assert chat.left() == []


def test_an_old_word_is_not_obeyed(chat: Chat) -> None:
    assert "not obeyed" in chat.say("/pause", age_s=STALE_S + 1)
    assert chat.left() == []
    assert chat.written[-1][1:] == ("pause", "ignored: it is too old")


def test_an_unknown_user_gets_no_answer_and_is_written_down(chat: Chat) -> None:
    word = Word(update=1, user="666", chat="666", date=NOW // NS, text="/kill")
    asyncio.run(chat.control._answer(word))
    assert chat.written == [("666", "unknown", "ignored: this user is on no list")]
    assert chat.left() == []


def test_words_come_from_the_bot_api_once_and_are_answered_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controls, "AGAIN_S", 0.01)

    async def play() -> None:
        async with front() as there:
            chat = Chat(tmp_path, there.url)
            kept: list[int] = []
            sent = {"update_id": 41, "message": {
                "from": {"id": 7}, "chat": {"id": 7}, "date": NOW // NS, "text": "/status@bot"}}  # fmt: skip
            stranger = {
                "update_id": 42,
                "message": {"from": {"id": 666}, "chat": {"id": 666}, "date": 1, "text": "/kill"},
            }
            done, over = asyncio.Event(), asyncio.Event()

            async def updates(asked: Asked) -> Any:
                from aiohttp import web

                if asked.body["offset"] == 0:
                    return web.json_response({"ok": True, "result": [sent, stranger, {"update_id": "x"}]})
                done.set()
                await over.wait()
                return web.json_response({"ok": True, "result": []})

            there.by_path["/bot1:a/getUpdates"] = updates
            running = asyncio.create_task(chat.control.run(kept.append))
            await asyncio.wait_for(done.wait(), 300)
            running.cancel()
            await asyncio.wait([running])
            over.set()
            (answer,) = there.taken
            assert (answer.path, answer.body["chat_id"]) == ("/bot1:a/sendMessage", "7")
            assert answer.body["text"].startswith("mode sim")
            assert kept == [42, 43]
            assert chat.written == [("666", "unknown", "ignored: this user is on no list")]
            chat.watch.close()

    asyncio.run(play())


@pytest.mark.parametrize("answer", [None, [], {}, {"result": [{}]}, {"result": [{"update_id": 1, "message": 3}]}])
def test_an_answer_that_is_none_holds_no_words(answer: Any) -> None:
    assert words_of(json.loads(json.dumps(answer))) == []
