"""Sections by kind of report, and what figures suggest."""

from collections import Counter
from decimal import Decimal

import pytest
from msgspec.structs import replace

from openbell.core.codes import Code
from openbell.core.types import NS
from openbell.report.digest import FEW_TRADES, SECTIONS, Digest, recommendations, system
from openbell.report.period import Cost, Health, Period, Window
from tests.report.desk import Desk, make_spec


def digest(count: int, exit_px: str, fees: str = "0", refused: int = 0) -> Digest:
    """Return a day of so many trades of ten units, bought at 100."""
    desk = Desk(make_spec(("AAA",), ("one",)))
    desk.bar(100.0)
    for _ in range(count):
        desk.trade(10, "100", deployment="one")
        desk.trade(-10, exit_px, deployment="one", reason=Code.TAKE_PROFIT)
    period = Period("2024-01-02", "2024-01-02")
    period.windows["main"] = Window(begin=0, results={"one": Decimal(0)})
    period.costs["X"] = Cost(
        oid="X", deployment="one", instrument="AAA", side="buy", currency="USD", fees=Decimal(fees)
    )
    period.refusals = Counter({("one", "R204 max_position"): refused})
    return Digest(kind="month", period=period, book=desk.book, recorder=desk.recorder)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (digest(FEW_TRADES - 1, "99"), ["too few trades"]),
        (digest(FEW_TRADES, "99"), ["it lost"]),
        (digest(FEW_TRADES, "101"), []),
        (digest(FEW_TRADES, "101", fees="201"), ["fees are more than profits"]),
        (digest(FEW_TRADES, "101", refused=FEW_TRADES), []),
        (digest(FEW_TRADES, "101", refused=FEW_TRADES + 1), ["limits refused it"]),
    ],
)
def test_each_figure_suggests_what_it_says(made: Digest, words: list[str]) -> None:
    found = recommendations(made)
    assert [word for row, word in zip(found, words, strict=True) if word not in row["suggests"]] == []


def test_S4_196_the_health_of_a_period_is_told_figure_by_figure() -> None:
    made = replace(digest(1, "101"), disk=(7_000, 8_000))
    made.period.health = Health(
        first_ts=NS, last_ts=91 * NS, reconnects=2, line_cuts=3, alerts=Counter(warning=4, error=5, critical=6, info=9),
        bad_records=7, disk_faults=8, answers=4, waited_ns=10_000_000, longest_ns=6_000_000,
    )  # fmt: skip
    assert {row["what"]: row["value"] for row in system(made)} == {
        "uptime_s": 90, "reconnects": 2, "line_cuts": 3, "errors": 11, "warnings": 4, "refused_records": 7,
        "latency_ms": 2.5, "longest_latency_ms": 6, "disk_faults": 8, "journal_bytes": 7_000, "disk_free_bytes": 8_000,
    }  # fmt: skip
    made.period.health.answers = 0
    told = {row["what"]: row["value"] for row in system(made)}
    assert (told["latency_ms"], told["longest_latency_ms"]) == (None, None), "where nobody answered there is none"


def test_every_section_is_named_once() -> None:
    assert [len(kind) for kind in SECTIONS.values()] == [5, 5, 4]
    assert len({name for kind in SECTIONS.values() for name in kind}) == 14
