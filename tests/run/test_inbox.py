import asyncio

from openbell.core import events as ev
from openbell.core.codes import Code
from openbell.run.inbox import PAUSE_EVERY, QUOTE_GAP_NS, Inbox


class Hand:
    """A clock that is moved by hand, ns."""

    def __init__(self) -> None:
        self.at = 0

    def __call__(self) -> int:
        return self.at


def link(n: int) -> ev.Link:
    return ev.Link(ts=n, account="main", channel="orders", is_up=True)


def bar(n: int, symbol: str = "SPY") -> ev.Bar:
    return ev.Bar(ts=n, instrument=symbol, open=1.0, high=1.0, low=1.0, close=1.0, volume=1, interval=1)


def refused(n: int, symbol: str = "SPY") -> ev.BadData:
    return ev.BadData(ts=n, instrument=symbol, code=Code.STALE_DATA, value=(1.0).hex(), interval=1)


def quote(n: int, symbol: str = "SPY") -> ev.Quote:
    return ev.Quote(ts=n, instrument=symbol, bid=1, ask=2)


def everything(inbox: Inbox) -> list[ev.Event]:
    found = []
    while (event := inbox.take()) is not None:
        found.append(event)
    return found


def test_words_of_venues_come_before_bars_and_bars_before_quotes() -> None:
    inbox = Inbox(Hand())
    inbox.put([quote(1), bar(2), link(3), bar(4), link(5)])
    assert len(inbox) == 5
    assert everything(inbox) == [link(3), link(5), bar(2), bar(4), quote(1)]


def test_F98_of_quotes_only_the_latest_waits() -> None:
    inbox = Inbox(Hand())
    inbox.put([quote(1), quote(2), quote(3, "QQQ"), quote(4)])
    assert everything(inbox) == [quote(4), quote(3, "QQQ")]
    assert inbox.conflated == 2


def test_F98_of_the_quotes_of_an_instrument_one_a_second_is_taken_and_it_is_the_latest() -> None:
    now = Hand()
    inbox = Inbox(now)
    inbox.put([quote(1)])
    assert everything(inbox) == [quote(1)]
    inbox.put([quote(2), quote(3), quote(3, "QQQ")])
    now.at = QUOTE_GAP_NS - 1
    assert (everything(inbox), inbox.conflated, len(inbox)) == ([quote(3, "QQQ")], 1, 1)
    now.at += 1
    assert everything(inbox) == [quote(3)]
    now.at = 3 * QUOTE_GAP_NS
    assert everything(inbox) == []
    inbox.put([quote(4)])
    assert everything(inbox) == [quote(4)]


def test_a_strategy_that_decides_on_quotes_gets_each_latest_one_at_once() -> None:
    inbox = Inbox(Hand(), eager=frozenset({"SPY"}))
    for n in range(3):
        inbox.put([quote(n), quote(n, "QQQ")])
        assert everything(inbox) == ([quote(n), quote(n, "QQQ")] if n == 0 else [quote(n)])


def test_F98_B36_executions_are_never_dropped_and_bars_are_within_bounds() -> None:
    inbox = Inbox(Hand(), most_words=3, most_bars=2)
    inbox.put([link(n) for n in range(50)] + [bar(n) for n in range(5)])
    found = everything(inbox)
    assert found == [*(link(n) for n in range(50)), refused(2), refused(4), bar(4)]
    assert inbox.dropped == {"SPY": 4}


def test_F98_what_comes_too_fast_is_shed_by_symbol_and_the_others_stay_whole() -> None:
    inbox = Inbox(Hand(), most_bars=6)
    inbox.put([bar(1), bar(2, "QQQ"), bar(3), bar(4), bar(5, "IWM"), bar(6), bar(7, "QQQ")])
    assert inbox.dropped == {"SPY": 3}
    assert everything(inbox) == [refused(6), bar(2, "QQQ"), bar(5, "IWM"), bar(6), bar(7, "QQQ")]


def test_F98_of_bars_that_are_each_their_instruments_only_one_the_oldest_goes() -> None:
    inbox = Inbox(Hand(), most_bars=2)
    inbox.put([bar(1, "SPY"), bar(2, "QQQ"), bar(3, "IWM")])
    assert (everything(inbox), inbox.dropped) == ([refused(1), bar(2, "QQQ"), bar(3, "IWM")], {"SPY": 1})


def test_F98_a_full_inbox_stops_the_lines_until_it_has_room() -> None:
    async def play() -> None:
        inbox = Inbox(Hand(), most_words=4)
        inbox.put([link(n) for n in range(4)])
        waiting = asyncio.create_task(inbox.room())
        await asyncio.wait([waiting], timeout=0.01)
        assert not waiting.done()
        for _ in range(3):
            inbox.take()
        await asyncio.wait_for(waiting, timeout=60)

    asyncio.run(play())


def test_whoever_waits_is_woken_by_what_comes() -> None:
    async def play() -> None:
        inbox = Inbox(Hand())
        await inbox.wait(0.0)
        waiting = asyncio.create_task(inbox.wait(60.0))
        await asyncio.wait([waiting], timeout=0.01)
        assert not waiting.done()
        inbox.put([link(1)])
        await asyncio.wait_for(waiting, timeout=60)

    asyncio.run(play())


def test_a_line_lets_the_engine_go_first_when_a_bar_waits_and_now_and_then_for_quotes() -> None:
    async def rounds(frames: int, event: ev.Event) -> int:
        inbox, loop, turns = Inbox(Hand()), asyncio.get_running_loop(), 0

        def engine() -> None:
            nonlocal turns
            turns += 1
            loop.call_soon(engine)

        loop.call_soon(engine)
        for _ in range(frames):
            inbox.put([event])
            await inbox.room()
        return turns

    assert asyncio.run(rounds(10 * PAUSE_EVERY, quote(1))) == 10
    assert asyncio.run(rounds(10, bar(1))) == 10
