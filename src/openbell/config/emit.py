"""What goes out: JSON Schema, canonical form and digest."""

import hashlib
import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from openbell.config.alerts import Alerts, Channel
from openbell.config.catalog import Catalog, Kinds
from openbell.config.choose import MARK
from openbell.config.deployment import Trail
from openbell.config.load import Loaded
from openbell.config.model import Account, Configuration
from openbell.config.rules import presets_of
from openbell.schema import PartConfig

DIALECT = GenerateJsonSchema.schema_dialect
"""JSON Schema draft 2020-12."""


def canonical(loaded: Loaded) -> str:
    """Return the effective configuration as JSON: sorted keys, secrets as `***`."""
    return json.dumps(loaded.masked, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(loaded: Loaded) -> str:
    """Return the SHA-256 of the canonical form, in hex; values of variables do not change it."""
    return hashlib.sha256(canonical(loaded).encode()).hexdigest()


def schema(catalog: Catalog) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the file with the options of every part."""
    root = Configuration.model_json_schema()
    definitions: dict[str, Any] = root.pop("$defs", {})
    places = {
        "strategies": {"oneOf": _kinds(catalog.strategies, "strategies", definitions)},
        "feeds": {"oneOf": _kinds(catalog.feeds, "feeds", definitions)},
        "brokers": {"oneOf": _accounts(catalog.brokers, definitions)},
        "rules": _rules(catalog, definitions),
        "calendars": {"type": "object", "additionalProperties": _options(catalog.calendars, "calendars", definitions)},
        "instruments": {
            "type": "object",
            "properties": {"file": {"type": "string"}},
            "additionalProperties": _options(catalog.instruments, "instruments", definitions),
        },
        "alerts": _alerts(catalog, definitions),
        "trailing": _trailing(),
        "cash": {"anyOf": [_money(), {"type": "array", "items": _money()}]},
    }
    filled: dict[str, Any] = _fill({**root, "$defs": definitions}, places)
    return {"$schema": DIALECT, **filled, "title": "openbell configuration"}


def _fill(value: Any, places: dict[str, Any]) -> Any:
    """Return `value` with every mark replaced by what belongs in its place."""
    if isinstance(value, list):
        return [_fill(item, places) for item in value]
    if not isinstance(value, dict):
        return value
    place = value.get(MARK)
    if isinstance(place, str):
        kept = {key: item for key, item in value.items() if key in ("description", "examples")}
        return {**kept, **_fill(places[place], places)}
    return {key: _fill(item, places) for key, item in value.items()}


def _options(model: type[PartConfig], prefix: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of one option model; what it refers to moves to `definitions` under `prefix`."""
    found = model.model_json_schema(ref_template=f"#/$defs/{prefix}.{{model}}")
    for name, inner in found.pop("$defs", {}).items():
        definitions[f"{prefix}.{name}"] = inner
    return found


def _kinds(kinds: Kinds, group: str, definitions: dict[str, Any], key: str = "kind") -> list[dict[str, Any]]:
    """Return one schema for each kind, its options and the key that chooses it together."""
    found = []
    for kind in sorted(kinds):
        options = _options(kinds[kind], f"{group}.{kind}", definitions)
        options["title"] = kind
        options["properties"] = {key: {"const": kind}, **options.get("properties", {})}
        options["required"] = [key, *options.get("required", [])]
        found.append(options)
    return found


def _accounts(brokers: Kinds, definitions: dict[str, Any]) -> list[dict[str, Any]]:
    own = _options(Account, "account", definitions)["properties"]
    own = {key: item for key, item in own.items() if key not in ("broker", "options")}
    found = _kinds(brokers, "brokers", definitions, "broker")
    return [{**one, "properties": {**one["properties"], **own}} for one in found]


def _alerts(catalog: Catalog, definitions: dict[str, Any]) -> dict[str, Any]:
    own = _options(Channel, "channel", definitions)["properties"]
    own = {key: item for key, item in own.items() if key not in ("kind", "options")}
    found = _kinds(catalog.channels, "channels", definitions)
    kinds = [{**one, "properties": {**one["properties"], **own}} for one in found]
    # An address alone says of what kind it is.
    bare = {"type": "object", "properties": {"url": {"type": "string"}, **own}, "required": ["url"],
            "additionalProperties": False}  # fmt: skip
    channels = {"type": "array", "items": {"anyOf": [*kinds, bare]}}
    mapping = _options(Alerts, "alerts", definitions)
    return {"anyOf": [{**mapping, "properties": {**mapping["properties"], "channels": channels}}, channels]}


def _rules(catalog: Catalog, definitions: dict[str, Any]) -> dict[str, Any]:
    rules = catalog.rules
    parts = _kinds(rules, "rules", definitions)
    off = [
        {"type": "object", "properties": {kind: {"const": "off"}}, "required": [kind], "additionalProperties": False}
        for kind in sorted(rules)
    ]
    mapping: dict[str, Any] = {"preset": {"enum": list(presets_of(catalog))}}
    for kind, part in zip(sorted(rules), parts, strict=True):
        definitions[f"rules.{kind}"] = {
            **part,
            "properties": {key: value for key, value in part["properties"].items() if key != "kind"},
            "required": [key for key in part["required"] if key != "kind"],
        }
        options = {"$ref": f"#/$defs/rules.{kind}"}
        mapping[kind] = {"oneOf": [{"const": "off"}, options, {"type": "array", "items": options, "minItems": 1}]}
    # A private rule is named by its path.
    private: dict[str, Any] = {r"^\..*\.py$": {}}
    named = {"type": "object", "properties": mapping, "patternProperties": private, "additionalProperties": False}
    return {"oneOf": [named, {"type": "array", "items": {"oneOf": [*parts, *off]}}]}


def _trailing() -> dict[str, Any]:
    atr = Trail.model_json_schema()["properties"]["atr"]["anyOf"][0]
    mapping = {"type": "object", "properties": {"atr": atr}, "required": ["atr"], "additionalProperties": False}
    return {"anyOf": [{"type": ["string", "number"], "examples": ["2%", "1.50 USD"]}, mapping]}


def _money() -> dict[str, Any]:
    return {"type": "string", "examples": ["100000 USD"]}
