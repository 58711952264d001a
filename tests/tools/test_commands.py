"""The pages of commands and of reason codes hold all of them."""

import re
import tomllib

from openbell.cli.shell.table import GROUPS, VERBS
from openbell.core.codes import Code
from tools.commands import commands_page, reasons_page
from tools.tree import ROOT


def test_every_verb_stands_there_with_its_options() -> None:
    page = commands_page(ROOT)
    for module in VERBS:
        assert f"\n## openbell {module.__name__.rpartition('.')[2]}\n" in page
    for module, _, verbs in GROUPS:
        for verb in verbs:
            assert f"\n## openbell {module.__name__.rpartition('.')[2]} {verb}\n" in page
    assert "| `--risk-free PERCENT` | Return a year that is free of risk: 2% or 0.02. |" in page
    assert page.count("## openbell ") == len(VERBS) + sum(len(verbs) for _, _, verbs in GROUPS)


def test_every_reason_stands_there_once() -> None:
    page = reasons_page(ROOT)
    assert "| R204 | max position | Held and ordered together would pass the bound of one instrument. |" in page
    assert page.count("\n| ") == len(Code) + 1


def test_every_reason_is_explained_and_every_verb_that_an_explanation_names_is_there() -> None:
    told = tomllib.loads((ROOT / "tools" / "reasons.toml").read_text(encoding="utf-8"))
    assert list(told) == [code.name.lower() for code in Code]
    verbs = {module.__name__.rpartition(".")[2] for module in (*VERBS, *(group[0] for group in GROUPS))}
    rules = {path.stem for path in (ROOT / "src" / "openbell" / "parts" / "rules").glob("*.py")}
    for text in told.values():
        assert text.endswith(".") and set(re.findall(r"`openbell (\w+)", text)) <= verbs
        assert set(re.findall(r"rule `(\w+)`", text)) <= rules, text
