"""Ray comes to the same table as one process. Skipped by name where it is not installed."""

import importlib.util
from pathlib import Path

import pytest

from openbell.run.study import afar, ray
from openbell.run.study.executor import Backend
from openbell.run.study.trial import StudyError
from tests.run.study.cluster import agrees, ends_in_order
from tests.run.study.desk import desk

INSTALLED = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="the extra ray is not installed: pip install 'openbell[ray]'"
)


@INSTALLED
@pytest.mark.slow
def test_ray_on_this_machine_comes_to_the_same_table(tmp_path: Path) -> None:
    agrees(tmp_path, "--backend", "ray", "--jobs", "2")


@INSTALLED
@pytest.mark.slow
def test_ctrl_c_ends_a_study_on_ray_in_order(tmp_path: Path) -> None:
    ends_in_order(tmp_path, "--backend", "ray", "--jobs", "2")


def test_without_ray_it_says_what_to_install(tmp_path, monkeypatch):
    made = desk(tmp_path, days=1)
    monkeypatch.setattr(afar.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(StudyError, match="ray is not installed") as caught:
        ray.Ray(made.subject, made.source, Backend(kind="ray"))
    assert "openbell[ray]" in caught.value.advice


def test_a_head_that_nobody_hears_is_told_at_once():
    with pytest.raises(OSError, match="refused"):
        ray._reach("ray://127.0.0.1:1")
    ray._reach("auto")
