from openbell.edges.brokers.finding import bad, odd, well


def test_what_is_not_well_has_a_remedy() -> None:
    found = [well("keys", "taken"), odd("clock", "late", "set it"), bad("line", "gone", "look")]
    assert [(one.level, bool(one.fix)) for one in found] == [("ok", False), ("warn", True), ("fail", True)]
