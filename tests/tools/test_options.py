"""The page of options holds every place of the file and every part that it can name."""

from openbell.config.deployment import Deployment
from openbell.config.model import Configuration
from openbell.run.assemble import shelves
from tools.options import options_page
from tools.tree import ROOT

PAGE = options_page(ROOT)


def test_every_key_of_the_file_stands_there() -> None:
    for model in (Configuration, Deployment):
        assert all(f"\n| `{name}` |" in PAGE for name in model.model_fields)


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
