import pytest

from openbell.edges.brokers import failures as f


@pytest.mark.parametrize(
    "failure",
    [f.Transient("x"), f.RateLimited("x", 5), f.AuthFailed("x"), f.BadRequest("x", 303), f.OutcomeUnknown("x")],
)
def test_every_failure_is_one_of_five_and_keeps_the_words(failure: f.Failure) -> None:
    assert isinstance(failure, f.Failure)
    assert str(failure) == "x"
    assert len(f.Failure.__subclasses__()) == 5


def test_what_matters_beside_the_words_is_kept() -> None:
    assert (f.RateLimited("x", 5).retry_ns, f.BadRequest("x", 303).code) == (5, 303)
