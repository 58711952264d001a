"""Records: every event and effect comes back as it went, in the same bytes in every process."""

import inspect
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openbell.core import effects as fx
from openbell.core import events as ev
from openbell.core.book import Truth
from openbell.core.record import (
    Checkpoint,
    decode_checkpoint,
    decode_record,
    digest,
    encode_checkpoint,
    encode_record,
)
from openbell.core.view import Memory
from tests.core import build as b
from tests.core.build import bar, exits

ROOT = Path(__file__).resolve().parents[2]
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(-(2**62), 2**62),
    str: st.text(max_size=8),
    bool: st.booleans(),
    float: st.floats(allow_nan=False),
    Decimal: st.decimals(-(10**15), 10**15, places=8),
    type(None): st.none(),
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for what a field of this annotation can hold."""
    if hint in PLAIN:
        return PLAIN[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin is dict:
        return st.dictionaries(values(args[0]), values(args[1]), max_size=3)
    if origin is tuple and args[-1] is Ellipsis:
        return st.lists(values(args[0]), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values, args))
    if args:
        return st.one_of(*map(values, args))
    if inspect.isclass(hint) and issubclass(hint, msgspec.Struct):
        return structs(hint)
    return st.sampled_from(hint)


def structs(kind: type) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    return st.fixed_dictionaries({name: values(hints[name]) for name in kind.__struct_fields__}).map(
        lambda fields: kind(**fields)
    )


EVENTS = get_args(ev.AnyEvent)
EFFECTS = get_args(fx.AnyEffect)


@pytest.mark.parametrize("kind", EVENTS)
def test_every_event_comes_back_as_it_went(kind: type) -> None:
    @given(structs(kind))
    def check(event: ev.Event) -> None:
        raw = encode_record(event, [])
        assert decode_record(raw) == (event, [])
        assert encode_record(*decode_record(raw)) == raw

    check()


@pytest.mark.parametrize("kind", EFFECTS)
def test_every_effect_comes_back_as_it_went(kind: type) -> None:
    @given(structs(kind))
    def check(effect: fx.Effect) -> None:
        raw = encode_record(bar(1, 100.0), [effect, effect])
        assert decode_record(raw) == (bar(1, 100.0), [effect, effect])
        assert encode_record(*decode_record(raw)) == raw

    check()


def test_what_is_no_record_is_refused() -> None:
    for payload in (b"", b"\x00", encode_record(bar(1, 1.0), [])[:-1], msgspec.msgpack.encode((1, []))):
        with pytest.raises((msgspec.ValidationError, msgspec.DecodeError)):
            decode_record(payload)


def test_not_a_number_survives() -> None:
    event, _ = decode_record(encode_record(bar(1, 100.0, float("nan")), []))
    assert isinstance(event, ev.Bar)
    assert event.volume != event.volume


def story() -> Any:
    spec = b.run_spec(
        b.deployment_spec(instruments=("AAPL", "MSFT"), exits=exits(stop_loss="0.02"), can_short=True),
        b.deployment_spec("beta", exits=exits(trail_atr=2, atr_period=3)),
        accounts=[b.account_spec(cash={"USD": b.d(100_000), "EUR": b.d(10)})],
    )
    made = b.engine(spec)
    venue = b.exchange(*spec.instruments.values(), spread=b.d("0.001"), participation=b.d("0.5"), latency=b.MINUTE_NS)
    for n in range(1, 60):
        for symbol in ("AAPL", "MSFT"):
            px = 100.0 + (n * 7 % 11) - 5.0
            b.turn(made, venue, bar(n, px, float((n // 7) % 3 - 1), symbol=symbol, high=px + 1.5, low=px - 1.5))
    b.run(made, b.fx_mark("1.1", n=60), b.flow(5, n=60), b.split(2, 1, n=60), b.command("kill", n=61))
    return made


def test_a_checkpoint_holds_everything() -> None:
    made = story()
    truth, memory = made.book.truth, made.memory()
    checkpoint = Checkpoint(
        truth=truth,
        memory=memory,
        truth_hash=digest(truth),
        memory_hash=digest(memory),
        venues={"main": b"x"},
        strategies={"alpha": "h"},
    )
    again = decode_checkpoint(encode_checkpoint(checkpoint))
    assert isinstance(again.truth, Truth)
    assert isinstance(again.memory, Memory)
    assert digest(again.truth) == checkpoint.truth_hash
    assert digest(again.memory) == checkpoint.memory_hash
    assert (again.venues, again.strategies) == (checkpoint.venues, checkpoint.strategies)
    with pytest.raises(msgspec.ValidationError):
        decode_checkpoint(msgspec.msgpack.encode({"truth": 3}))


def test_the_hash_sees_every_figure() -> None:
    made = story().book.truth
    before = digest(made)
    made.accounts["main"].cash["USD"] += b.d("0.00000001")
    assert digest(made) != before


SCRIPT = """
import hashlib
from openbell.core.record import digest
from openbell.core.types import use_money_context
use_money_context()
from tests.core.test_record import story
made = story()
print(digest(made.book.truth).hex(), digest(made.memory()).hex(), made.book.truth.orders_hash.hex())
"""


def test_B32_hashes_are_the_same_in_every_process() -> None:
    found = set()
    for seed, zone, locale in (
        ("0", "UTC", "C"),
        ("4242", "Asia/Tokyo", "de_DE.UTF-8"),
        ("77", "America/New_York", "tr_TR"),
    ):
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}
        environment["PYTHONPATH"] = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, cwd=ROOT, capture_output=True, check=True
        )
        found.add(done.stdout)
    assert len(found) == 1
    assert found != {b""}
