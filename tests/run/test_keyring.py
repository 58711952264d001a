from pathlib import Path

import pytest

from openbell.edges.vault import PASSPHRASE_FILE, Safe
from openbell.run import state
from openbell.run.keyring import secrets_of
from tests.vaults import WORD, word_file


def test_the_vault_is_opened_with_the_first_secret_that_is_asked_for_and_once(tmp_path: Path) -> None:
    word = word_file(tmp_path)
    environment = {"OPENBELL_HOME": str(tmp_path / "home"), PASSPHRASE_FILE: str(word)}
    secret_of = secrets_of(environment)
    Safe(state.vault(environment), WORD).put("KEY", "hush")
    assert secret_of("KEY") == "hush"
    word.unlink()
    assert secret_of("KEY") == "hush"
    with pytest.raises(ValueError, match="locked"):
        secrets_of({})("KEY")
