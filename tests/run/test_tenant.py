from decimal import Decimal

import pytest

from openbell.run.tenant import check_names, parse_cash, parse_dollars, shown_cash, uid_of


@pytest.mark.parametrize(
    ("text", "coins"),
    [
        ("9000USDT,1BTC", {"USDT": "9000", "BTC": "1"}),
        ("9000 USDT, 0.5 BTC", {"USDT": "9000", "BTC": "0.5"}),
        ("0USDT", {"USDT": "0"}),
    ],
)
def test_coins_are_written_with_or_without_a_space(text: str, coins: dict[str, str]) -> None:
    assert parse_cash(text) == {coin: Decimal(units) for coin, units in coins.items()}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("5 USDT,x", "amount of money"),
        ("1000", "amount of money"),
        ("5USDT,6USDT", "names USDT twice"),
        ("-5USDT", "below zero"),
    ],
)
def test_what_is_no_opening_balance_is_told(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_cash(text)


def test_an_account_in_dollars_opens_with_dollars_alone() -> None:
    assert parse_dollars("25000USD") == 25_000
    for text in ("5EUR", "5USD,1BTC"):
        with pytest.raises(ValueError, match="keeps accounts in USD"):
            parse_dollars(text)
    assert shown_cash({"USDT": Decimal(9000), "BTC": Decimal(1)}) == "9000 USDT, 1 BTC"


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (("a b", "secret", ""), "a key has"),
        (("", "secret", ""), "a key has"),
        (("key", "hidden word", ""), "a secret has"),
        (("key", "", ""), "a secret has"),
        (("key", "secret", "my account"), "a name has"),
        (("key", "secret", "x" * 41), "a name has"),
    ],
)
def test_a_name_that_no_header_can_carry_is_refused_and_the_secret_is_not_repeated(
    names: tuple[str, str, str], why: str
) -> None:
    check_names("PKMINE", "s3cret/+=", "PA-2026_a")
    with pytest.raises(ValueError, match=why) as told:
        check_names(*names)
    assert "hidden" not in str(told.value)


def test_an_account_without_names_has_the_number_that_its_name_makes() -> None:
    assert (uid_of("", 7), uid_of("7001", 7)) == (7, 7001)
    assert uid_of("paper1", 7) == uid_of("paper1", 8) != uid_of("paper2", 7)
    for name in ("0", str(2**53)):
        with pytest.raises(ValueError, match="lies between"):
            uid_of(name, 7)
