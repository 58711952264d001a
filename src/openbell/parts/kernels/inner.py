"""Inner functions, which compiled code alone calls, get no machine code of their own.

Numba finishes every function it compiles: it optimises it to the end and makes machine code of it, with all that it
calls. Of the two hundred functions of the kernels all but a dozen are then copied into their callers, where all of this
is done again, and their own machine code is never run. To leave it out takes two fifths off the first compilation.
"""

from typing import Any, cast

import numba
from numba.core import postproc as lives
from numba.core import transforms as shapes
from numba.core import typed_passes as typed
from numba.core import untyped_passes as untyped
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_machinery import PassManager, register_pass

_Library, _Compiler = cast("Any", JITCodeLibrary), cast("Any", Compiler)
_Passes, _untyped, _typed = cast("Any", PassManager), cast("Any", untyped), cast("Any", typed)
_lives, _shapes, _register = cast("Any", lives), cast("Any", shapes), cast("Any", register_pass)
IS_PLAIN = bool(vars(numba.config)["DISABLE_JIT"])
"""True where numba is told to compile nothing: everything then runs as it is written."""


class _NoEnvironment:
    """A code generator without a place for the Python objects of a function."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, name: str, env: Any) -> None:
        """Kernels touch no Python object."""


class InnerLibrary(_Library):  # type: ignore[misc, valid-type]  # numba has no types
    """One inner function: checked, made smaller, ready to be copied into its callers."""

    @property
    def codegen(self) -> Any:
        """The code generator."""
        return _NoEnvironment(self._codegen)

    def get_pointer_to_function(self, name: str) -> int:
        """Return 0: nobody can call it by an address."""
        self._ensure_finalized()
        return 0

    def _optimize_functions(self, module: Any) -> None:
        # They are optimised once more with what they call in them.
        module.data_layout = self._codegen._data_layout  # noqa: SLF001 - as numba's own libraries do

    def _optimize_final_module(self) -> None:
        # The callers are optimised to the end with this in them.
        level = self._codegen._opt_level  # noqa: SLF001 - as numba's own libraries do
        passes, builder = self._codegen._module_pass_manager(  # noqa: SLF001 - the same
            loop_vectorize=False, slp_vectorize=False, opt=level, cost="cheap"
        )
        passes.run(self._final_module, builder)

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True


class InnerCompiler(_Compiler):  # type: ignore[misc, valid-type]  # numba has no types
    """Numba's compiler with such a library."""

    def __init__(self, typingctx: Any, targetctx: Any, library: Any, *others: Any) -> None:
        """Take what numba's own takes; `library` is None, for a new one."""
        own = InnerLibrary(targetctx.codegen(), "inner")
        super().__init__(typingctx, targetctx, library if library is not None else own, *others)


class KernelCompiler(InnerCompiler):
    """For functions of ours: without the passes that look for what kernels never have.

    That is inner functions, parts in parallel, branches that depend on types, expressions of whole arrays.
    """

    def define_pipelines(self) -> list[Any]:
        """Return the one sequence of passes."""
        found = _Passes("kernel")
        for one in PASSES:
            found.add_pass(one, one.__name__)
        found.finalize()
        return [found]


class _Order:
    """What stands for numba's own look at a function after a pass: blocks in order, and nothing else.

    That finds out how long each variable lives and writes down where it dies, so that objects can be freed. It does so
    after each of five passes, and kernels have no objects.
    """

    def __init__(self, function: Any) -> None:
        """Take a function as numba has it in between."""
        self._function = function

    def run(self, **_: object) -> None:
        """Bring its blocks in order."""
        self._function.blocks = _shapes.canonicalize_cfg(self._function.blocks)
        self._function.generator_info = None


def _short(whole: Any) -> Any:
    """Return one of numba's passes that does not look at how long variables live."""

    class Short(whole):  # type: ignore[misc]  # numba has no types
        """The pass."""

        _name = f"kernel_{whole.name()}"

        def run_pass(self, state: Any) -> bool:
            """Do what it does."""
            before = _lives.PostProcessor
            _lives.PostProcessor = _Order
            try:
                return bool(super().run_pass(state))
            finally:
                _lives.PostProcessor = before

    return _register(mutates_CFG=True, analysis_only=False)(Short)


PASSES = (
    _untyped.TranslateByteCode,
    _untyped.FixupArgs,
    _short(_untyped.IRProcessing),
    _short(_untyped.GenericRewrites),
    _untyped.RewriteDynamicRaises,
    _short(_untyped.ReconstructSSA),
    _typed.NopythonTypeInference,
    _short(_typed.PreLowerStripPhis),
    _typed.NativeLowering,
    _typed.NoPythonBackend,
)
"""Those of numba's own that a kernel needs, in its order."""
