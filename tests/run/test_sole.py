import os
import subprocess
import sys
from pathlib import Path

import pytest

from openbell.edges.journal import AlreadyRunning
from openbell.run.sole import sole
from tests.house.source import ROOT

OTHER = """
import sys
from pathlib import Path
from openbell.run.sole import sole
with sole(Path(sys.argv[1]), ["plain 127.0.0.1:7001 A"]):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_F72_a_second_engine_on_one_account_is_refused_whatever_its_state_directory(tmp_path: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    with pytest.raises(AlreadyRunning) as error, sole(tmp_path, ["plain 127.0.0.1:7001 A"]):
        pass
    assert error.value.pid == other.pid
    with sole(tmp_path, ["plain 127.0.0.1:7001 B"]):
        pass
    other.communicate("\n", timeout=30)
    with sole(tmp_path, ["plain 127.0.0.1:7001 A", "plain 127.0.0.1:7001 B"]):
        pass
