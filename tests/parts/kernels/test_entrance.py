"""The way in: compiled once a process, for one signature."""

import numba

from openbell.parts.kernels.entrance import SIGNATURE, loop, run_loop
from tests.parts.kernels.build import Twin, begin, compiled_once, flat, one

begin()


def test_the_loop_is_made_once():
    compiled_once()
    assert loop() is loop()


def test_the_signature_is_that_of_a_run():
    state = Twin(*one([0, 0], flat(2))).state
    assert tuple(numba.typeof(part) for part in state) == SIGNATURE.args[:5]


def test_a_run_ends_with_its_status():
    from openbell.parts.kernels.calls import compiled_step
    from tests.parts.kernels.build import wish

    compiled_once()
    assert run_loop(Twin(*one([0, 0], flat(2))).state, [compiled_step(wish)]) == 0
