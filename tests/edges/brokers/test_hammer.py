"""Four processes on one key, all of them under full load: the server counts."""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from openbell.core.types import MINUTE_NS, NS
from openbell.edges.brokers.alpaca import LIMITS
from openbell.wire.alpaca.said import Keys
from openbell.wire.alpaca.server import TRADING_RATE, Server
from openbell.wire.log import Log
from tests.house.source import ROOT
from tests.wire.alpaca.stand import house

PROCESSES, SPEED, SPAN = 4, 8.0, 130
"""Processes; times the clock; seconds of it: more than two of the server's minutes."""
MOST_WAIT = 4 * NS
"""A cancel at full load, ns of the fast clock: half a second of a machine that may be busy with much else."""


async def _hammered(folder: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what four processes saw, and what the server wrote down."""
    begin = time.monotonic_ns()
    log = Log(folder / "front.log")
    server = Server(
        house()[0], Keys("PKTEST", "secret"), log, lambda: int((time.monotonic_ns() - begin) * SPEED) + 86_400 * NS, []
    )
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    async with TestServer(server.application()) as door:
        words = [str(door.make_url("")).rstrip("/"), str(folder / "rates"), str(begin), str(SPEED), str(SPAN)]
        program = str(Path(__file__).with_name("hammer.py"))
        runs = [
            await asyncio.create_subprocess_exec(
                sys.executable, program, *words, stdout=asyncio.subprocess.PIPE, env=env
            )
            for _ in range(PROCESSES)
        ]
        told = [json.loads((await run.communicate())[0]) for run in runs]
        await server.close()
    log.close()
    return told, [json.loads(line) for line in (folder / "front.log").read_text().splitlines()]


@pytest.mark.slow
def test_F54_four_processes_on_one_key_never_exceed_the_limit_and_cancels_go_out(tmp_path: Path) -> None:
    told, log = asyncio.run(_hammered(tmp_path))
    arrived = [line for line in log if line["kind"] in ("request", "limited")]
    by_minute = Counter(line["time"] // MINUTE_NS for line in arrived)
    assert sum(one["limited"] for one in told) == 0
    assert [line for line in log if line["kind"] == "limited"] == []
    assert max(by_minute.values()) <= TRADING_RATE, by_minute
    assert len(arrived) == sum(one["sent"] for one in told)
    # The load was full: what could be sent was sent, by all of them.
    busy = (arrived[-1]["time"] - arrived[0]["time"]) // NS
    assert busy > 120
    assert len(arrived) > 0.8 * (LIMITS["burst"] - LIMITS["reserve"] + LIMITS["rate"] * busy)
    assert min(one["sent"] for one in told) > 10
    waits = [wait for one in told for wait in one["waits"]]
    assert len(waits) > PROCESSES * 20
    assert max(waits) < MOST_WAIT, sorted(waits)[-5:]
