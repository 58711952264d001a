from openbell.core.types import OrderType
from openbell.edges.brokers.alpaca.tables import ALIVE, ENDINGS, SUPERSEDED, TYPES
from tests.wire.alpaca import spec


def test_every_status_of_the_stream_has_one_meaning() -> None:
    checker = spec.Checker(spec.STREAMS)
    known = set(checker.at("/$defs/StreamOrder")["properties"]["status"]["enum"])
    assert known <= ALIVE | set(ENDINGS) | {"filled", SUPERSEDED}
    assert not ALIVE & set(ENDINGS)


def test_every_kind_of_order_has_its_word() -> None:
    assert set(TYPES) == set(OrderType)
    assert len(set(TYPES.values())) == len(TYPES)
