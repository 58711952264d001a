"""What the compiler remembers: only what depends on types alone, and only until the end."""

import operator

import pytest
from numba import float64, int64, njit
from numba.core.registry import cpu_target
from numba.core.types import functions

from openbell.parts.kernels.inner import IS_PLAIN
from openbell.parts.kernels.known import remembering

pytestmark = pytest.mark.skipif(IS_PLAIN, reason="nothing is compiled")


def test_it_remembers_nothing_behind_its_end():
    before = functions.BaseFunction.get_call_type
    with pytest.raises(KeyError), remembering():
        assert functions.BaseFunction.get_call_type is not before
        raise KeyError
    assert functions.BaseFunction.get_call_type is before


def test_the_second_answer_is_the_first_and_that_of_numba():
    njit(lambda a: a + a)(1)
    context = cpu_target.typing_context
    add = context.resolve_value_type(operator.add)
    plain = add.get_call_type(context, (int64, float64), {})
    with remembering():
        first = add.get_call_type(context, (int64, float64), {})
        assert add.get_call_type(context, (int64, float64), {}) is first
        other = add.get_call_type(context, (int64, int64), {})
    assert (first, other.return_type) == (plain, int64)


def test_what_is_compiled_with_it_says_the_same():
    def mixed(a, b):
        return min(a, b) + a * 2 if a < b else -a - b / 4.0

    with remembering():
        made = njit((int64, float64))(mixed)
    assert [made(a, b) for a, b in ((1, 2.5), (3, 2.5))] == [mixed(1, 2.5), mixed(3, 2.5)]
