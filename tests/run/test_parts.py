from pathlib import Path

import pytest

from openbell.core.strategy import FreeStrategy, StockStrategy
from openbell.core.types import NS
from openbell.parts.indicators import sma
from openbell.parts.rules import duplicate
from openbell.run.parts import PartError, Shelf, bind_indicator, bind_rule, bind_strategy, resolve_layout, source_hash
from openbell.schema import PartConfig

STRATEGIES = "openbell.parts.strategies"


def test_a_file_s_name_is_its_registration():
    shelf = Shelf("strategies", STRATEGIES)
    assert {"ema_cross", "pullback"} <= set(shelf)
    assert len(shelf) == len(list(shelf))
    assert "ema_cross" in shelf and "nothing" not in shelf and 3 not in shelf
    assert shelf["ema_cross"]().fast == 12
    with pytest.raises(KeyError):
        shelf.module("nothing")


def test_a_private_file_is_a_part_only_where_a_folder_allows_it(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from openbell.schema import PartConfig\nclass Config(PartConfig):\n    n: int = 3\n"
    )
    assert "mine.py" in Shelf("strategies", STRATEGIES, tmp_path)
    assert Shelf("strategies", STRATEGIES, tmp_path)["mine.py"]().n == 3
    assert "mine.py" not in Shelf("strategies", STRATEGIES)


@pytest.mark.parametrize("text", ["import nowhere_at_all", "def broken(:", "1 / 0"])
def test_a_private_file_that_cannot_be_imported_is_named(tmp_path, text):
    (tmp_path / "bad.py").write_text(text)
    with pytest.raises(PartError, match="bad.py"):
        Shelf("strategies", STRATEGIES, tmp_path).module("bad.py")


def test_a_part_without_options_says_so(tmp_path):
    (tmp_path / "bare.py").write_text("x = 1\n")
    with pytest.raises(PartError, match="class Config"):
        Shelf("strategies", STRATEGIES, tmp_path)["bare.py"]


def test_strategies_are_stock_or_free_or_refused(tmp_path):
    shelf = Shelf("strategies", STRATEGIES)
    stock = bind_strategy("ema_cross", shelf.module("ema_cross"), shelf["ema_cross"](fast=3, slow=9))
    assert isinstance(stock, StockStrategy) and list(stock.params) == [3.0, 9.0]
    free = bind_strategy("pullback", shelf.module("pullback"), shelf["pullback"]())
    assert isinstance(free, FreeStrategy) and free.on_fill is None
    with pytest.raises(PartError, match="State and decide"):
        bind_strategy("types", __import__("types"), PartConfig())


def test_lengths_of_state_may_name_an_option():
    bound = bind_indicator(sma, sma.Config(period=7))
    assert ("ring", "f8", 7) in bound.layout
    with pytest.raises(PartError, match="at least one"):
        resolve_layout("sma", sma.STATE, sma.Config.model_construct(period=0))


@pytest.mark.parametrize("state", ["lambda options: ()", "('mean', 'f8', 1)", "(('mean', 'f8'),)", "(('m', 'f4', 1),)"])
def test_a_state_of_another_form_says_which_form_it_has(tmp_path, state):
    module = _stock(tmp_path, f"STATE = {state}\nPARAMS = ()")
    with pytest.raises(PartError, match="STATE is a tuple of rows such as"):
        bind_strategy("odd", module, module.Config())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("PARAMS = ()", "lacks STATE; a stock"),
        ("STATE = ()", "lacks PARAMS; a stock"),
        ("STATE = (('a', 'f8', 'size'),)\nPARAMS = ()", "a would hold size values"),
        ("STATE = ()\nPARAMS = ('size',)", "PARAMS names 'size', which is no option"),
        ("STATE = ()\nPARAMS = ('word',)", "PARAMS names 'word', which is no option of its Config with a number"),
    ],
)
def test_what_a_stock_strategy_says_wrongly_of_itself_is_named(tmp_path, text, said):
    module = _stock(tmp_path, text)
    with pytest.raises(PartError, match=said):
        bind_strategy("odd", module, module.Config())


def _stock(folder, text):
    head = "from openbell.schema import PartConfig\n\nclass Config(PartConfig):\n    word: str = 'a'\n\n"
    (folder / "odd.py").write_text(f"{head}{text}\n\ndef step(state, params, row):\n    return 0.0, 1\n")
    return Shelf("strategies", STRATEGIES, folder).module("odd.py")


def test_a_rule_is_bound_to_whole_numbers_and_words():
    rule = bind_rule("duplicate", duplicate, duplicate.Config())
    assert rule.params == (5 * NS,) and rule.applies == "entry" and "5s" in rule.text


def test_source_hash_changes_with_any_byte(tmp_path):
    file = tmp_path / "a.py"
    file.write_text("x = 1\n")
    before = source_hash(tmp_path)
    file.write_text("x = 2\n")
    assert source_hash(tmp_path) != before
    assert source_hash(file) == source_hash(Path(file))
