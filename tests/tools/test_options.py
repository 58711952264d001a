"""The page of options holds every place of the file and every part that it can name."""

from collections.abc import Iterator
from typing import Any, get_args

from openbell.config.choose import Part
from openbell.config.deployment import Deployment, Trail
from openbell.config.model import Configuration, Instruments
from openbell.config.rules import Rules
from openbell.run.assemble import shelves
from openbell.schema import PartConfig
from tools.options import FILE, options_page
from tools.tree import ROOT

PAGE = options_page(ROOT)


def test_every_key_of_the_file_stands_there() -> None:
    for model in (Configuration, Deployment):
        assert all(f"\n| `{name}` |" in PAGE for name in model.model_fields)


def below(model: type[PartConfig]) -> Iterator[type[PartConfig]]:
    """Yield every model that a model's fields lead to; parts and rules stand elsewhere, a trail is one value."""

    def named(form: Any) -> Iterator[Any]:
        yield form
        for inner in get_args(form):
            yield from named(inner)

    for field in model.model_fields.values():
        for form in named(field.annotation):
            is_block = isinstance(form, type) and issubclass(form, PartConfig)
            if is_block and form not in (PartConfig, Part, Rules, Instruments, Trail):
                yield form
                yield from below(form)


def test_every_block_of_the_file_has_a_table_of_its_own() -> None:
    assert set(below(Configuration)) <= {model for _, model in FILE}
    for words in ("## operations: parameter_review", "| `triggers` |", "## logging", "## alerts: weekly"):
        assert f"\n{words}" in PAGE, words


def test_every_part_stands_there_with_its_options() -> None:
    shelf = shelves(None)
    for parts in (shelf.strategies, shelf.rules, shelf.feeds, shelf.brokers):
        for kind in parts:
            section = PAGE.split(f"\n### {kind}\n")[1].split("\n### ")[0]
            assert all(f"| `{name}` |" in section for name in parts[kind].model_fields), kind


def test_an_option_says_what_it_may_be_and_what_it_is_where_nothing_is_said() -> None:
    assert "| `days` | `5` | at least 1; at most 10000 | Number of sessions. |" in PAGE
    assert "| `mode` | `sim` | `dry_run`, `sim`, `paper`, `live` | Where orders go. |" in PAGE
    # A share is written as text or number, and the page does not bound it by its number.
    assert "| `signal_threshold` | `0.2%` | such as `2%`, `0.02` | Momentum that counts" in PAGE
