"""A worker's pages: the next is loaded while one is read, and never two large ones at once."""

from __future__ import annotations

from threading import Event

import cv2
import numpy as np
import pytest

import omr.task
from omr.evidence import PageSeen, PageState
from omr.pages import Scan, list_sources, load_page
from omr.task import Task, Worker

#: Longest that a page which is to come is waited for, seconds.
PATIENCE = 20.0


@pytest.fixture
def tasks(tmp_path) -> list[Task]:
    """Three pages, each a file, each of a grey of its own."""
    for value in range(3):
        cv2.imwrite(str(tmp_path / f"{value}.png"), np.full((40, 30), 100 + value, np.uint8))
    return [Task(source, 1, 0) for source in list_sources([tmp_path])]


@pytest.fixture
def loaded(monkeypatch) -> list[Event]:
    """For each of three pages, whether it has been loaded."""
    events = [Event() for _each in range(3)]

    def watched(source, index):
        page = load_page(source, index)
        events[page.grey[0, 0] - 100].set()
        return page

    monkeypatch.setattr(omr.task, "load_page", watched)
    return events


def test_the_next_page_is_loaded_while_one_is_read(tasks, loaded, tmp_path):
    """And their records come in order."""
    came = []

    def reader(page: Scan) -> PageSeen:
        following = int(page.grey[0, 0]) - 99
        came.append(following == 3 or loaded[following].wait(PATIENCE))
        return PageSeen(PageState.BLANK)

    records = Worker(reader, tmp_path / "originals", tmp_path / "strips")(tasks)
    assert came == [True] * 3
    assert [record.sha256 for record in records] == [load_page(task.source, 0).sha256 for task in tasks]


def test_no_page_is_loaded_beside_a_large_one(tasks, loaded, tmp_path, monkeypatch):
    """A page of 600 dpi takes a good part of the memory that one may take."""
    monkeypatch.setattr(omr.task, "_SMALL", 1000)
    at_hand = []

    def reader(_page: Scan) -> PageSeen:
        at_hand.append(sum(event.is_set() for event in loaded))
        return PageSeen(PageState.BLANK)

    Worker(reader, tmp_path / "originals", tmp_path / "strips")(tasks)
    assert at_hand == [1, 2, 3]
