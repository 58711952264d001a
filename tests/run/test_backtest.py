import pytest

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


@pytest.mark.parametrize(("silence", "least"), [("send", 10), ("refuse", 0)])
def test_where_nobody_is_there_to_be_asked_silence_says_the_same_in_both(tmp_path, silence, least):
    write(tmp_path)
    file = tmp_path / "small.yaml"
    asked = f"  confirmation: {{wait: 30s, silence: {silence}}}\n"
    file.write_text(f"{file.read_text()}{asked}")
    one = backtest(*prepare(file)).figures
    two = live(*prepare(file), Settings(state=tmp_path / "state")).figures
    assert (one["orders_hash"], one["equity_end"]) == (two["orders_hash"], two["equity_end"])
    assert one["decisions_by_reason"] == two["decisions_by_reason"]
    assert one["fills"] >= least and (one["fills"] > 0) == (silence == "send")


def test_progress_is_told_and_can_end_a_run(tmp_path):
    write(tmp_path, days=60)
    calls = []

    def progress(taken):
        calls.append(taken)
        return True

    result = backtest(*prepare(tmp_path / "small.yaml"), progress)
    assert len(calls) == 1 and not result.is_complete
