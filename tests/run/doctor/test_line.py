"""Lines of the doctor."""

from openbell.run.doctor.line import Line, well, worst


def test_a_line_says_how_it_is_and_one_thing_to_do() -> None:
    bad = Line(part="disk", level="fail", told="full", fix="free some")
    assert bad.text() == "fail  disk: full; free some"
    assert well("disk", "5 GB").text() == "ok    disk: 5 GB"


def test_the_worst_line_counts() -> None:
    warn = Line(part="a", level="warn", told="b", fix="c")
    assert [worst(lines) for lines in ([], [well("a", "b")], [well("a", "b"), warn])] == ["ok", "ok", "warn"]
    assert worst([warn, Line(part="a", level="fail", told="b", fix="c")]) == "fail"
