"""What every test can rely on."""

import gc
import math
import os
import sys

# There are more processes of tests than processors, and they start others: the threads of NumPy's library
# would wait for each other at full speed, on what the others need. It reads this when it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import cv2
import pytest

from omr import words

cv2.setNumThreads(1)

# Bytecode is kept, also where the environment says not to: else each worker compiles all tests anew, and each
# of the hundred processes that they start compiles the program.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_finish():
    """All tests and what they import stay to the end: the collector need not look through them again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _nobody_chose_a_language():
    """A language that one test chose is not the next one's."""
    words._chosen.set(None)
    yield
    words._chosen.set(None)


def pytest_xdist_auto_num_workers():
    """Half as many again as processors: a third of their time tests wait, for a disk, a browser, a child."""
    return math.ceil(1.5 * (os.cpu_count() or 1))
