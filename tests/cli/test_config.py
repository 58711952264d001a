"""`openbell config`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.process import Said
from tools.tree import ROOT

Caller = Callable[..., Said]


def test_every_value_is_shown_with_its_origin(call: Caller, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBELL__SPEED", "60x")
    lines = call("config", "show", config, "--mode", "dry_run").out.splitlines()
    rows = {line.split()[0]: line.split(maxsplit=2)[1:] for line in lines if len(line.split()) > 2}
    assert rows["mode"] == ["dry_run", "command line --mode"]
    assert rows["speed"] == ["60x", "environment OPENBELL__SPEED"]
    assert rows["deployments[0].strategy.fast"] == ["12", f"{config}:9:39"]
    assert rows["rules.kill"] == ["on", f"{config}:17:9"]
    data = call("config", "show", config, "--json").data
    assert {"path": "accounts.main.leverage", "value": "1", "origin": "default"} in data["values"]


def test_no_secret_is_shown(call: Caller, config: Path) -> None:
    text = config.read_text(encoding="utf-8")
    config.write_text(f'{text}alerts:\n  - {{url: "${{ALERT_URL}}"}}\n', encoding="utf-8")
    (config.parent / ".env").write_text("ALERT_URL=https://hook.example/canary\n", encoding="utf-8")
    for verb in (("config", "show"), ("check",), ("plan",)):
        for form in ((), ("--json",)):
            said = call(*verb, config, *form)
            assert said.code == 0
            assert "canary" not in said.out + said.err


def test_the_schema_is_that_of_the_file_with_every_part(call: Caller) -> None:
    said = call("config", "schema")
    schema = json.loads(said.out)
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert {"accounts", "deployments", "mode", "rules"} <= set(schema["properties"])
    kinds = {path.stem for path in (ROOT / "src/openbell/parts/strategies").glob("[a-z]*.py")}
    assert all(f'"const": "{kind}"' in said.out for kind in kinds)


def test_an_error_of_a_dotenv_names_the_file_to_check(call: Caller, config: Path) -> None:
    (config.parent / ".env").write_text("what\n", encoding="utf-8")
    said = call("config", "show", config)
    assert said.code == 2
    assert f"{config} cannot be run: 1 problem" in said.err
    assert f"{config.parent}/.env:1:1: is not NAME=value" in said.err
