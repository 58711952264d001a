"""Our YAML from values, in short lines that a person goes on with."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from openbell.config.dialects.keys import Placed
from openbell.config.starter import quoted


def flow(value: Any) -> str:
    """Return a value as YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quoted(str(key))}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else quoted(value) if isinstance(value, str) else str(value)


def write(config: Mapping[str, Any], placed: Iterable[Placed], source: str) -> str:
    """Return a configuration file, at its end where everything came from."""
    lines = [f"# Taken over from {source} by openbell config import; where each key came from stands at the end."]
    for key, value in config.items():
        if isinstance(value, Mapping) and value:
            lines += [f"{key}:", *(f"  {quoted(str(name))}: {flow(one)}" for name, one in value.items())]
        elif isinstance(value, list) and value:
            lines.append(f"{key}:")
            for entry in value:
                first, *rest = entry.items() if key == "deployments" else [("", entry)]
                lines.append(f"  - {first[0]}: {flow(first[1])}" if first[0] else f"  - {flow(first[1])}")
                lines += [f"    {name}: {flow(one)}" for name, one in rest]
        elif value not in ({}, []):
            lines.append(f"{key}: {flow(value)}")
    lines += ["", *(f"# line {one.line}: {one.path} -> {one.where}" for one in sorted(placed, key=_line))]
    return "\n".join(lines) + "\n"


def _line(placed: Placed) -> int:
    return placed.line
