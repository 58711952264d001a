"""Public names of the package: all there, loaded when asked for."""

import subprocess
import sys

import pytest

import openbell
from tests.house.source import ROOT


def test_every_public_name_is_there_and_nothing_else() -> None:
    for name in openbell.__all__:
        assert getattr(openbell, name).__name__ in (name, "connect", "Side", "AlertSystem")
    with pytest.raises(
        AttributeError,
        match="has no attribute 'LiveTader'; it has AlertSystem, Client, ComponentLogger, DeploymentConfig",
    ):
        openbell.LiveTader  # noqa: B018  # the look-up is what raises


def test_nothing_heavy_is_loaded_before_a_name_is_used() -> None:
    code = "import sys, openbell; print('pydantic' in sys.modules); openbell.RiskLevel; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          env={"PYTHONPATH": str(ROOT / "src"), "PATH": ""})  # fmt: skip
    assert done.stdout.split() == ["False", "False"]
