"""Rows become tables: those of unlike columns apart, an empty section said."""

from openbell.report.rows import shown


def test_rows_of_unlike_columns_are_tables_of_their_own() -> None:
    tables = shown({"risk_review": [{"account": "main", "fall": 0.0123456789, "n": 1200}, {"limit": "at most 5"}]})
    assert [table.label for table in tables] == ["Risk review", "Risk review"]
    assert [column.name for column in tables[0].columns] == ["Account", "Fall", "N"]
    assert [column.is_number for column in tables[0].columns] == [False, True, True]
    assert tables[0].rows == [("main", "0.0123457", "1,200")]
    assert tables[1].rows == [("at most 5",)]


def test_a_figure_that_is_not_known_is_a_dash_and_a_section_without_rows_says_so() -> None:
    tables = shown({"daily_pnl_summary": [{"a": None, "b": "-1.50"}], "trade_log": []})
    assert tables[0].label == "Daily P&L summary"
    assert tables[0].rows == [("–", "-1.50")]
    assert tables[1].rows == [("nothing in it",)]
