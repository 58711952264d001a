"""A deployment's own words: how it is asked, what leaves it out."""

from pathlib import Path

import pytest

from openbell.config.explain import ConfigError
from openbell.core.types import MINUTE_NS
from openbell.run import assemble
from tests.checklist.market import config, deployment


def read(folder: Path, *deployments: str) -> assemble.Loaded:
    file = folder / "c.yaml"
    file.write_text(config(deployments=deployments), encoding="utf-8")
    (folder / "wishes.py").write_text("from openbell.parts.strategies.ema_cross import *\n", encoding="utf-8")
    return assemble.read(file, {})[0]


def own(name: str = "alpha", **fields: str) -> str:
    return deployment(name, strategy="ema_cross", **fields)


@pytest.mark.parametrize(
    ("more", "heard"), [("", 5 * MINUTE_NS), ("every: 1m", MINUTE_NS), ("every: 150s", 150 * 10**9)]
)
def test_it_takes_the_bars_at_which_it_is_asked(tmp_path: Path, more: str, heard: int) -> None:
    (made,) = read(tmp_path, own(bars="5m", more=more)).config.deployments
    assert (made.bars, made.heard, made.warmup) == (5 * MINUTE_NS, heard, 0)


@pytest.mark.parametrize(("bars", "more"), [("5m", "every: 2m"), ("5m", "every: 5m"), ("1d", "every: 1h"), ("5m", "every: 0s")])  # fmt: skip
def test_what_does_not_go_into_a_bar_is_refused(tmp_path: Path, bars: str, more: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(tmp_path, own(bars=bars, more=more))
    assert "every" in str(error.value)


def test_a_disabled_one_is_left_out_and_named(tmp_path: Path) -> None:
    loaded = read(tmp_path, own(), own("beta", more="enabled: false"), own("gamma"))
    assert [one.name for one in loaded.config.deployments] == ["alpha", "gamma"]
    assert loaded.disabled == ("beta",)
    # The places of what is left stay theirs.
    assert loaded.tree.child("deployments").child(1).child("name").value == "gamma"  # type: ignore[union-attr]  # it is there


def test_not_all_of_them_can_be_left_out(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        read(tmp_path, own(more="enabled: false"))
    assert "every deployment is disabled; enable one" in str(error.value)
