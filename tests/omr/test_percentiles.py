"""Counted percentiles are NumPy's own to the last bit: readings hang on them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from omr.percentiles import percentile, percentile_of, percentiles, ranked

tones = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=40))
shares = st.lists(st.floats(0, 100) | st.sampled_from([0, 25, 50, 60, 75, 80, 84, 97.5, 100]), min_size=1)


@given(tones, shares)
def test_every_group_has_its_own_percentiles(groups, of):
    """For every group and every share."""
    assert percentiles(groups, of).tolist() == np.percentile(groups, of, axis=1).tolist()


@given(tones, shares)
def test_one_group_has_one_percentile(groups, of):
    """A flat one, too."""
    assert percentile(groups[0], of[0]) == np.percentile(groups[0], of[0])


@given(arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e6, 1e6)), shares)
def test_a_few_numbers_have_one_percentile(values, of):
    """Numbers with fractions are put in order, and reckoned between likewise."""
    assert percentile_of(values, of[0]) == np.percentile(values, of[0])


@given(st.lists(st.binary(max_size=30), min_size=1), st.data())
def test_groups_of_any_size_are_put_in_order(groups, data):
    """Also beside such as are empty, of which nothing is asked."""
    sizes = np.array([len(group) for group in groups])
    ranks = np.array([data.draw(st.integers(0, max(size - 1, 0))) for size in sizes.tolist()])
    found = ranked(np.frombuffer(b"".join(groups), np.uint8), sizes, ranks).tolist()
    for group, rank, tone in zip(groups, ranks, found, strict=True):
        assert not group or tone == sorted(group)[rank]
