import pytest
from pydantic import ValidationError

from openbell.core.types import NS
from openbell.edges.brokers import plain
from openbell.edges.brokers.options import outside


@pytest.mark.parametrize("url", ["ws://10.0.0.7:7001/v1", "ws://broker.example/v1", "wss://127.0.0.1/v1", "x", "ws://"])
def test_F73_a_venue_for_trials_is_on_this_machine(url: str) -> None:
    with pytest.raises(ValidationError, match="on this machine"):
        plain.Config(url=url)


def test_times_of_the_file_are_those_of_the_core() -> None:
    config = plain.Config.model_validate({"timeout": "2s", "visibility": "3s", "query_gap": "1s", "reconcile": "9s"})
    spec = outside(config, plain.CAPS)
    assert (spec.ack_timeout, spec.visibility, spec.query_gap, spec.reconcile_every) == (4 * NS, 3 * NS, NS, 9 * NS)
    assert spec.dedupes


def test_F72_two_files_with_one_account_name_one_place() -> None:
    assert plain.place(plain.Config(account="A")) == plain.place(
        plain.Config.model_validate({"account": "A", "timeout": "9s"})
    )
    assert plain.place(plain.Config(account="A")) != plain.place(plain.Config(account="B"))
    assert plain.Config(url="ws://localhost:7001/v1").url


def test_the_reserve_lets_a_large_kill_out_at_once() -> None:
    assert plain.LIMITS["reserve"] >= 50
