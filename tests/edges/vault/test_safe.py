import json
from base64 import b64decode, b64encode
from pathlib import Path

import pytest

from openbell.edges.vault import PASSPHRASE_FILE, Safe, VaultError, passphrase_of

PASS, OTHER = "correct horse battery", "staple correct horse"


def test_a_secret_is_kept_for_its_owner_alone_and_stands_nowhere_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "home" / "vault.json"
    Safe(path, PASS).put("KEY", "hush-hush")
    assert Safe(path, PASS).get("KEY") == "hush-hush"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    raw = path.read_bytes()
    assert b"hush" not in raw and b64encode(b"hush-hush") not in raw and PASS.encode() not in raw
    book = json.loads(raw)
    assert (book["memory_kib"] >= 19_456, book["passes"] >= 2) == (True, True)


def test_another_passphrase_opens_nothing_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "vault.json"
    Safe(path, PASS).put("KEY", "x")
    before = path.read_bytes()
    with pytest.raises(VaultError, match="does not open it"):
        Safe(path, OTHER)
    assert path.read_bytes() == before


def test_everything_is_sealed_anew_under_another_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "vault.json"
    safe = Safe(path, PASS)
    for name in ("B", "A"):
        safe.put(name, f"secret of {name}")
    before = json.loads(path.read_bytes())
    safe.rotate(OTHER)
    after = json.loads(path.read_bytes())
    assert after["salt"] != before["salt"]
    assert not set(after["sealed"].values()) & set(before["sealed"].values())
    with pytest.raises(VaultError):
        Safe(path, PASS)
    again = Safe(path, OTHER)
    assert (again.names(), again.get("A")) == (["A", "B"], "secret of A")


@pytest.mark.parametrize("how", ["moved", "changed", "gone"])
def test_what_another_hand_changed_is_no_secret(tmp_path: Path, how: str) -> None:
    path = tmp_path / "vault.json"
    safe = Safe(path, PASS)
    safe.put("A", "one")
    safe.put("B", "two")
    book = json.loads(path.read_bytes())
    if how == "moved":
        book["sealed"]["A"] = book["sealed"]["B"]
    elif how == "changed":
        raw = bytearray(b64decode(book["sealed"]["A"]))
        raw[-1] ^= 1
        book["sealed"]["A"] = b64encode(bytes(raw)).decode()
    else:
        book["sealed"]["A"] = ""
    path.write_text(json.dumps(book))
    with pytest.raises(VaultError, match="another hand"):
        Safe(path, PASS).get("A")
    assert Safe(path, PASS).get("B") == "two"


def test_a_short_passphrase_a_file_that_others_read_and_one_that_is_none_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "vault.json"
    with pytest.raises(VaultError, match="shorter than 15"):
        Safe(path, "short")
    Safe(path, PASS).put("A", "one")
    with pytest.raises(VaultError, match="holds no B"):
        Safe(path, PASS).get("B")
    with pytest.raises(VaultError, match="shorter than 15"):
        Safe(path, PASS).rotate("short")
    path.chmod(0o644)
    with pytest.raises(VaultError, match="chmod 600"):
        Safe(path, PASS)
    path.chmod(0o600)
    path.write_text("nonsense")
    with pytest.raises(VaultError, match="no vault"):
        Safe(path, PASS)


def test_the_passphrase_comes_from_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_text(PASS + "\n")
    path.chmod(0o600)
    assert passphrase_of({PASSPHRASE_FILE: str(path)}) == PASS
    path.chmod(0o640)
    with pytest.raises(VaultError, match="chmod 600"):
        passphrase_of({PASSPHRASE_FILE: str(path)})
    for environment, word in (({}, "locked"), ({PASSPHRASE_FILE: str(tmp_path / "none")}, "No such file")):
        with pytest.raises(VaultError, match=word):
            passphrase_of(environment)
