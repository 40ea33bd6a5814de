"""What every test can rely on."""

import gc
import os
import sys

import pytest

from omr import words

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
