"""Is a run fast enough: what is short has its line and its remedy."""

from pathlib import Path

import msgspec
import pytest

from openbell.run.doctor.pace import pace
from openbell.run.sensors import Reading
from tests.run.small import small

FINE = {"cpu": 0.1, "memory": 0.1, "disk": 0.1}


@pytest.mark.parametrize(
    ("part", "use", "level"),
    [("cpu", 0.8, "ok"), ("cpu", 0.81, "warn"), ("memory", 0.81, "warn"), ("disk", 0.9, "ok"), ("disk", 0.91, "warn")],
)
def test_what_is_used_too_much_is_named(tmp_path: Path, part: str, use: float, level: str) -> None:
    line = pace(small(tmp_path)[0], Reading(**{**FINE, part: use}), "INFO")[0]
    assert (line.level, f"little {part} is left" in line.told, bool(line.fix)) == (
        level,
        level == "warn",
        level == "warn",
    )


def test_too_many_evaluations_a_second_are_named(tmp_path: Path) -> None:
    prepared = small(tmp_path)[0]
    line = pace(prepared, Reading(**FINE), "INFO")[1]
    assert (line.level, line.told) == ("ok", "cross every 1m: 0.0333 evaluations a second")
    (one,) = prepared.loaded.config.deployments
    fast = one.model_copy(update={"bars": 5_000_000})
    config = prepared.loaded.config.model_copy(update={"deployments": (fast,)})
    prepared.loaded = msgspec.structs.replace(prepared.loaded, config=config)
    line = pace(prepared, Reading(**FINE), "INFO")[1]
    assert (line.level, line.fix) == ("warn", "give longer bars or every, or fewer instruments")


def test_a_log_of_every_decision_is_named(tmp_path: Path) -> None:
    prepared = small(tmp_path)[0]
    assert [pace(prepared, Reading(**FINE), level)[2].level for level in ("INFO", "DEBUG")] == ["ok", "warn"]
