"""The operator's port; what it does at each front stands with the front's own operator."""

from pathlib import Path

import pytest

from tests.wire.alpaca import test_operator as alpaca
from tests.wire.plain import test_operator as plain


@pytest.mark.parametrize("front", [alpaca, plain], ids=["alpaca", "plain"])
def test_every_front_tells_strangers_nothing_and_refuses_wrong_wishes(front: object, tmp_path: Path) -> None:
    front.test_without_the_token_nothing_is_told(tmp_path / "a")  # type: ignore[attr-defined]  # a module of tests
    front.test_a_wrong_wish_is_told_and_changes_nothing(tmp_path / "b")  # type: ignore[attr-defined]  # a module of tests
