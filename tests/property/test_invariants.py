"""Random lives of a whole engine and exchange: after every single event the invariants hold.

Each group of invariants has a machine of its own, so that one that breaks does not hide the others.
"""

import hypothesis
import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.conftest import THOROUGH
from tests.property.machine import Machine
from tests.property.witness import ALL

LIVES = hypothesis.settings(
    parent=hypothesis.settings.get_profile("openbell"),
    max_examples=400 if THOROUGH else 12,
    stateful_step_count=60 if THOROUGH else 25,
)


@pytest.mark.parametrize("name", ALL)
def test_invariant(name: str) -> None:
    machine = type(f"Machine_{name}", (Machine,), {"names": (name,)})
    run_state_machine_as_test(machine, settings=LIVES)


def _named(name: str) -> object:
    def test() -> None:
        machine = type(f"Machine_{name}", (Machine,), {"names": (name,)})
        run_state_machine_as_test(machine, settings=LIVES)

    return test
