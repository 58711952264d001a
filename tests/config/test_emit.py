"""JSON Schema, canonical form and digest."""

import json
from pathlib import Path
from typing import Any

from openbell.config.choose import MARK
from openbell.config.emit import canonical, digest, schema
from tests.config.fake import CATALOG, ENVIRONMENT, GOOD, read, swap

SCHEMA = schema(CATALOG)


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [ref for item in value.values() for ref in references(item)]
    return [ref for item in value for ref in references(item)] if isinstance(value, list) else []


def test_schema_is_complete_json_of_draft_2020_12() -> None:
    text = json.dumps(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert MARK not in text
    assert SCHEMA["required"] == ["accounts", "deployments"]
    assert SCHEMA["additionalProperties"] is False


def test_every_reference_leads_somewhere() -> None:
    found = references(SCHEMA)
    assert found
    assert all(ref.removeprefix("#/$defs/") in SCHEMA["$defs"] for ref in found)


def test_options_of_parts_stand_in_the_schema() -> None:
    strategies = SCHEMA["$defs"]["Deployment"]["properties"]["strategy"]["oneOf"]
    assert [one["title"] for one in strategies] == ["ema_cross", "model"]
    assert strategies[0]["properties"]["kind"] == {"const": "ema_cross"}
    assert strategies[0]["properties"]["fast"]["minimum"] == 1
    assert strategies[1]["required"] == ["kind", "server"]
    account = SCHEMA["properties"]["accounts"]["additionalProperties"]["oneOf"][1]
    assert set(account["properties"]) >= {"broker", "cash", "leverage", "venue"}
    assert "options" not in account["properties"]


def test_canonical_form_does_not_depend_on_how_the_file_is_written(tmp_path: Path) -> None:
    one = read(tmp_path, GOOD)
    text = swap(("per_position: 2%, positions: 3", "positions: 3, per_position: 0.020"), ("bars: 1m", "bars: 60s # x"))
    other = read(tmp_path, text)
    assert canonical(one) == canonical(other)
    assert digest(one) == digest(other)
    assert json.loads(canonical(one)) == one.masked


def test_digest_changes_with_the_file_and_not_with_secrets(tmp_path: Path) -> None:
    one = read(tmp_path, GOOD)
    assert digest(one) == digest(read(tmp_path, GOOD, {"ALERT_URL": "https://other.example"}))
    assert digest(one) != digest(read(tmp_path, swap(("fast: 12", "fast: 13"))))
    assert ENVIRONMENT["ALERT_URL"] not in canonical(one)
    assert len(digest(one)) == 64
