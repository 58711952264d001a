"""`openbell alerts`: what was told, whether a channel works, and that it was seen."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from openbell.edges.alerts.outbox import Outbox
from openbell.run.alerts.codes import fault
from openbell.run.clock import WallClock
from tests.cli.process import CONFIG, Said
from tests.edges.alerts.fakes import front
from tests.run.alerts.stage import market, notifier

Caller = Callable[..., Said]


def test_a_test_says_of_each_channel_whether_it_was_taken(call: Caller, tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"

    async def play() -> list[str]:
        async with front() as there:
            words = f"[{{url: '{there.url}/x'}}, {{name: dead, url: 'http://127.0.0.1:1/x'}}]"
            file.write_text(f"{CONFIG}alerts: {words}\n", encoding="utf-8")
            said = await asyncio.to_thread(call, "alerts", "test", file)
            assert said.code == 1
            assert said.out.splitlines() == [
                "ok    webhook (webhook), target 1: taken",
                "fail  dead (webhook), target 1: nobody answers there",
            ]
            one = await asyncio.to_thread(call, "alerts", "test", file, "--channel", "webhook", "--json")
            assert (one.code, one.data["ok"]) == (0, True)
            return [asked.body["event"] for asked in there.taken]

    assert asyncio.run(play()) == ["test", "test"]


def test_a_channel_that_is_none_is_told(call: Caller, tmp_path: Path, config: Path) -> None:
    said = call("alerts", "test", config)
    assert (said.code, "has no alerts" in said.err) == (2, True)
    said = call("alerts", "test", config, "--channel", "phone")
    assert (said.code, "no channel 'phone'; known" in said.err.replace("\nnext: ", "; ")) == (2, True)


def test_what_was_told_is_listed_and_acknowledged(call: Caller, tmp_path: Path) -> None:
    made = market(tmp_path, "[{url: 'http://127.0.0.1:1/secret', level: info}]")

    async def play() -> None:
        one = notifier(made)
        one.look()
        one.close()

    asyncio.run(play())
    said = call("alerts", "list", made.state)
    assert said.code == 0
    assert any("position    CLOSED LONG" in line for line in said.out.splitlines())
    assert any(line.startswith("waiting for webhook after 0 tries: [SIM]") for line in said.out.splitlines())
    assert "secret" not in said.out
    data = call("alerts", "list", made.state, "--json").data
    first = data["alerts"][0]["id"]
    said = call("alerts", "ack", first, "--state", made.state)
    assert "1 acknowledged" in said.err
    assert len(call("alerts", "list", made.state, "--open", "--json").data["alerts"]) == len(data["alerts"]) - 1
    call("alerts", "ack", "--state", made.state)
    assert call("alerts", "list", made.state, "--open").err == "everything was seen\n"


def test_codes_are_printed_in_threes_and_new_ones_end_those_before(call: Caller, tmp_path: Path) -> None:
    made = market(tmp_path, "[{url: 'http://127.0.0.1:1/x'}]")
    with Outbox(made.state) as outbox:
        first = call("alerts", "codes", "--count", 3, "--state", made.state)
        lines = first.out.splitlines()
        assert [len(line) for line in lines] == [19] * 3 and "each stops the run once, within 180 days" in first.err
        code = lines[2].replace(" ", "")
        assert fault(outbox, code, WallClock().now()) == ""
        call("alerts", "codes", "--state", made.state)
        assert fault(outbox, code, WallClock().now()) == "the code is wrong"


def test_a_state_that_never_sent_one_is_told(call: Caller, finished: Path) -> None:
    assert "has never sent an alert" in call("alerts", "list", finished).err
