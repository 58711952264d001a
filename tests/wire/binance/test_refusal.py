from openbell.wire.binance.refusal import Refused, filtered, illegal, missing, needless, neither, rejected


def test_each_refusal_has_the_vendors_number() -> None:
    found = [missing("a"), illegal("a", "x"), needless("a"), filtered("LOT_SIZE"), rejected("no")]
    assert [(one.status, one.code) for one in found] == [(400, c) for c in (-1102, -1100, -1106, -1013, -2010)]
    assert filtered("LOT_SIZE").body == {"code": -1013, "msg": "Filter failure: LOT_SIZE"}


def test_halves_of_a_request_come_with_the_refusal() -> None:
    assert Refused(-2021, "half", 409, {"a": 1}).body == {"code": -2021, "msg": "half", "data": {"a": 1}}


def test_who_names_neither_of_two_is_told_of_both() -> None:
    told = "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"
    assert neither("origClientOrderId", "orderId").body == {"code": -1102, "msg": told}
