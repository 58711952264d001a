"""Dask comes to the same table as one process. Skipped by name where it is not installed."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from openbell.run.study import afar, dask
from openbell.run.study.executor import Backend
from openbell.run.study.trial import StudyError
from tests.cli.process import until
from tests.run.study.cluster import agrees, ends_in_order
from tests.run.study.desk import desk
from tools.tree import ROOT

INSTALLED = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None,
    reason="the extra dask is not installed: pip install 'openbell[dask]'",
)


@INSTALLED
@pytest.mark.slow
def test_dask_on_this_machine_comes_to_the_same_table(tmp_path: Path) -> None:
    agrees(tmp_path, "--backend", "dask", "--jobs", "2")


@INSTALLED
@pytest.mark.slow
def test_a_dask_cluster_comes_to_the_same_table(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    told = tmp_path / "scheduler.json"
    begin = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    scheduler = subprocess.Popen(
        [*begin, "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(told)],
        cwd=tmp_path,
        env=environment,
    )
    try:
        until(lambda: told.exists() and told.read_text(encoding="utf-8").endswith("}"), "the scheduler")
        address = json.loads(told.read_text(encoding="utf-8"))["address"]
        words = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nworkers", "2", "--nthreads", "1"]
        worker = subprocess.Popen([*words, "--no-dashboard"], cwd=tmp_path, env=environment)
        try:
            agrees(tmp_path, "--backend", "dask", "--cluster", address)
        finally:
            worker.terminate()
            worker.wait(30)
    finally:
        scheduler.terminate()
        scheduler.wait(30)


@INSTALLED
@pytest.mark.slow
def test_ctrl_c_ends_a_study_on_dask_in_order(tmp_path: Path) -> None:
    ends_in_order(tmp_path, "--backend", "dask", "--jobs", "2")


def test_without_dask_it_says_what_to_install(tmp_path, monkeypatch):
    made = desk(tmp_path, days=1)
    monkeypatch.setattr(afar.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(StudyError, match="distributed is not installed") as caught:
        dask.Dask(made.subject, made.source, Backend(kind="dask"))
    assert "openbell[dask]" in caught.value.advice
