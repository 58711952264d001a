"""The report of a period from a journal: the latest by default, and what there is none of."""

from collections.abc import Callable
from pathlib import Path

import pytest

from openbell.run.periodic import NoSession, report_of, write
from tests.cli.process import CONFIG, Said, perform

Caller = Callable[..., Said]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("periodic")
    (folder / "c.yaml").write_text(CONFIG, encoding="utf-8")
    assert perform(["run", str(folder / "c.yaml"), "--state", str(folder / "s"), "--json"]) == 0
    return folder / "s"


def test_the_latest_session_is_the_default(state: Path) -> None:
    digest = report_of(state, "day")
    assert (digest.period.first, digest.period.last) == ("2024-01-03", "2024-01-03")
    assert digest.options["cross"] == "fast 12, slow 26"
    file = write(state, digest)
    assert file == state / "reports" / "daily-2024-01-03.html"
    text = file.read_text(encoding="utf-8")
    assert "DAILY REPORT" in text
    assert "SYNTHETIC" in text
    assert "Trade log" in text


def test_a_period_without_a_session_is_said(state: Path) -> None:
    with pytest.raises(NoSession, match="had no session from 2023-06-01 to 2023-06-30"):
        report_of(state, "month", "2023-06-10")


@pytest.mark.parametrize(
    ("words", "what"),
    [(("--period", "year"), "'year' is not one of day, week, month"), (("--period", "day", "--on", "soon"), "soon"),
     (("--period", "day", "--on", "2023-01-01"), "had no session")],
)  # fmt: skip
def test_what_cannot_be_meant_is_told_with_a_way_on(
    state: Path, words: tuple[str, ...], what: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert perform(["report", str(state), *words]) == 2
    err = capfd.readouterr().err
    assert what in err
    assert "next: openbell report --period day" in err
