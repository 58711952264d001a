"""S4, the system around a run: its service, its machine, its pages."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from configparser import RawConfigParser
from pathlib import Path

import pytest

from openbell.run.doctor.machine import GB, LEAST_CORES, LEAST_MEMORY, Figures, machine
from tests.checklist.market import PAPER
from tests.cli.process import Said
from tools.tree import ROOT

Caller = Callable[..., Said]
HOW_TO = ROOT / "docs" / "how-to"
UNIT = HOW_TO / "openbell.service"


def unit() -> RawConfigParser:
    found = RawConfigParser(strict=False)
    found.optionxform = str  # type: ignore[assignment,method-assign]  # keys of a unit are told apart by case
    found.read(UNIT, encoding="utf-8")
    return found


def test_the_service_is_shut_in_and_starts_a_command_that_there_is(call: Caller) -> None:
    service = unit()["Service"]
    for key, value in {
        "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
        "PrivateDevices": "yes", "CapabilityBoundingSet": "", "RestrictNamespaces": "yes", "KillSignal": "SIGTERM",
        "ProtectKernelModules": "yes", "ProtectKernelTunables": "yes", "RestrictAddressFamilies":
        "AF_INET AF_INET6 AF_UNIX", "ReadWritePaths": "/var/lib/openbell", "User": "openbell",
    }.items():  # fmt: skip
        assert service[key] == value, key
    program, verb, *rest = shlex.split(service["ExecStart"])
    assert (Path(program).name, verb) == ("openbell", "run")
    options = call("run", "--help").out
    assert [word for word in rest if word.startswith("--") and word not in options] == []
    guide = (HOW_TO / "service.md").read_text(encoding="utf-8")
    assert "## Hardening" in guide
    assert "(openbell.service)" in guide


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="this machine has no systemd to ask")
def test_systemd_itself_finds_the_service_well_shut_in() -> None:
    words = ["systemd-analyze", "security", "--offline=true", "--threshold=30", str(UNIT)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, "OK" in done.stderr + done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize(
    ("cores", "memory", "disk", "level"),
    [
        (2, GB, GB, "ok"),
        (1, GB, GB, "warn"),
        (2, GB - 1, GB, "warn"),
        (2, GB, GB // 2, "warn"),
        (2, GB, GB // 20, "fail"),
    ],
)
def test_the_doctor_compares_the_machine_with_what_a_run_needs(cores: int, memory: int, disk: int, level: str) -> None:
    had = Figures(python=(3, 12), cores=cores, memory=memory, disk=disk, clock=0)
    found = machine(Path("/"), had, lambda _: "")
    worst = next((one for one in ("fail", "warn") if any(line.level == one for line in found)), "ok")
    assert worst == level
    # Our own need is far below the four cores and sixteen gigabytes that are usual.
    assert (LEAST_CORES, LEAST_MEMORY) == (2, GB)
    assert all(line.fix for line in found if line.level != "ok")


def test_sizes_of_machines_are_documented() -> None:
    text = (HOW_TO / "service.md").read_text(encoding="utf-8")
    for words in ("| 4 | 16 GB | 100 GB | broadband |", "| 8 | 32 GB | 500 GB | a line of its own, a second one, an",
                  "| 16 | 64 GB | NVMe | below 1 ms to the venue: beside it |"):  # fmt: skip
        assert words in text
    assert "(docs/how-to/service.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_doctor_says_how_long_the_venue_took_to_answer(call: Caller, tmp_path: Path, venue: str) -> None:
    file = tmp_path / "paper.yaml"
    file.write_text(PAPER.format(url=venue), encoding="utf-8")
    (line,) = [line for line in call("doctor", "quick", file).out.splitlines() if "account main" in line]
    found = re.search(r"answered within ([\d.]+) ms", line)
    assert found is not None, line
    assert 0.0 < float(found[1]) < 60_000.0


def test_patterns_own_parts_and_architecture_are_pages_that_are_linked() -> None:
    text = (HOW_TO / "patterns.md").read_text(encoding="utf-8")
    for link in ("own-parts.md", "../../ARCHITECTURE.md", "configure.md"):
        assert f"({link})" in text
        assert (HOW_TO / link).resolve().is_file(), link
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for page in ("docs/how-to/patterns.md", "docs/how-to/own-parts.md", "ARCHITECTURE.md"):
        assert f"({page})" in readme, page


def test_every_way_to_stop_stands_in_the_page_of_emergencies() -> None:
    text = (HOW_TO / "emergencies.md").read_text(encoding="utf-8")
    for word in ("openbell kill", "openbell drill", "openbell enable", "openbell restore", "STATE/KILL", "guardian"):
        assert word in text
    assert "(docs/how-to/emergencies.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
