"""`openbell top`."""

from collections.abc import Callable

import pytest

from tests.cli.process import Said


def test_a_server_without_a_token_or_that_is_not_there_is_refused(
    call: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENBELL_TOKEN", raising=False)
    said = call("top", "--server", "http://127.0.0.1:1")
    assert said.code == 2 and "$OPENBELL_TOKEN" in said.err
    monkeypatch.setenv("OPENBELL_TOKEN", "obt_a_b")
    said = call("top", "--server", "http://127.0.0.1:1")
    assert said.code == 2 and "does not answer" in said.err
    said = call("top", "/nowhere")
    assert said.code == 2 and "no openbell state" in said.err
