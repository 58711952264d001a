"""One route on this machine; bodies are bounded in size and time."""

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest

from openbell.edges.signals import door as module
from openbell.edges.signals.door import SIGNATURE, TIMESTAMP, Door
from openbell.edges.signals.form import MOST_BODY
from openbell.edges.signals.proof import signature
from tests.edges.signals.test_gate import NOW_S, SECRET, SIGNAL, Bench


def signed(body: bytes) -> dict[str, str]:
    return {TIMESTAMP: str(NOW_S), SIGNATURE: signature(SECRET, str(NOW_S), body)}


async def answers(bench: Bench, *asked: tuple[str, str, bytes]) -> list[tuple[int, str]]:
    door, found = Door(bench.gate), []
    await door.open(0)
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{door.port}") as http:
            for method, path, body in asked:
                async with http.request(method, path, data=body, headers=signed(body)) as answer:
                    assert (answer.headers["Server"], answer.headers["Cache-Control"]) == ("openbell", "no-store")
                    found.append((answer.status, await answer.text()))
    finally:
        await door.close()
    return found


def test_a_signal_goes_through_and_nothing_else_is_there(tmp_path: Path) -> None:
    bench, body = Bench(tmp_path), json.dumps(SIGNAL).encode()
    paths = ["/signals/", "/signals", "/", "/signals/desk/x", "/SIGNALS/desk", "/signals/desk?x=1", "/metrics"]
    found = asyncio.run(
        answers(
            bench,
            ("POST", "/signals/desk", body),
            *(("POST", path, body) for path in paths),
            *((method, "/signals/desk", body) for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS")),
        )
    )
    assert [status for status, _ in found] == [200, *[404] * len(paths), *[405] * 5]
    assert (json.loads(found[0][1])["id"], len(bench.came)) == ("a", 1)


@pytest.mark.parametrize(("size", "status"), [(MOST_BODY - 1, 200), (MOST_BODY, 200), (MOST_BODY + 1, 413)])
def test_a_body_has_a_most(tmp_path: Path, size: int, status: int) -> None:
    body = json.dumps(SIGNAL).encode()
    body += b" " * (size - len(body))
    ((found, _),) = asyncio.run(answers(Bench(tmp_path), ("POST", "/signals/desk", body)))
    assert found == status


def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BODY_S", 0.01)

    async def play() -> bytes:
        door = Door(Bench(tmp_path).gate)
        await door.open(0)
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
            writer.write(b"POST /signals/desk HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
            line = await reader.readline()
            writer.close()
            return line
        finally:
            await door.close()

    assert asyncio.run(play()).split()[1] == b"408"


def test_too_many_at_once_are_turned_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_AT_ONCE", 0)
    ((status, _),) = asyncio.run(answers(Bench(tmp_path), ("POST", "/signals/desk", b"{}")))
    assert status == 503


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    async def play() -> None:
        first, second = Door(Bench(tmp_path).gate), Door(Bench(tmp_path).gate)
        await first.open(0)
        try:
            with pytest.raises(OSError, match="address already in use"):
                await second.open(first.port)
        finally:
            await first.close()
        await second.close()

    asyncio.run(play())
