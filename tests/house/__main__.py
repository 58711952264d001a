"""`python -m tests.house` lists everything that the house rules find."""

from collections.abc import Iterator

from tests.house import rules_bans, rules_limits, rules_purity, rules_repo, rules_state, rules_tests, rules_words
from tests.house.source import ROOT, sources


def findings() -> Iterator[str]:
    """Yield every finding of every rule, after the rule's name."""
    everything = sources()
    for family in (rules_purity, rules_limits, rules_state, rules_bans, rules_words):
        for rule in family.RULES:
            yield from (f"{rule.__name__}: {found}" for source in everything for found in rule(source))
    for rule in rules_tests.RULES:
        yield from (f"{rule.__name__}: {found}" for source in rules_tests.all_tests() for found in rule(source))
    for tree_rule in rules_limits.TREE_RULES:
        yield from (f"{tree_rule.__name__}: {found}" for found in tree_rule(everything))
    for repo_rule in rules_repo.RULES:
        yield from (f"{repo_rule.__name__}: {found}" for found in repo_rule(ROOT))
    yield from (f"find_second_words: {found}" for found in rules_repo.find_second_words(everything, ROOT))


if __name__ == "__main__":
    print("\n".join(findings()))
