"""Connected ink, measured without the paper about it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from omr.strokes import components


@pytest.mark.parametrize("share", [0.0, 0.05, 0.3, 1.0])
def test_connected_ink_is_measured_as_opencv_measures_it(share: float) -> None:
    """Labels, bounding boxes and areas are OpenCV's; of an empty mask there is only what is no ink."""
    mask = (np.random.default_rng(7).random((90, 130)) < share).astype(np.uint8)
    _, expected_labels, expected, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)

    count, labels, stats = components(mask)

    assert count == len(expected)
    assert (labels == expected_labels).all()
    assert (stats[1:] == expected[1:]).all()
    assert not stats[0].any()
