"""A vault that tests open with a word in a file."""

from pathlib import Path

import pytest

from openbell.edges.vault import PASSPHRASE_FILE

WORD = "correct horse battery"


def word_file(folder: Path) -> Path:
    """Write the word where only its owner reads it; return the file."""
    word = folder / "passphrase"
    word.write_text(WORD)
    word.chmod(0o600)
    return word


def open_by(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process have its home below a folder, and a vault that the word opens."""
    monkeypatch.setenv("OPENBELL_HOME", str(folder / "home"))
    monkeypatch.setenv(PASSPHRASE_FILE, str(word_file(folder)))
