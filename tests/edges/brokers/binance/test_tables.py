from openbell.core.types import OrderType
from openbell.edges.brokers.binance.tables import ALIVE, CODES, ENDINGS, KINDS, LIMITED, STRANGER, TYPES


def test_an_order_either_lives_or_has_ended() -> None:
    assert not ALIVE & set(ENDINGS)
    assert {KINDS[word] for word in TYPES.values()} == set(TYPES) == set(OrderType) - {OrderType.TRAILING}


def test_no_refusal_is_final_that_may_have_been_carried_out() -> None:
    unknown = {-1000, -1001, -1006, -1007, -1016, -2021}
    assert not unknown & {*CODES, *LIMITED, *STRANGER}
