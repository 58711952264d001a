"""`openbell strategies`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from openbell.cli.strategies import known
from openbell.run import assemble
from openbell.run.assemble import shelves
from tests.cli.process import CONFIG, Said

Caller = Callable[..., Said]
KINDS = list(shelves(None).strategies)


def test_all_kinds_are_listed_with_their_first_sentence(call: Caller) -> None:
    found = call("strategies", "list", "--json").data["strategies"]
    assert [one["kind"] for one in found] == KINDS
    assert all(one["about"].endswith(".") for one in found)
    sorts = {one["kind"]: one["sort"] for one in found}
    assert (sorts["ema_cross"], sorts["pullback"]) == ("compiled", "plain")
    text = call("strategies", "list").out
    assert all(f"{kind} " in text for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_line_that_is_shown_can_be_run(call: Caller, kind: str, tmp_path: Path) -> None:
    said = call("strategies", "show", kind)
    assert said.code == 0
    line = said.out.splitlines()[-1].removeprefix("strategy: ")
    told = call("strategies", "show", kind, "--json").data
    model = assemble.shelves(None).strategies[kind]
    assert {one["name"] for one in told["options"]} == set(model.model_fields)
    if all(one["default"] is not None for one in told["options"]):
        file = tmp_path / "a.yaml"
        text = CONFIG.replace("{kind: ema_cross, fast: 12, slow: 26}", line)
        if kind == "webhook":
            # Whom it listens to has a secret, which has no default.
            text += "signals: {sources: {cross: {secret: 0123456789abcdef0123456789abcdef}}}\n"
        file.write_text(text, encoding="utf-8")
        assert call("check", file).code == 0


def test_an_unknown_kind_is_told_with_what_was_meant(call: Caller) -> None:
    said = call("strategies", "show", "ema_cros")
    assert said.code == 2 and "did you mean ema_cross?" in said.err


def test_kinds_complete_in_the_shell() -> None:
    assert known("mo") == ["momentum"] and known("zz") == []
