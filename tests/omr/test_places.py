"""Groups of pixels looked up at once tell what each tells alone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from omr.places import Places

PICTURE = np.random.default_rng(4).integers(0, 256, 500).astype(np.uint8)

groups = st.lists(st.lists(st.integers(0, 499), max_size=30), max_size=8)


@given(groups)
def test_every_group_has_its_own_mean(lists):
    """Also beside empty groups, of which none, and be they last, takes a neighbour's pixel."""
    places = Places.of([np.array(each, int) for each in lists])
    for picture in (PICTURE, PICTURE > 100):
        alone = [picture[each].mean() if each else 0.0 for each in lists]
        assert places.means(picture).tolist() == alone
