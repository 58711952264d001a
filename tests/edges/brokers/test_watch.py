import random

from openbell.edges.brokers.failures import Transient
from openbell.edges.brokers.watch import Stream, Watch


def test_F45_a_silent_stream_is_asked_for_again_and_then_stale() -> None:
    watch = Watch()
    watch.begin("SPY", 10, 0)
    assert watch.silent(10) == ([], [])
    assert watch.silent(11) == (["SPY"], [])
    assert watch.silent(12) == ([], [])
    assert watch.silent(21) == ([], ["SPY"])
    assert watch.silent(99) == ([], [])


def test_F45_data_prove_life() -> None:
    watch = Watch()
    watch.begin("SPY", 10, 0)
    watch.silent(11)
    watch.silent(21)
    assert watch.hear("SPY", 22)
    assert not watch.hear("SPY", 23)
    assert watch.silent(33) == ([], [])


def test_what_is_watched_already_goes_on_and_what_is_not_is_no_news() -> None:
    watch = Watch()
    watch.begin("SPY", 10, 0)
    watch.begin("SPY", 10, 9)
    assert watch.silent(11) == (["SPY"], [])
    assert not watch.hear("QQQ", 5)


class Kept:
    """What outlives a connection."""

    deaf = 0


def deaf_after(kept: Kept, heard: tuple[int, ...] = ()) -> int:
    """Return when a new connection is ended whose streams tell something at these instants alone."""
    watch = Watch()
    watch.begin("SPY", 10, 0)
    watch.begin("QQQ", 5, 0)
    for now in range(10_000):
        if now in heard:
            watch.hear("QQQ", now)
        watch.silent(now)
        try:
            watch.listen(kept, now)
        except Transient:
            return now
    return 0


def test_F45_F46_a_connection_on_which_nothing_at_all_is_heard_is_ended_and_each_deaf_one_behind_it_has_longer() -> (
    None
):
    kept = Kept()
    assert [deaf_after(kept) for _ in range(7)] == [31, 61, 121, 241, 481, 481, 481]
    assert deaf_after(kept, heard=(7,)) == 38
    assert (deaf_after(kept), kept.deaf) == (61, 2)


def test_F45_one_stream_that_lives_is_enough_and_without_any_nothing_is_expected() -> None:
    assert deaf_after(Kept(), heard=tuple(range(0, 10_000, 9))) == 0
    Watch().listen(Kept(), 10**18)


def test_it_tells_what_a_look_at_every_stream_each_time_would_tell() -> None:
    chance = random.Random(8)
    for _ in range(200):
        watch, plain, now = Watch(), {}, 0
        for _ in range(120):
            now += chance.choice((0, 1, 1, 3, 12))
            name = chance.choice("abcd")
            what = chance.random()
            if what < 0.15:
                age = chance.choice((5, 10))
                watch.begin(name, age, now)
                plain.setdefault(name, Stream(max_age=age, heard=now))
            elif what < 0.4:
                stream = plain.get(name)
                assert watch.hear(name, now) == bool(stream and stream.is_stale)
                if stream is not None:
                    stream.heard, stream.is_asked_again, stream.is_stale = now, False, False
            else:
                again, stale = [], []
                for key, stream in plain.items():
                    if now - stream.heard > stream.max_age and not stream.is_asked_again:
                        stream.is_asked_again = True
                        again.append(key)
                    elif now - stream.heard > 2 * stream.max_age and not stream.is_stale:
                        stream.is_stale = True
                        stale.append(key)
                assert watch.silent(now) == (again, stale)
