"""Checks JSON against the vendor's published specification, where that is on this machine, and frames against ours.

The specification is no part of the tree: OPENBELL_SPECS names the folder that holds it.
"""

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from tests.wire.alpaca.spec import SPECS, Checker

REST = SPECS.parent / "binance" / "spot_api_v3.patched.json"
IS_HERE = REST.is_file()
STREAMS = Path(__file__).with_name("streams.schema.json")


def frame_faults(name: str, frame: Any) -> list[str]:
    """Return what is wrong with a frame of a stream."""
    checker = Checker(STREAMS)
    checker.check(checker.at(f"/$defs/{name}"), frame, "")
    return checker.faults


def answer_faults(method: str, path: str, status: int, body: Any) -> list[str]:
    """Return what is wrong with an answer; one to a request that the specification does not have is wrong too."""
    checker = Checker(REST)
    found = checker.root["paths"].get(path, {}).get(method.lower(), {}).get("responses", {}).get(str(status))
    if found is None:
        return [f"{method} {path} does not answer {status}"]
    if "$ref" in found:
        found = checker.at(found["$ref"].removeprefix("#"))
    content = found.get("content", {}).get("application/json")
    if content is not None:
        checker.check(content["schema"], body, "")
    return checker.faults


def request_faults(method: str, path: str, sent: str) -> list[str]:
    """Return what is wrong with the parameters of a request, in the query or in the body."""
    checker = Checker(REST)
    asked = checker.root["paths"].get(path, {}).get(method.lower())
    if asked is None:
        return [f"{method} {path} is not specified"]
    known = {}
    for one in asked.get("parameters", []):
        found = checker.at(one["$ref"].removeprefix("#")) if "$ref" in one else one
        known[found["name"]] = found
    given = dict(parse_qsl(sent, keep_blank_values=True))
    checker.faults += [f"{name} is not a parameter" for name in given if name not in known]
    checker.faults += [f"lacks {name}" for name, one in known.items() if one.get("required") and name not in given]
    for name in given.keys() & known.keys():
        schema = dict(known[name]["schema"])
        value: Any = given[name]
        if schema.get("type") in ("integer", "number") and re.fullmatch(r"-?\d+", value):
            value = int(value)
        if schema.get("type") == "boolean":
            value = {"true": True, "false": False}.get(value, value)
        checker.check(schema, value, name)
    return checker.faults
