from openbell.run.backtest import backtest
from openbell.run.live import Settings, live
from tests.run.small import prepare, write


def test_backtest_and_run_agree(tmp_path):
    write(tmp_path)
    prepared, told = prepare(tmp_path / "small.yaml")
    one = backtest(prepared, told).figures
    two = live(*prepare(tmp_path / "small.yaml"), Settings(state=tmp_path / "state")).figures
    own = {"mode", "engine", "events_per_s", "journal_head", "recovered_seq", "state", "title"}
    for key in set(one) - own:
        assert one[key] == two[key], key
    assert one["journal_head"] is None and one["recovered_seq"] is None
    assert one["mode"] == "backtest" and one["fills"] > 10


def test_progress_is_told_and_can_end_a_run(tmp_path):
    write(tmp_path, days=60)
    calls = []

    def progress(taken):
        calls.append(taken)
        return True

    result = backtest(*prepare(tmp_path / "small.yaml"), progress)
    assert len(calls) == 1 and not result.is_complete
