from openbell.edges.brokers.watch import Watch


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
