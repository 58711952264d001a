"""From words to a run: where market data come from."""

from pathlib import Path

import pytest

from openbell.cli.shell.begin import Asked, begin, prepare
from openbell.cli.shell.failure import Wrong
from openbell.config.explain import ConfigError
from openbell.run.modes import ModeRefused
from openbell.run.source import SourceError


def test_a_synthetic_source_marks_the_whole_run(config: Path) -> None:
    prepared, source = begin(Asked(file=config))
    assert (source.is_synthetic, prepared.spec.is_synthetic, source.bars) == (True, True, 2880)


def test_no_bar_ends_after_until(config: Path) -> None:
    _, source = begin(Asked(file=config, until=1_704_153_600_000_000_000 + 3600 * 10**9))
    assert source.bars == 60


def test_without_source_and_data_nothing_starts(config: Path) -> None:
    lines = config.read_text(encoding="utf-8").splitlines()
    config.write_text("\n".join(line for line in lines if not line.startswith("source:")), encoding="utf-8")
    with pytest.raises(Wrong, match="names no source"):
        begin(Asked(file=config))


def _bars(folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    rows = [f"2024-01-02 00:{n:02d};AURA;100;101;99;100;1" for n in range(30)]
    text = "\n".join(["ts;symbol;open;high;low;close;volume", *rows])
    (folder / name).write_text(text, encoding="utf-8")


def test_options_of_the_same_kind_of_source_are_kept(config: Path, tmp_path: Path) -> None:
    _bars(tmp_path / "a", "a.csv")
    _bars(tmp_path / "b", "b_mine.csv")
    _bars(tmp_path / "b", "b_other.csv")
    text = config.read_text(encoding="utf-8")
    own = next(line for line in text.splitlines() if line.startswith("source:"))
    new = 'source: {kind: csv, path: a, separator: ";", source: mine}'
    config.write_text(text.replace(own, new), encoding="utf-8")
    assert begin(Asked(file=config))[1].bars == 30
    assert begin(Asked(file=config, data=tmp_path / "b"))[1].bars == 30
    with pytest.raises(SourceError, match="fits none"):
        begin(Asked(file=config, data=tmp_path / "b", choose="nobody"))


def test_modes_that_need_more_are_refused(config: Path) -> None:
    with pytest.raises(ModeRefused):
        prepare(config, "live")
    with pytest.raises(ConfigError, match="no paper account"):
        prepare(config, "paper")
    with pytest.raises(Wrong, match="not a mode"):
        prepare(config, "fun")
    assert prepare(config, "dry_run")[0].spec.mode == "dry_run"
