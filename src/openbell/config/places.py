"""Where in the file a rule in force stands."""

from openbell.config.choose import Part
from openbell.config.document import Tree
from openbell.config.explain import Loc
from openbell.config.load import Loaded


def loc_of_rule(loaded: Loaded, rule: Part) -> Loc | None:
    """Return the path of a rule in force, the very object; None where it is not in the file."""
    place = loaded.config.rules.place(rule)
    return None if place is None else ("rules", *place)


def tree_at(tree: Tree, loc: Loc) -> Tree | None:
    """Return what stands at a path, None where nothing does."""
    where: Tree | None = tree
    for step in loc:
        where = where.child(step) if where is not None else None
    return where


def place_of_rule(loaded: Loaded, rule: Part) -> Tree | None:
    """Return the value at which a rule in force stands, None where it is not in the file."""
    loc = loc_of_rule(loaded, rule)
    return None if loc is None else tree_at(loaded.tree, loc)
