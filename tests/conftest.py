"""What every test can rely on."""

import pytest

from omr import words


@pytest.fixture(autouse=True)
def _nobody_chose_a_language():
    """A language that one test chose is not the next one's."""
    words._chosen.set(None)
    yield
    words._chosen.set(None)
