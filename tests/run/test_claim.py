"""Two engines never trade one account, whatever their state directories."""

import os
import signal
import subprocess
import sys

import pytest

from openbell.run.claim import AccountTaken, Claims, common_folder
from tools.tree import ROOT

HOLDER = """
import sys
from pathlib import Path
from openbell.run.claim import Claims
claims = Claims(Path(sys.argv[1]))
claims.take("plain", "127.0.0.1:7001", "12345678")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Return another process that holds an account."""
    words = [sys.executable, "-c", HOLDER, str(tmp_path / "meet")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_F72_B25_a_second_engine_is_refused_the_account_from_another_state(tmp_path, holder):
    claims = Claims(tmp_path / "meet")
    with pytest.raises(AccountTaken, match=f"ends in 5678 is traded by process {holder.pid}"):
        claims.take("plain", "127.0.0.1:7001", "12345678")


def test_F72_other_accounts_hosts_and_brokers_are_free(tmp_path, holder):
    claims = Claims(tmp_path / "meet")
    claims.take("plain", "127.0.0.1:7001", "99")
    claims.take("plain", "127.0.0.1:7002", "12345678")
    claims.take("alpaca", "127.0.0.1:7001", "12345678")


def test_F72_a_killed_engine_holds_nothing(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    Claims(tmp_path / "meet").take("plain", "127.0.0.1:7001", "12345678")


def test_F72_within_a_process_the_second_holder_is_refused_too_and_the_same_one_is_not(tmp_path):
    first, second = Claims(tmp_path / "meet"), Claims(tmp_path / "meet")
    first.take("plain", "h", "1")
    first.take("plain", "h", "1")
    with pytest.raises(AccountTaken):
        second.take("plain", "h", "1")
    first.release()
    second.take("plain", "h", "1")


def test_the_folder_is_the_machines_and_tells_no_account_number(tmp_path):
    claims = Claims(tmp_path / "meet")
    claims.take("plain", "h", "12345678")
    assert (tmp_path / "meet").stat().st_mode & 0o7777 == 0o1777
    assert not [path for path in (tmp_path / "meet").iterdir() if "12345678" in path.name]
    assert common_folder().is_absolute()


def test_a_link_laid_in_the_way_is_not_followed(tmp_path):
    claims = Claims(tmp_path / "meet")
    claims.take("plain", "h", "1")
    claims.release()
    (name,) = (tmp_path / "meet").iterdir()
    name.unlink()
    name.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic link"):
        claims.take("plain", "h", "1")
    assert not (tmp_path / "elsewhere").exists()


def test_an_account_of_another_user_is_refused_in_words(tmp_path, monkeypatch):
    def refuse(path, *_):
        raise PermissionError(13, "Permission denied", str(path))

    claims = Claims(tmp_path)
    monkeypatch.setattr("openbell.run.claim.os.open", refuse)
    with pytest.raises(AccountTaken, match="ends in 5678 is another user's of this machine"):
        claims.take("plain", "127.0.0.1:7001", "12345678")
