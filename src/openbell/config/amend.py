"""A limit or values changed in a file's text; comments and order of all else stay."""

from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

INDENTS = ((2, 0), (4, 2))
"""How lists may stand below their key: width of an entry, and how far its dash is set in."""


def with_limit(text: str, rule: str, limit: str) -> str:
    """Return a file's text with another limit of one rule.

    A rule that it does not name is added.

    Args:
        text: YAML.
        rule: Kind of the rule.
        limit: With its unit, such as `2%`.
    """
    yaml, document = _read(text)
    rules = document.get("rules")
    if isinstance(rules, list):
        own = [entry for entry in rules if isinstance(entry, dict) and entry.get("kind") == rule]
        for entry in own:
            entry["limit"] = limit
        if not own:
            rules.append(_flow(kind=rule, limit=limit))
    elif isinstance(rules, dict):
        held = rules.get(rule)
        for one in held if isinstance(held, list) else [held]:
            if isinstance(one, dict) and one:
                one["limit"] = limit
            else:
                rules[rule] = _flow(limit=limit)
    else:
        document["rules"] = {rule: _flow(limit=limit)}
    return _dump(yaml, document)


def with_values(text: str, values: Mapping[str, str]) -> str:
    """Return a file's text with other values.

    Args:
        text: YAML.
        values: By path, such as `deployments.cross.strategy.fast`; entries of lists by name, kind or number from 0.

    Raises:
        KeyError: A path leads nowhere.
    """
    yaml, document = _read(text)
    for path, value in values.items():
        *steps, last = path.split(".")
        where = document
        for step in steps:
            key = _key(where, step)
            if isinstance(where[key], str):
                # A part by its kind alone.
                where[key] = _flow(kind=where[key])
            where = where[key]
        where[last] = YAML(typ="safe").load(value)
    return _dump(yaml, document)


def _key(where: Any, step: str) -> Any:
    """Return under what a step leads on.

    Raises:
        KeyError: It leads nowhere.
    """
    if isinstance(where, list):
        named = (
            n for n, one in enumerate(where) if isinstance(one, dict) and step in (one.get("name"), one.get("kind"))
        )
        found = next(named, int(step) if step.isdigit() else -1)
        if not 0 <= found < len(where):
            raise KeyError(step)
        return found
    if step not in where:
        where[step] = CommentedMap()
    return step


def _read(text: str) -> tuple[YAML, Any]:
    """Return a file's document, and who writes it with its own indents."""
    yaml = next((one for one in map(_yaml, INDENTS) if _dump(one, one.load(text)) == text), _yaml(INDENTS[1]))
    return yaml, yaml.load(text)


def _yaml(indent: tuple[int, int]) -> YAML:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    sequence, offset = indent
    yaml.indent(mapping=2, sequence=sequence, offset=offset)
    return yaml


def _dump(yaml: YAML, document: Any) -> str:
    out = StringIO()
    yaml.dump(document, out)
    return out.getvalue()


def _flow(**fields: str) -> CommentedMap:
    made = CommentedMap(fields)
    made.fa.set_flow_style()
    return made
