"""Where in the file a rule in force stands."""

from collections.abc import Sequence

from openbell.config.choose import Part
from openbell.config.document import Tree
from openbell.config.explain import Loc


def loc_of_rule(tree: Tree, rules: Sequence[Part], rule: Part) -> Loc | None:
    """Return the path of a rule in force, None where it stands nowhere in the file.

    Args:
        tree: The whole file.
        rules: All in force, in the order in which they are asked.
        rule: One of them, the very object.
    """
    listed = tree.child("rules")
    if listed is None:
        return None
    if isinstance(listed.value, dict):
        return ("rules", rule.kind) if listed.child(rule.kind) is not None else None
    same = [one for one in rules if one.kind == rule.kind]
    turn = next(i for i, one in enumerate(same) if one is rule)
    places = [i for i, child in enumerate(listed.value) if _kind(child) == rule.kind]
    return ("rules", places[turn]) if turn < len(places) else None


def place_of_rule(tree: Tree, rules: Sequence[Part], rule: Part) -> Tree | None:
    """Return the value at which a rule in force stands, None where it is not in the file."""
    where: Tree | None = tree
    for step in loc_of_rule(tree, rules, rule) or (None,):
        where = where.child(step) if where is not None and step is not None else None
    return where


def _kind(tree: Tree) -> str:
    child = tree.child("kind")
    return str(child.value) if child is not None else ""
