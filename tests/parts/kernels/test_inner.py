"""Functions without machine code of their own: copied into their callers, the same values and the same faults."""

import pytest
from numba import njit

from openbell.parts.kernels.inner import InnerCompiler, InnerLibrary
from tests.parts.kernels.build import begin, opened

begin()


def inner(function):
    return njit(pipeline_class=InnerCompiler, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)


def test_it_has_no_machine_code_and_its_caller_has():
    @inner
    def third(x):
        return x / 3.0

    @inner
    def sixth(x):
        return third(x) / 2.0

    assert opened(sixth)(7.5) == 7.5 / 3.0 / 2.0
    for one in (third, sixth):
        (made,) = one.overloads.values()
        assert isinstance(made.library, InnerLibrary)
        assert made.library.get_pointer_to_function(made.fndesc.llvm_func_name) == 0


def test_what_it_raises_is_raised_by_its_caller():
    @inner
    def share(x, y):
        return x / y

    call = opened(share)
    assert call(1.0, 4.0) == 0.25
    with pytest.raises(ZeroDivisionError):
        call(1.0, 0.0)
