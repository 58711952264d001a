"""The effective configuration value by value, each with where it is from; secrets masked."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from openbell.config.choose import Part
from openbell.config.document import Tree
from openbell.config.explain import Loc
from openbell.config.load import Loaded
from openbell.config.places import place_of_rule, tree_at
from openbell.config.variables import mask, secret_texts

DEFAULT, STANDARD = "default", "standard rule"
_NAMES = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One value: its path, its masked text as YAML would have it, and where it is from."""

    path: str
    value: str
    origin: str


def rows(loaded: Loaded) -> list[Row]:
    """Return every value in force, rules last: what the file says, what replaces it, defaults."""
    shape = loaded.config.model_dump(mode="json")
    shape.pop("rules", None)
    secrets = secret_texts(loaded.tree)
    found = list(_below(loaded, mask(shape, loaded.tree, secrets), loaded.tree, ()))
    for rule in loaded.rules:
        found += _rule(loaded, rule, secrets)
    own = loaded.config.rules
    named = {
        entry.kind: tree_at(loaded.tree, ("rules", *place))
        for entry, place in zip(own.entries, own.places, strict=True)
    }
    found += [
        Row(path=f"rules.{kind}", value="off", origin=_origin(loaded, named.get(kind), why))
        for kind, why in loaded.rules_off.items()
    ]
    return found


def _rule(loaded: Loaded, rule: Part, secrets: set[str]) -> Iterator[Row]:
    place = place_of_rule(loaded, rule)
    options = mask(rule.options.model_dump(mode="json"), place, secrets)
    head = f"rules.{rule.kind}"
    if not options:
        yield Row(path=head, value="on", origin=_origin(loaded, place, STANDARD))
    for key, value in options.items():
        child = place.child(key) if place is not None else None
        absent = DEFAULT if place is not None else STANDARD
        for row in _below(loaded, value, child, (), absent):
            yield msgspec.structs.replace(row, path=f"{head}.{key}{'.' if row.path else ''}{row.path}")


def _below(loaded: Loaded, value: Any, tree: Tree | None, loc: Loc, absent: str = DEFAULT) -> Iterator[Row]:
    """Yield the rows of a value; one text for a whole mapping or list is where all of it is from."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _below(loaded, item, _child(tree, key), (*loc, key), absent)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for i, item in enumerate(value):
            yield from _below(loaded, item, _child(tree, i), (*loc, i), absent)
    else:
        yield Row(path=_path(loc), value=_shown(value), origin=_origin(loaded, tree, absent))


def _child(tree: Tree | None, step: str | int) -> Tree | None:
    if tree is None:
        return None
    child = tree.child(step)
    return tree if child is None and not isinstance(tree.value, dict | list) else child


def _origin(loaded: Loaded, tree: Tree | None, absent: str) -> str:
    """Return where a value is from: its place, and the variables that were filled in there."""
    if tree is None:
        return absent
    place = tree.origin or f"{loaded.path}:{tree.line}:{tree.column}"
    names = [loaded.environment.origin(name) or f"{name} not set" for name in _NAMES.findall(tree.raw)]
    return f"{place} from {', '.join(names)}" if names else place


def _path(loc: Loc) -> str:
    text = ""
    for step in loc:
        text += f"[{step}]" if isinstance(step, int) else f"{'.' if text else ''}{step}"
    return text


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_shown(item) for item in value)}]"
    if isinstance(value, dict):
        return "{}"
    return "none" if value is None else str(value)
