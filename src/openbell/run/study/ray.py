"""Runs carried out by Ray: on a cluster that is there, or on this machine alone."""

import os
import socket
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from openbell.links import Fault, is_own_host
from openbell.run.source import Source
from openbell.run.study.afar import cargo_of, need, spared_from_ctrl_c, work
from openbell.run.study.executor import LOOK_S, Backend, Carried, Chunk, in_flight
from openbell.run.study.trial import Outcome, StudyError, Subject

if TYPE_CHECKING:
    from ray import ObjectRef

PATIENCE_S = 10.0
"""Seconds within which the head of a cluster must answer."""


class Ray:
    """Carries runs out by Ray's workers."""

    def __init__(self, subject: Subject, source: Source, backend: Backend) -> None:
        """Join a cluster, or start one here.

        Raises:
            StudyError: The cluster is elsewhere and not encrypted, Ray is not installed, or nobody answers.
        """
        if (fault := open_cluster(backend.cluster, os.environ)) is not None:
            raise StudyError(f"--cluster: {fault.what}", fault.advice)
        need("ray", "ray")
        # It would tell its maker about every start.
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        import ray

        terms: dict[str, Any] = {"address": backend.cluster} if backend.cluster else _here(backend)
        try:
            _reach(backend.cluster)
            with spared_from_ctrl_c():
                ray.init(log_to_driver=False, logging_level="error", **terms)
        except (ConnectionError, OSError, ValueError) as error:
            what = f"no Ray cluster answers at {backend.cluster or 'this machine'}: {error}"
            raise StudyError(what, "start it with ray start --head, then name it with --cluster HOST:6379") from None
        self._ray = ray
        self.width = max(1, int(ray.cluster_resources().get("CPU", 1)))
        self._run = ray.remote(work)
        self._subject = ray.put(subject)
        self._cargo = ray.put(cargo_of(source))

    def carry_out(self, chunks: Iterable[Chunk]) -> Carried:
        """Yield outcomes as runs end.

        Raises:
            StudyError: Workers died, or have other code.
        """
        failures = self._ray.exceptions
        try:
            yield from in_flight(self, chunks)
        except failures.RayTaskError as error:
            raise error.cause if isinstance(error.cause, StudyError) else error from None
        except failures.RayError as error:
            what = f"workers of the Ray cluster have died: {str(error).partition(chr(10))[0]}"
            raise StudyError(what, "the same command goes on where it ended; perhaps memory ran out") from None

    def submit(self, chunk: Chunk) -> "ObjectRef[list[Outcome]]":
        """Hand a chunk over."""
        return self._run.remote(self._subject, self._cargo, chunk)

    def wait(self, handles: "set[ObjectRef[Any]]") -> "tuple[list[list[Outcome]], set[ObjectRef[Any]]]":
        """Return what has ended soon, and the handles of the rest."""
        done, rest = self._ray.wait(list(handles), num_returns=1, timeout=LOOK_S)
        return self._ray.get(done), set(rest)

    def drop(self, handles: "set[ObjectRef[Any]]") -> None:
        """Forget chunks that have not begun."""
        for handle in handles:
            self._ray.cancel(handle)

    def close(self) -> None:
        """Leave the cluster; one that was started here ends."""
        self._ray.shutdown()


def open_cluster(address: str, environment: Mapping[str, str]) -> Fault | None:
    """Return why a cluster must not be joined, None where it may.

    Ray's addresses do not say whether they are encrypted; RAY_USE_TLS does, and then Ray refuses to talk otherwise. A
    name such as `auto` may stand for any machine.
    """
    host = urlsplit(f"//{address.rpartition('://')[2]}").hostname or ""
    if not address or is_own_host(host) or environment.get("RAY_USE_TLS", "").lower() in ("1", "true"):
        return None
    advice = "set RAY_USE_TLS=1 and the certificates that Ray asks for, here and on every machine of it"
    return Fault("runs would go to another machine in the open", advice)


def _reach(address: str) -> None:
    """Try whether anybody listens at an address with a port; Ray itself would try for many minutes.

    Raises:
        OSError: Nobody does.
    """
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if port.isdecimal():
        socket.create_connection((host, int(port)), PATIENCE_S).close()


def _here(backend: Backend) -> dict[str, Any]:
    # Without an address Ray would join whatever RAY_ADDRESS names.
    return {"address": "local", "num_cpus": backend.jobs, "include_dashboard": False, "_node_ip_address": "127.0.0.1"}
