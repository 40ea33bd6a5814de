"""Pages read on a Dask cluster: other machines read, this one stores. Needs `pip install omr…[cluster]`.

The scans and the election's folder must lie under the same paths on every machine (a network folder): pages
are read there and their pictures kept there, only records travel. Start workers with one thread and a nanny
(the default of `dask worker --nthreads 1`): a page that hangs ends its process, and the nanny starts another.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from omr.errors import OmrError
from omr.pages import use_one_thread
from omr.words import Language, _, language, set_language

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from omr.store import NewPage
    from omr.task import Task, Worker

#: Chunks handed out per worker: one in work, one to go on with.
_AHEAD: Final = 2

#: How long the scheduler is waited for, and a cluster that has lost all its workers, seconds.
_PATIENCE: Final = 30.0

#: How often a cluster that is silent is asked whether it still has workers, seconds.
_ASK: Final = 5.0

#: One page at a time in a process: PDFium is not made for threads, and the time limit is the process's.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Cluster:
    """The workers of a Dask scheduler, as hands of a scan.

    Args:
        address: of the scheduler, `tcp://…:8786` or, encrypted, `tls://…`.
    """

    address: str

    @property
    def jobs(self) -> int:
        """How many workers there are."""
        with self._client() as client:
            return max(1, len(_workers(client)))

    def run(
        self, worker: Worker, chunks: Sequence[Sequence[Task]]
    ) -> Iterator[list[tuple[Task, NewPage | None]]]:
        """Read all chunks; what a lost worker had in hand is read by another.

        A chunk whose workers died again and again is read page by page, one page at a time on the whole
        cluster; a page that then still kills its worker gives None.

        Raises:
            OmrError: there is no such cluster, or it has lost all its workers.
            Exception: whatever `worker` raises.
        """
        with self._client() as client:
            # A task, not data: when the process that held it dies, it is made again.
            held = client.submit(_held, worker, pure=False)
            suspects: list[Sequence[Task]] = []
            yield from _in_chunks(client, held, deque(chunks), suspects)
            for task in (task for chunk in suspects for task in chunk):
                yield from _in_chunks(client, held, deque([[task]]), None)

    def _client(self) -> Any:
        try:
            return _distributed().Client(self.address, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError) as fault:
            raise OmrError(
                _("there is no Dask scheduler at {address}").format(address=self.address),
                _("check the address, and that its network can be reached from here"),
            ) from fault


def _distributed() -> Any:
    """Dask, an extra that few need."""
    try:
        return import_module("distributed")
    except ImportError as fault:
        raise OmrError(
            _("--dask needs Dask, which is not installed"), _("pip install 'dask[distributed]'")
        ) from fault


def _in_chunks(
    client: Any, held: Any, waiting: deque[Sequence[Task]], suspects: list[Sequence[Task]] | None
) -> Iterator[list[tuple[Task, NewPage | None]]]:
    """Work chunks off; those that kill their workers go to `suspects`, or come back as None without it."""
    handed: dict[Any, Sequence[Task]] = {}
    while waiting or handed:
        while waiting and len(handed) < _AHEAD * max(1, len(_workers(client))):
            chunk = waiting.popleft()
            handed[client.submit(_read, held, chunk, language(), pure=False)] = chunk
        for future in _done(client, list(handed)):
            chunk = handed.pop(future)
            fault = future.exception()
            if fault is None:
                yield list(zip(chunk, future.result(), strict=True))
            elif not isinstance(fault, _distributed().KilledWorker):
                raise fault
            elif suspects is None:
                yield [(task, None) for task in chunk]
            else:
                suspects.append(chunk)


def _done(client: Any, futures: list[Any]) -> list[Any]:
    """The futures that are done, at least one. Raises OmrError where nobody is left to do them."""
    alive = monotonic()
    while True:
        try:
            with client.as_current():
                done = _distributed().wait(futures, timeout=_ASK, return_when="FIRST_COMPLETED").done
            return list(done)
        except TimeoutError:
            if client.status == "running" and _workers(client):
                alive = monotonic()
            elif monotonic() - alive > _PATIENCE:
                raise OmrError(
                    _("the Dask cluster has no workers any more"),
                    _("start them, then give the same command again: what was read is kept"),
                ) from None


def _workers(client: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.scheduler_info(n_workers=-1)["workers"]
    return found


def _held(worker: Worker) -> Worker:
    """The worker, kept by each process of the cluster that reads."""
    return worker


def _read(worker: Worker, chunk: Sequence[Task], speak: Language) -> list[NewPage]:
    """Read a chunk in a process of the cluster."""
    with _one_at_a_time:
        set_language(speak)
        use_one_thread()
        return worker(chunk)
