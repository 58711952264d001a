"""Rules in the kernels: the core's own `check`, asked with the same facts."""

from hypothesis import given
from hypothesis import strategies as st

from openbell.core.risk import Facts
from openbell.parts.kernels import layout as k
from openbell.parts.kernels.rules import ask
from tests.parts.kernels.build import RULES, begin, opened

begin()
ASK = opened(ask)
number = st.integers(-(10**12), 10**12)
facts = st.tuples(st.integers(0, 1), *[number] * 12, st.integers(0, 1))


@given(values=facts, first=st.integers(0, 1000), second=st.integers(1, 1000), kind=st.integers(0, len(k.RULES) - 1))
def test_every_rule_answers_as_in_the_core(values, first, second, kind):
    g, _ = k.blank(1, 1, 1)
    g[k.R_KIND, 0], g[k.R_FIRST, 0], g[k.R_SECOND, 0] = kind, first, second
    module = next(m for m in RULES if m.__name__.endswith(f".{k.RULES[kind]}"))
    assert ASK(g, 0, Facts(*values)) == module.check((first, second), Facts(*values))
