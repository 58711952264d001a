"""Counts of how long stages took."""

from pathlib import Path

import msgspec
import pytest

from openbell.core.types import NS
from openbell.run.latency import (
    BOUNDS,
    LATENCY,
    STAGES,
    Latencies,
    Tally,
    figures,
    lines,
    quantile,
    read_latencies,
    write_latencies,
)


def kept(folder: Path, **spans: list[int]) -> None:
    """Write down what an account's stages took, ns."""
    stages = {stage: Tally() for stage in STAGES}
    for stage, several in spans.items():
        for span in several:
            stages[stage].note(span)
    write_latencies(folder, Latencies(pid=7, since=1, tallies={"main": stages}))


@pytest.mark.parametrize(
    ("span", "bucket"),
    [
        (-5, 0), (0, 0), (999, 0), (1_000, 0), (1_001, 1), (2_000, 1), (5_000, 2), (5_001, 3), (NS, 18), (NS + 1, 19),
        (100 * NS, 24), (100 * NS + 1, 25), (1 << 62, 25),
    ],
)  # fmt: skip
def test_a_bound_is_inside_its_bucket(span: int, bucket: int) -> None:
    tally = Tally()
    tally.note(span)
    assert [n for n, count in enumerate(tally.counts) if count] == [bucket]
    assert (tally.count, tally.total) == (1, max(span, 0))


def test_bounds_are_one_two_and_five_of_each_power_of_ten() -> None:
    assert [bound / 1000 for bound in BOUNDS[:7]] == [1, 2, 5, 10, 20, 50, 100]
    assert list(BOUNDS) == sorted(set(BOUNDS)) and BOUNDS[-1] == 100 * NS


def test_a_quantile_lies_evenly_in_its_bucket() -> None:
    tally = Tally()
    for span in [1_500] * 6 + [4_000] * 3 + [200 * NS]:
        tally.note(span)
    # Six lie between one and two microseconds, three between two and five.
    assert quantile(tally, 0.3) == pytest.approx(1.5e-6)
    assert quantile(tally, 0.6) == pytest.approx(2e-6)
    assert quantile(tally, 0.7) == pytest.approx(3e-6)
    # Nobody knows how far beyond the last bound it was.
    assert quantile(tally, 0.99) == 100.0
    assert quantile(Tally(), 0.5) is None


def test_what_was_kept_is_read_and_told(tmp_path: Path) -> None:
    kept(tmp_path, signal=[1_000] * 2, ack=[20_000_000], fill=[2 * NS])
    found = figures(tmp_path)["main"]
    assert {stage: one["count"] for stage, one in found.items()} == {"signal": 2, "ack": 1, "fill": 1}
    assert lines(tmp_path) == [
        "latency of main, 50 % / 99 % within: signal 0.5 us / 0.99 us, ack 15 ms / 19.9 ms, fill 1.5 s / 1.99 s"
    ]


def test_what_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    assert read_latencies(tmp_path) is None
    assert (figures(tmp_path), lines(tmp_path)) == ({}, [])
    kept(tmp_path)
    assert lines(tmp_path) == []
    whole = read_latencies(tmp_path)
    assert whole is not None
    (tmp_path / LATENCY).write_bytes(b"{")
    assert read_latencies(tmp_path) is None
    # Of another version, with other buckets.
    whole.tallies["main"]["ack"].counts.append(1)
    (tmp_path / LATENCY).write_bytes(msgspec.json.encode(whole))
    assert read_latencies(tmp_path) is None
