"""A session without a file: who asks, who tells, what is written down; the whole is in the checklist's tests."""

from pathlib import Path
from typing import Any

import pytest

from openbell.cli.shell import begin
from openbell.cli.shell.failure import Wrong
from openbell.cli.shell.session import Flags, Manner, accompany, brief_of, daily_limit, level_of, names_of, write_file
from openbell.config.brief import Brief
from openbell.core.effects import Alert
from tests.core import build as b


def watched(config: Path, level: str, *, as_json: bool = False) -> Any:
    prepared, _ = begin.prepare(config, None)
    seen: list[object] = []
    watch, person = accompany(
        prepared, lambda *step: seen.append(step), Manner(level=level, confirm=True, as_json=as_json, mode="sim")
    )
    return watch, person, seen


def test_a_file_without_a_level_or_a_question_is_only_looked_at(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    watch, person, seen = watched(config, "")
    watch(b.book(), b.bar(1, 100.0), [])
    assert (len(seen), person, capsys.readouterr().out) == (1, None, "")


def test_a_level_lets_the_session_be_told_and_json_keeps_it_silent(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alert = Alert(level="warning", key="k", text="it is late")
    for as_json, wanted in ((False, "WARNING: it is late\n"), (True, "")):
        watch, _, seen = watched(config, "WARNING", as_json=as_json)
        watch(b.book(), b.bar(1, 100.0), [alert])
        assert (len(seen), capsys.readouterr().out) == (1, wanted)


def test_where_a_rule_needs_a_person_somebody_answers(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(config.read_text(encoding="utf-8") + "  confirmation: {}\n", encoding="utf-8")
    _, person, _ = watched(config, "")
    assert person is not None


def test_names_limits_and_levels(config: Path) -> None:
    prepared, _ = begin.prepare(config, None)
    assert names_of(prepared)["cross"][:2] == ("fast", "slow")
    assert daily_limit(prepared) is None
    config.write_text(config.read_text(encoding="utf-8") + "  daily_trades: {limit: 7}\n", encoding="utf-8")
    assert daily_limit(begin.prepare(config, None)[0]) == 7
    assert (level_of(Flags()), level_of(Flags(log_level="debug"))) == ("INFO", "DEBUG")


def test_sizes_are_amounts_of_dollars() -> None:
    assert (
        brief_of(Flags(account="12345678", max_position_size="2500.50 USD")).max_position_size.as_tuple().exponent == -2
    )
    with pytest.raises(Wrong, match="max-position-size"):
        brief_of(Flags(account="12345678", max_position_size="a lot"))


def test_the_file_in_a_state_is_never_written_over(tmp_path: Path) -> None:
    file = write_file(Brief(account="12345678"), tmp_path)
    text = file.read_text(encoding="utf-8")
    assert write_file(Brief(account="12345678"), tmp_path) == file
    with pytest.raises(Wrong, match="other words"):
        write_file(Brief(account="12345678", interval_s=60), tmp_path)
    assert file.read_text(encoding="utf-8") == text
