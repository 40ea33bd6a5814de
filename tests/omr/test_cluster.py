"""Reading on a Dask cluster of this machine: nothing lost, nothing twice, whoever dies."""

from __future__ import annotations

import os
from functools import partial

import pytest

import omr.cluster as cluster_module
from omr.cluster import Cluster
from omr.election import Folder
from omr.errors import OmrError
from omr.evidence import PageState
from omr.scan import Progress, scan
from omr.store import Store
from tests.omr.stand_in import CRASHES, stand_in_reader
from tests.omr.test_scan import facts, fresh, run, tiff

# The library's own: sockets and loops that its threads leave to the collector when workers are killed.
pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.xdist_group("dask"),
]


@pytest.fixture(scope="module")
def two_workers():
    """Two worker processes, one thread each, on the loopback only."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
    ) as local:
        yield local


@pytest.fixture
def folder(tmp_path) -> Folder:
    return fresh(tmp_path / "election")


@pytest.fixture
def scans(tmp_path):
    place = tmp_path / "scans"
    place.mkdir()
    return place


def test_a_worker_killed_in_the_middle_loses_nothing_and_doubles_nothing(
    two_workers, folder, scans, tmp_path
):
    """The result is that of this machine's own processes."""
    tiff(scans / "a.tif", list(range(10, 130, 3)))
    killed = []

    def kill_one(step: Progress) -> None:
        if step.done and not killed:
            victim = next(iter(two_workers.workers.values()))
            killed.append(victim.pid)
            os.kill(victim.pid, 9)

    reader = partial(stand_in_reader, slow=0.02)
    hands = Cluster(two_workers.scheduler_address)
    outcome = scan(folder, [scans], hands=hands, reader=reader, progress=kill_one)
    assert killed
    assert (outcome.stored, outcome.exit_code) == (40, 0)
    alone = fresh(tmp_path / "alone")
    run(alone, scans)
    assert facts(folder) == facts(alone)


def test_a_page_that_kills_every_worker_costs_that_page_only(two_workers, folder, scans):
    """What lay beside it on the way is read all the same."""
    tiff(scans / "a.tif", [10, 20, CRASHES, 30, 40])
    two_workers.scheduler.allowed_failures = 1
    outcome = scan(folder, [scans], hands=Cluster(two_workers.scheduler_address), reader=stand_in_reader)
    assert outcome.stored == 5
    with Store(folder.database) as store:
        states = [page.state for page in store.pages()]
    assert states == [PageState.READ] * 2 + [PageState.UNREADABLE] + [PageState.READ] * 2


def test_a_cluster_that_is_not_there_is_a_line(folder, scans, monkeypatch):
    tiff(scans / "a.tif", [10])
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster_module, "_PATIENCE", 0.2)
    with pytest.raises(OmrError, match=r"127\.0\.0\.1:9"):
        scan(folder, [scans], hands=Cluster("tcp://127.0.0.1:9"), reader=stand_in_reader)


def test_without_dask_the_message_says_how_to_install_it(monkeypatch):
    def missing(_name):
        raise ImportError

    monkeypatch.setattr(cluster_module, "import_module", missing)
    with pytest.raises(OmrError) as fault:
        Cluster("tcp://127.0.0.1:9").run(None, [[None]]).__next__()
    assert "pip install" in fault.value.advice
