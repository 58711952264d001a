"""Checks JSON against the vendor's published specification, where that is on this machine.

It is not ours to hand on, so it is no part of the tree: OPENBELL_SPECS names the folder that holds it. Only the words
of JSON Schema that these files use are understood; any other one is an error, so that nothing passes unread.
"""

import json
import os
import re
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

SPECS = Path(os.environ.get("OPENBELL_SPECS", "")) / "alpaca"
TRADING, DATA = SPECS / "trading-api.patched.json", SPECS / "market-data-api.json"
IS_HERE = TRADING.is_file()
STREAMS = Path(__file__).with_name("streams.schema.json")
_TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float), "null": type(None),
}  # fmt: skip
_UNREAD = frozenset({
    "description", "example", "examples", "title", "default", "deprecated", "x-go-name", "x-go-type", "x-examples",
    "x-enum-descriptions", "$comment", "externalDocs", "readOnly", "x-stoplight", "x-internal", "x-go-type-skip-optional-pointer",
})  # fmt: skip


@cache
def _document(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


class Checker:
    """Collects what is wrong with a value."""

    def __init__(self, path: Path) -> None:
        self.root = _document(path)
        self.faults: list[str] = []

    def at(self, pointer: str) -> Any:
        """Return the part of the document that a pointer names."""
        found = self.root
        for part in pointer.strip("/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        return found

    def check(self, schema: Any, value: Any, place: str) -> None:
        """Note everything in which a value is not as its schema has it."""
        if schema is True or schema == {}:
            return
        for word, rule in schema.items():
            if word in _UNREAD or word.startswith("x-"):
                continue
            getattr(self, "_" + word.removeprefix("$"))(rule, value, place, schema)

    def _fails(self, schema: Any, value: Any) -> bool:
        kept, self.faults = self.faults, []
        self.check(schema, value, "")
        found, self.faults = bool(self.faults), kept
        return found

    def _ref(self, rule: str, value: Any, place: str, schema: Any) -> None:
        self.check(self.at(rule.removeprefix("#")), value, place)

    def _type(self, rule: Any, value: Any, place: str, schema: Any) -> None:
        kinds = rule if isinstance(rule, list) else [rule]
        fits = any(
            isinstance(value, _TYPES[kind]) and not (isinstance(value, bool) and kind != "boolean") for kind in kinds
        )
        if not fits and not (value is None and schema.get("nullable")):
            self.faults.append(f"{place}: {value!r} is no {rule}")

    def _enum(self, rule: Any, value: Any, place: str, schema: Any) -> None:
        if value not in rule and not (value is None and schema.get("nullable")):
            self.faults.append(f"{place}: {value!r} is none of {rule}")

    def _const(self, rule: Any, value: Any, place: str, schema: Any) -> None:
        if value != rule:
            self.faults.append(f"{place}: {value!r} is not {rule!r}")

    def _pattern(self, rule: str, value: Any, place: str, schema: Any) -> None:
        if isinstance(value, str) and not re.search(rule, value):
            self.faults.append(f"{place}: {value!r} does not fit {rule}")

    def _minLength(self, rule: int, value: Any, place: str, schema: Any) -> None:  # the schema's own word
        if isinstance(value, str) and len(value) < rule:
            self.faults.append(f"{place}: {value!r} is too short")

    def _maxLength(self, rule: int, value: Any, place: str, schema: Any) -> None:  # the schema's own word
        if isinstance(value, str) and len(value) > rule:
            self.faults.append(f"{place}: {value!r} is too long")

    def _minItems(self, rule: int, value: Any, place: str, schema: Any) -> None:  # the schema's own word
        if isinstance(value, list) and len(value) < rule:
            self.faults.append(f"{place}: too few items")

    def _maxItems(self, rule: int, value: Any, place: str, schema: Any) -> None:  # the schema's own word
        if isinstance(value, list) and len(value) > rule:
            self.faults.append(f"{place}: too many items")

    def _minimum(self, rule: float, value: Any, place: str, schema: Any) -> None:
        if isinstance(value, int | float) and value < rule:
            self.faults.append(f"{place}: {value!r} is below {rule}")

    def _maximum(self, rule: float, value: Any, place: str, schema: Any) -> None:
        if isinstance(value, int | float) and value > rule:
            self.faults.append(f"{place}: {value!r} is above {rule}")

    def _format(self, rule: str, value: Any, place: str, schema: Any) -> None:
        read = {"uuid": UUID, "date-time": datetime.fromisoformat, "date": date.fromisoformat}.get(rule)
        if read is None or not isinstance(value, str):
            return
        try:
            read(value)
        except ValueError:
            self.faults.append(f"{place}: {value!r} is no {rule}")

    def _required(self, rule: list[str], value: Any, place: str, schema: Any) -> None:
        if isinstance(value, dict):
            self.faults += [f"{place}: lacks {name}" for name in rule if name not in value]

    def _properties(self, rule: Any, value: Any, place: str, schema: Any) -> None:
        if isinstance(value, dict):
            for name, inner in rule.items():
                if name in value:
                    self.check(inner, value[name], f"{place}/{name}")

    def _additionalProperties(self, rule: Any, value: Any, place: str, schema: Any) -> None:  # its own word
        others = set(value) - set(schema.get("properties", {})) if isinstance(value, dict) else set()
        if rule is False:
            self.faults += [f"{place}: {name} is not known" for name in sorted(others)]
        elif isinstance(rule, dict):
            for name in others:
                self.check(rule, value[name], f"{place}/{name}")

    def _items(self, rule: Any, value: Any, place: str, schema: Any) -> None:
        for n, item in enumerate(value if isinstance(value, list) else []):
            self.check(rule, item, f"{place}/{n}")

    def _allOf(self, rule: Any, value: Any, place: str, schema: Any) -> None:  # the schema's own word
        for inner in rule:
            self.check(inner, value, place)

    def _anyOf(self, rule: Any, value: Any, place: str, schema: Any) -> None:  # the schema's own word
        if all(self._fails(inner, value) for inner in rule):
            self.faults.append(f"{place}: {value!r} fits none of {len(rule)} forms")

    def _oneOf(self, rule: Any, value: Any, place: str, schema: Any) -> None:  # the schema's own word
        # The vendor's own forms overlap: an execution is also an activity without fields of its own.
        self._anyOf(rule, value, place, schema)

    def _if(self, rule: Any, value: Any, place: str, schema: Any) -> None:
        if not self._fails(rule, value):
            self.check(schema.get("then", True), value, place)

    def _then(self, rule: Any, value: Any, place: str, schema: Any) -> None:
        """Read with its `if`."""

    def _nullable(self, rule: Any, value: Any, place: str, schema: Any) -> None:
        """Read with the type."""


def frame_faults(name: str, frame: Any) -> list[str]:
    """Return what is wrong with a frame of a stream."""
    checker = Checker(STREAMS)
    checker.check(checker.at(f"/$defs/{name}"), frame, "")
    return checker.faults


def answer_faults(method: str, path: str, status: int, body: Any) -> list[str]:
    """Return what is wrong with an answer; one to a request that the specification does not have is wrong too."""
    checker = Checker(TRADING if _is_trading(path) else DATA)
    place = _address(checker, path)
    if place is None:
        return [f"{path} is not specified"]
    found = checker.root["paths"][place].get(method.lower(), {}).get("responses", {}).get(str(status))
    if found is None:
        return [f"{method} {place} does not answer {status}"]
    if "$ref" in found:
        found = checker.at(found["$ref"].removeprefix("#"))
    content = found.get("content", {}).get("application/json")
    if content is not None:
        checker.check(content["schema"], body, "")
    return checker.faults


def request_faults(method: str, path: str, body: Any) -> list[str]:
    """Return what is wrong with the body of a request to the trading half."""
    checker = Checker(TRADING)
    place = _address(checker, path)
    if place is None or method.lower() not in checker.root["paths"][place]:
        return [f"{method} {path} is not specified"]
    asked = checker.root["paths"][place][method.lower()].get("requestBody")
    if asked is not None:
        checker.check(asked["content"]["application/json"]["schema"], body, "")
    return checker.faults


def query_faults(path: str, query: str) -> list[str]:
    """Return what is wrong with the parameters of a question to either half."""
    checker = Checker(TRADING if _is_trading(path) else DATA)
    place = _address(checker, path)
    asked = checker.root["paths"].get(place, {}).get("get") if place is not None else None
    if asked is None:
        return [f"GET {path} is not specified"]
    listed = [*checker.root["paths"][place].get("parameters", []), *asked.get("parameters", [])]
    known = {
        one["name"]: one
        for one in (checker.at(one["$ref"].removeprefix("#")) if "$ref" in one else one for one in listed)
    }
    given = dict(parse_qsl(query, keep_blank_values=True))
    checker.faults += [f"{name} is not a parameter" for name in given if name not in known]
    checker.faults += [f"lacks {name}" for name, one in known.items()
                       if one.get("required") and one["in"] == "query" and name not in given]  # fmt: skip
    for name in given.keys() & known.keys():
        schema = known[name]["schema"]
        is_number = schema.get("type") in ("integer", "number") and re.fullmatch(r"-?\d+", given[name])
        checker.check(schema, int(given[name]) if is_number else given[name], name)
    return checker.faults


def _is_trading(path: str) -> bool:
    return not path.startswith(("/v2/stocks", "/v1beta3", "/v1beta1", "/v1/corporate-actions"))


def _address(checker: Checker, path: str) -> str | None:
    """Return the specified address that a path is an instance of; one without variables comes first."""
    found = [place for place in checker.root["paths"] if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", place), path)]
    return min(found, key=lambda place: place.count("{"), default=None)
