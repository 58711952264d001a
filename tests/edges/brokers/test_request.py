from openbell.edges.brokers.budget import QUERY
from openbell.edges.brokers.request import Request


def test_a_request_is_a_question_of_one_weight_unless_said_otherwise() -> None:
    one = Request(op="state")
    assert (one.priority, one.weight, one.oid, one.body, one.method) == (QUERY, 1, "", {}, "")
