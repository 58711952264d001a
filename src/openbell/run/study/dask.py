"""Runs carried out by Dask: on a cluster that is there, or on this machine alone."""

from collections.abc import Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from openbell.links import Fault, in_the_open
from openbell.run.source import Source
from openbell.run.study.afar import cargo_of, need, spared_from_ctrl_c, work
from openbell.run.study.executor import LOOK_S, Backend, Carried, Chunk, in_flight
from openbell.run.study.trial import Outcome, StudyError, Subject

if TYPE_CHECKING:
    from distributed import Client, Future

PATIENCE_S = 30.0
"""Seconds within which a cluster must answer."""


class Dask:
    """Carries runs out by Dask's workers."""

    def __init__(self, subject: Subject, source: Source, backend: Backend) -> None:
        """Join a cluster, or start one here.

        Raises:
            StudyError: The cluster is elsewhere and not encrypted, Dask is not installed, or nobody answers.
        """
        if (fault := open_cluster(backend.cluster)) is not None:
            raise StudyError(f"--cluster: {fault.what}", fault.advice)
        need("distributed", "dask")
        self._stack = ExitStack()
        self._subject = subject
        try:
            self._client = self._stack.enter_context(_joined(backend, self._stack))
            self.width = sum(self._client.nthreads().values())
        except OSError as error:
            self._stack.close()
            what = f"no Dask cluster answers at {backend.cluster or 'this machine'}: {error}"
            raise StudyError(
                what, "start dask scheduler, then name its address with --cluster tls://HOST:8786"
            ) from None
        if not self.width:
            self._stack.close()
            raise StudyError("the Dask cluster has no workers", "start some: dask worker tls://HOST:8786 --nthreads 1")
        self._cargo = self._client.scatter(cargo_of(source), broadcast=True, hash=False)

    def carry_out(self, chunks: Iterable[Chunk]) -> Carried:
        """Yield outcomes as runs end.

        Raises:
            StudyError: Workers died, or have other code.
        """
        from distributed import CancelledError, KilledWorker

        try:
            yield from in_flight(self, chunks)
        except (KilledWorker, CancelledError) as error:
            what = f"workers of the Dask cluster have died: {error}"
            raise StudyError(what, "the same command goes on where it ended; perhaps memory ran out") from None
        except (ImportError, RuntimeError) as error:
            what = f"the Dask cluster cannot do the work: {str(error).partition(chr(10))[0]}"
            raise StudyError(what, "install the same openbell where the scheduler and the workers run") from None

    def submit(self, chunk: Chunk) -> "Future":
        """Hand a chunk over."""
        return self._client.submit(work, self._subject, self._cargo, chunk, pure=False)

    def wait(self, handles: "set[Future]") -> "tuple[list[list[Outcome]], set[Future]]":
        """Return what has ended soon, and the handles of the rest."""
        from distributed import wait

        try:
            ended = wait(handles, timeout=LOOK_S, return_when="FIRST_COMPLETED")
        except TimeoutError:
            return [], handles
        return [future.result() for future in ended.done], ended.not_done

    def drop(self, handles: "set[Future]") -> None:
        """Forget chunks that have not begun."""
        self._client.cancel(list(handles))

    def close(self) -> None:
        """Leave the cluster; one that was started here ends."""
        self._stack.close()


def open_cluster(address: str) -> Fault | None:
    """Return why a scheduler must not be joined, None where it may."""
    # Without a scheme Dask takes tcp://.
    return in_the_open(address if "://" in address else f"tcp://{address}") if address else None


def _joined(backend: Backend, stack: ExitStack) -> "Client":
    """Return a client of the cluster named, or of one that is started here.

    Raises:
        OSError: It does not answer.
    """
    from distributed import Client, LocalCluster

    if backend.cluster:
        return Client(backend.cluster, timeout=PATIENCE_S)
    with spared_from_ctrl_c():
        cluster = LocalCluster(
            n_workers=backend.jobs, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
        )
        return Client(stack.enter_context(cluster))
