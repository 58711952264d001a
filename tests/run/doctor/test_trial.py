"""What strategies say, and a whole run that is stopped and started again."""

import re
from pathlib import Path

from openbell.run.doctor.trial import signals, whole
from tests.config.linter.cases import QUIET, swap
from tests.run.doctor.trials import began


def test_every_strategy_says_something_of_every_instrument(tmp_path: Path) -> None:
    lines = signals(*began(tmp_path, QUIET))
    assert [line.part for line in lines] == ["signal cross on SPY", "signal cross on QQQ"]
    assert all(line.level == "ok" for line in lines)
    assert re.fullmatch(r"target -?\d\S*, \S+ \S+; of 1,955 bars: S001 no_signal 1,\d+, .*", lines[0].told)


def test_a_strategy_that_only_warms_up_is_named(tmp_path: Path) -> None:
    lines = signals(*began(tmp_path, swap(QUIET, "slow: 26", "slow: 5000")))
    assert {line.level for line in lines} == {"warn"}
    assert "warming_up" in lines[0].told


def test_a_whole_run_is_stopped_half_way_and_goes_on(tmp_path: Path) -> None:
    prepared, source = began(tmp_path, QUIET)
    traded, again, journal = whole(prepared, source, tmp_path / "state", 1)
    assert traded.told.startswith("1,955 bars, ")
    found = re.fullmatch(r"went on behind event ([\d,]+), to ([\d,]+)", again.told)
    assert found is not None
    before, after = (int(text.replace(",", "")) for text in found.groups())
    assert 0 < before < after
    assert [line.level for line in (traded, again, journal)] == ["ok", "ok", "ok"]
    assert re.match(r"[\d,]+ records", journal.told)
