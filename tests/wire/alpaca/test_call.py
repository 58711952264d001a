from openbell.wire.alpaca.call import Answer
from tests.wire.alpaca.stand import house


def test_a_house_answers_about_its_own_prices() -> None:
    made, _ = house(3)
    assert len(made.reader.bars(["SPY"], {"timeframe": "1Min"})["bars"]["SPY"]) == 3
    assert (Answer().status, Answer().body) == (200, None)
