from openbell.run.backtest import backtest
from tests.run.small import prepare, write


def test_a_result_holds_the_book_the_figures_and_what_a_report_needs(tmp_path):
    write(tmp_path, days=1)
    result = backtest(*prepare(tmp_path / "small.yaml"))
    assert result.is_complete
    assert result.book.truth.counts.bars == result.figures["bars"]
    assert result.recorder.fills_seen == result.figures["fills"]
    for key in (
        "mode", "bars", "events", "orders", "fills", "trades", "rejected_by_reason", "equity_start", "equity_end",
        "max_drawdown", "orders_hash", "journal_head", "recovered_seq", "bars_this_process", "events_per_s",
    ):  # fmt: skip
        assert key in result.figures
