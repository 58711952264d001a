"""concentration: one instrument, sector, issuer, currency, source of signals."""

import pytest

from openbell.core.book import Book
from openbell.core.codes import Code
from openbell.parts.rules import concentration
from tests.core import build as b
from tests.core.build import d
from tests.parts.rules.scene import bound, codes, hold, in_doubt, passes_exit, priced

NO = (Code.CONCENTRATION,)
OFF = dict.fromkeys(concentration.KEYS, "off")


def two(**fields: str) -> Book:
    """Return a book of two instruments that have something in common."""
    both = [b.instrument(symbol, **fields) for symbol in ("AAPL", "MSFT")]
    return priced(b.deployment_spec(instruments=("AAPL", "MSFT")), instruments=both)


@pytest.mark.parametrize(("qty", "found"), [(99, ()), (100, ()), (101, NO)])
def test_D17_of_an_instrument(qty: int, found: tuple[int, ...]) -> None:
    assert codes(priced(), b.draft("buy", qty), bound(concentration)) == found


@pytest.mark.parametrize(
    ("key", "fields"), [("sector", {"sector": "tech"}), ("issuer", {"issuer": "x"}), ("currency", {})]
)
@pytest.mark.parametrize(("qty", "found"), [(149, ()), (150, ()), (151, NO)])
def test_D17_of_what_instruments_have_in_common(key: str, fields: dict, qty: int, found: tuple[int, ...]) -> None:
    book = two(**fields)
    hold(book, 100, instrument="MSFT")
    in_doubt(book, "buy", 50, instrument="MSFT")
    assert codes(book, b.draft("buy", qty), bound(concentration, **OFF | {key: "30%"})) == found


def test_D17_what_is_not_known_belongs_to_no_group() -> None:
    book = two()
    hold(book, 300, instrument="MSFT")
    assert codes(book, b.draft("buy", 300), bound(concentration, **OFF | {"sector": "30%", "issuer": "30%"})) == ()


@pytest.mark.parametrize(("qty", "found"), [(99, ()), (100, ()), (101, NO)])
def test_D17_of_a_source_of_signals_over_its_deployments(qty: int, found: tuple[int, ...]) -> None:
    specs = [b.deployment_spec(name, signals="news") for name in ("alpha", "beta")]
    book = priced(*specs, b.deployment_spec("own"))
    in_doubt(book, "buy", 100, deployment="beta")
    in_doubt(book, "buy", 100, deployment="own")
    rule = bound(concentration, **OFF | {"source": "20%"})
    assert codes(book, b.draft("buy", qty), rule) == found
    assert codes(book, b.draft("buy", 300, deployment="own"), rule) == ()


def test_D17_a_source_of_signals_counts_within_an_account() -> None:
    names = {"alpha": "main", "beta": "other", "gamma": "main"}
    book = priced(*(b.deployment_spec(name, signals="news", account=account) for name, account in names.items()))
    rule = bound(concentration, **OFF | {"source": "20%"})
    in_doubt(book, "buy", 150, deployment="beta", account="other")
    assert codes(book, b.draft("buy", 200), rule) == ()
    in_doubt(book, "buy", 150, deployment="gamma")
    assert codes(book, b.draft("buy", 51), rule) == NO


def test_D17_exits_pass() -> None:
    book = two(sector="tech")
    hold(book, 500)
    assert codes(book, b.draft("buy", 1), bound(concentration)) == NO
    assert passes_exit(book, bound(concentration))
    assert bound(concentration, **OFF).text.endswith("anything")
    assert d(bound(concentration).params[0]) == 1
