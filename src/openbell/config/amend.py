"""A limit or values changed in a file's text; comments and order of all else stay."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from decimal import ROUND_DOWN, Decimal
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from openbell.schema import format_amount, parse_amount

INDENTS = ((2, 0), (4, 2))
"""How lists may stand below their key: width of an entry, and how far its dash is set in."""

BESIDE = "_next"
"""What the name of a copy with other values ends with."""
_CENT = Decimal("0.01")


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
        _put(document, path.split("."), value)
    return _dump(yaml, document)


def with_beside(text: str, values: Mapping[str, str], shares: tuple[Decimal, Decimal]) -> str:
    """Return a file's text with copies of deployments beside them, with other values.

    Args:
        text: YAML.
        values: By path below `deployments`.
        shares: Of the capital: what the one that is there keeps, and what the copy has.

    Raises:
        KeyError: A path leads nowhere. ValueError: There is such a copy already.
    """
    yaml, document = _read(text)
    listed = document["deployments"]
    beside: dict[int, dict[str, str]] = {}
    for path, value in values.items():
        _, name, rest = path.split(".", 2)
        beside.setdefault(_key(listed, name), {})[rest] = value
    for place in sorted(beside, reverse=True):
        own = listed[place]
        copy = deepcopy(own)
        copy["name"] = f"{own['name']}{BESIDE}"
        if any(one["name"] == copy["name"] for one in listed):
            raise ValueError(f"{copy['name']} is in the file already")
        for rest, value in beside[place].items():
            _put(copy, rest.split("."), value)
        whole = parse_amount(own["budget"]["capital"])
        for one, share in ((own, shares[0]), (copy, shares[1])):
            part = (whole.value * share).quantize(_CENT, ROUND_DOWN).normalize()
            one["budget"]["capital"] = format_amount(whole._replace(value=part))
        listed.insert(place + 1, copy)
    return _dump(yaml, document)


def _put(where: Any, path: Sequence[str], value: str) -> None:
    """Set one value.

    Raises:
        KeyError: The path leads nowhere.
    """
    *steps, last = path
    for step in steps:
        key = _key(where, step)
        if isinstance(where[key], str):
            # A part by its kind alone.
            where[key] = _flow(kind=where[key])
        where = where[key]
    where[last] = YAML(typ="safe").load(value)


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
