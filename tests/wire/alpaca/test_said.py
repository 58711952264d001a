"""What a socket is answered, apart from any socket."""

from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from openbell.wire.alpaca.said import Keys, Said
from openbell.wire.alpaca.stream import Client
from openbell.wire.deeds import DEEDS
from openbell.wire.door import Door
from openbell.wire.log import Log
from openbell.wire.mischief import Mischief
from tests.wire.test_mischief import Small


class Others:
    """Nobody else is connected."""

    def __init__(self, folder: Path) -> None:
        self.keys = Keys("PKTEST", "secret")
        self.door = Door(Mischief([], Small(), DEEDS), Log(folder / "x.log"), lambda: 0)
        self.known: list[Client] = []

    def of(self, feed: str) -> list[Client]:
        return self.known


def client(feed: str) -> Client:
    return Client(1, feed, make_mocked_request("GET", "/"), None)  # type: ignore[arg-type]  # no socket


def say(one: Client, others: Others, action: str, **body: Any) -> list[Any]:
    return Said(one, (action, body), others).answer()


@pytest.mark.parametrize(("key", "secret"), [("PKTEST", "wrong"), ("PKBAD", "secret"), ("", ""), ("ü", "ß")])
def test_wrong_keys_are_told_and_the_socket_is_left(tmp_path: Path, key: str, secret: str) -> None:
    others = Others(tmp_path)
    for feed in ("account", "stocks"):
        one = client(feed)
        told = say(one, others, "auth", key=key, secret=secret)
        assert (one.is_known, one.is_leaving) == (False, True)
        assert "unauthorized" in str(told) or "402" in str(told)


def test_a_feed_takes_one_client_at_a_time(tmp_path: Path) -> None:
    others, one = Others(tmp_path), client("stocks")
    assert say(one, others, "auth", key="PKTEST", secret="secret") == [[{"T": "success", "msg": "authenticated"}]]
    others.known = [one]
    assert say(client("stocks"), others, "auth", key="PKTEST", secret="secret")[0][0]["code"] == 406


def test_a_claim_says_what_was_asked_and_changes_nothing(tmp_path: Path) -> None:
    others, one = Others(tmp_path), client("stocks")
    one.is_known = True
    told = Said(one, ("subscribe", {"bars": ["AAPL"]}), others).claim()
    assert (told[0][0]["bars"], one.wants("bars", "AAPL")) == (["AAPL"], False)
    listened = Said(client("account"), ("listen", {}), others)
    assert (listened.place, listened.claim()[0]["stream"]) == ("subscribe", "listening")
