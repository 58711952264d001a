"""The page of the linter names every code and every rule."""

from openbell.config.explain import C
from openbell.config.linter.review import RULES
from tools.linting import ERRORS, linter_page
from tools.tree import ROOT


def test_every_code_and_every_rule_stands_on_the_page() -> None:
    page = linter_page(ROOT)
    assert set(ERRORS) == set(C)
    assert all(f"| {code.value} |" in page for code in C)
    for rule in RULES:
        assert f"### {rule.id}\n\n**{rule.title}.** {rule.why}" in page
