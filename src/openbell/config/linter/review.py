"""Asks every rule of the linter about a checked configuration."""

import msgspec

from openbell.config.explain import Fault, Problem
from openbell.config.linter import accounts, alerts, data, exits, limits, signals, sizes
from openbell.config.linter.rule import Lore, Rule, Scene
from openbell.config.load import Loaded, problem_of
from openbell.config.places import tree_at
from openbell.config.variables import secret_texts

RULES: tuple[Rule, ...] = (
    *sizes.RULES, *limits.RULES, *exits.RULES, *data.RULES, *accounts.RULES, *alerts.RULES, *signals.RULES,
)  # fmt: skip
"""All rules, by id."""


def review(loaded: Loaded, lore: Lore) -> Loaded:
    """Return a configuration with the linter's warnings, in the order of the file. Pure."""
    scene, secrets = Scene(loaded, lore), secret_texts(loaded.tree)
    problems: list[Problem] = []
    for rule in RULES:
        for finding in rule.check(scene):
            place = tree_at(loaded.tree, finding.loc)
            is_secret = place is not None and place.is_secret
            what = f"{rule.title[:1].lower()}{rule.title[1:]}" if is_secret else finding.what
            fault = Fault(
                loc=finding.loc, code=rule.id, what=what, meant=finding.meant, advice=rule.hint,
                is_key=finding.is_key, is_warning=True,
            )  # fmt: skip
            problems.append(problem_of(loaded.path, loaded.tree, fault, secrets))
    together = sorted([*loaded.warnings, *problems], key=lambda problem: (problem.line, problem.column))
    return msgspec.structs.replace(loaded, warnings=tuple(dict.fromkeys(together)))


def rule_of(id_: str) -> Rule | None:
    """Return a rule by its id in any case, None where there is none."""
    return next((rule for rule in RULES if rule.id == id_.upper()), None)


def explained(rule: Rule) -> str:
    """Return all about a rule as text."""
    lines = (
        f"{rule.id} ({rule.level}): {rule.title}.", rule.why, f"Found: {rule.wrong}", f"Right: {rule.right}",
        f"What to do: {rule.hint}.",
    )  # fmt: skip
    return "\n".join(lines)
