"""One limit changed in the text of a file; comments and order of everything else stay."""

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
    yaml = next((one for one in map(_yaml, INDENTS) if _dump(one, one.load(text)) == text), _yaml(INDENTS[1]))
    document: Any = yaml.load(text)
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
