"""What a cluster's worker is asked to do comes to the same, or is refused in words."""

import os
import pickle
import signal

import msgspec
import numpy as np
import pytest

from openbell.edges.feeds.merge import fingerprint
from openbell.run.study import afar
from openbell.run.study.afar import Cargo, cargo_of, need, spared_from_ctrl_c, work
from openbell.run.study.bars import unpacked
from openbell.run.study.pool import Alone
from openbell.run.study.trial import StudyError
from tests.run.study.desk import FAST, SLOW, desk

VALUES = [((FAST, str(fast)), (SLOW, "40")) for fast in (3, 9, 50)]


def sent(cargo: Cargo) -> Cargo:
    """Return what arrives elsewhere."""
    return pickle.loads(pickle.dumps(cargo))


def test_a_worker_comes_to_what_this_process_does(tmp_path):
    made = desk(tmp_path, days=2)
    cargo = sent(cargo_of(made.source))
    assert fingerprint(unpacked(cargo.layout, memoryview(cargo.memory)).tables) == made.source.digest
    alone = [one for found in Alone(made.subject, made.source, lambda: False).carry_out([VALUES]) for one in found]
    assert work(made.subject, cargo, VALUES) == alone
    assert (cargo == cargo_of(made.source), hash(cargo) == hash(sent(cargo))) == (True, True)
    assert cargo != cargo_of(desk(tmp_path / "other", days=3).source)


def test_bars_are_read_once_and_cannot_be_written(tmp_path):
    made = desk(tmp_path, days=2)
    afar._bench.cache_clear()
    for _ in range(3):
        work(made.subject, sent(cargo_of(made.source)), VALUES[:1])
    assert (afar._bench.cache_info().misses, afar._bench.cache_info().currsize) == (1, 1)
    bench = afar._bench(made.subject, cargo_of(made.source))
    with pytest.raises(ValueError, match="read-only"):
        bench.source.tables[0].close[0] = 1.0


def test_a_worker_with_other_code_is_refused(tmp_path):
    made = desk(tmp_path, days=2)
    other = msgspec.structs.replace(made.subject, base="0" * 64)
    with pytest.raises(StudyError, match="is another one than where the study began") as caught:
        work(other, cargo_of(made.source), VALUES[:1])
    assert pickle.loads(pickle.dumps(caught.value)).advice == caught.value.advice != ""


def test_a_worker_without_the_file_says_what_it_needs(tmp_path):
    made = desk(tmp_path, days=2)
    (tmp_path / "small.yaml").unlink()
    with pytest.raises(StudyError, match="small.yaml cannot be read") as caught:
        work(made.subject, cargo_of(made.source), VALUES[:1])
    assert "the same folder at the same path" in caught.value.advice


def test_a_worker_without_our_folder_of_compiled_code_has_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENBELL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    made = desk(tmp_path, days=2)
    gone = msgspec.structs.replace(made.subject, cache=str(tmp_path / "elsewhere"))
    assert work(gone, cargo_of(made.source), VALUES[:1])[0].key
    (place,) = (tmp_path / "home" / "cache" / "numba").iterdir()
    assert (os.environ["NUMBA_CACHE_DIR"], (tmp_path / "elsewhere").exists()) == (str(place), False)


def test_memory_may_be_read_only_when_it_arrives(tmp_path):
    made = desk(tmp_path, days=2)
    cargo = cargo_of(made.source)
    memory = np.frombuffer(cargo.memory.tobytes(), np.uint8)
    assert not memory.flags.writeable
    assert work(made.subject, Cargo(cargo.layout, memory), VALUES[:1])[0].equity_end


def test_what_is_missing_is_named_with_what_to_install():
    need("json", "none")
    with pytest.raises(StudyError, match="nothing_like_it is not installed") as caught:
        need("nothing_like_it", "extra")
    assert caught.value.advice == "install it with: pip install 'openbell[extra]'"


def test_what_starts_meanwhile_does_not_hear_ctrl_c():
    with spared_from_ctrl_c():
        assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
