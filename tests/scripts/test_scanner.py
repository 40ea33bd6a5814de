"""Seals, damages and scans."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from scripts.simulate import (
    HOSTILE,
    OFFICE,
    SETTINGS,
    Depth,
    Kind,
    PagePlan,
    Pass,
    RowPlan,
    SealKind,
    any_hand,
    inverted,
    mark_page,
    pick,
    px_per_mm,
    scan,
    scan_marked,
    scan_of,
)
from scripts.simulate import scan_damage as glass
from scripts.simulate import sheet_damage as sheet

SCALE = 8.0
DARK = (30, 30, 30)

DAMAGES = {
    "bled_through": lambda image, _: sheet.bled_through(image, image, 0.2, SCALE),
    "folded": lambda image, _: sheet.folded(image, 80, horizontal=True, depth=0.3, scale=SCALE),
    "punched": lambda image, _: sheet.punched(image, [(9, 40)], SCALE, DARK),
    "stapled": lambda image, _: sheet.stapled(image, (15, 10), 30, SCALE),
    "stained": lambda image, rng: sheet.stained(image, (100, 80), 25, SCALE, rng),
    "torn": lambda image, rng: sheet.torn(image, 1, (25, 20), SCALE, DARK, rng),
    "dog_eared": lambda image, _: sheet.dog_eared(image, 3, (25, 20), SCALE, DARK),
    "dirty": lambda image, rng: sheet.dirty(image, 30, SCALE, rng),
    "noisy": lambda image, rng: glass.noisy(image, 4, rng),
    "blurred": lambda image, _: glass.blurred(image, 0.1, SCALE),
    "toned": lambda image, _: glass.toned(image, -0.05, 1.1, 1.2),
    "shadowed": lambda image, _: glass.shadowed(image, 0.2, 30),
    "streaked": lambda image, _: glass.streaked(image, [60, 150], 0.3, 0.4, SCALE),
    "bordered": lambda image, rng: glass.bordered(image, 4, SCALE, rng),
    "grey": lambda image, _: glass.grey(image),
    "thresholded": lambda image, _: glass.thresholded(image, 170),
    "dithered": lambda image, _: glass.dithered(image),
    "compressed": lambda image, _: glass.compressed(image, 40),
}


@pytest.fixture(scope="module")
def sealed(page, print_image, strokes):
    rng = np.random.default_rng(3)
    return mark_page(
        page, print_image, PagePlan((RowPlan(1, Kind.PLAIN_X, "low"),)), any_hand(strokes, rng), rng
    )


def _reddish(image):
    blue, green, red = (image[:, :, i].astype(int) for i in range(3))
    return (red - np.maximum(blue, green)) > 40


def _in_square(mask, box):
    x0, y0, x1, y1 = (round(side * SCALE) for side in (box.x0, box.y0, box.x1, box.y1))
    return mask[y0:y1, x0:x1].sum() / max(mask.sum(), 1)


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damage_keeps_shape_and_type_and_changes_something(sealed, rng, name):
    """Every damage gives a new image of the same shape, and leaves the one it was given alone."""
    before = sealed.image.copy()
    after = DAMAGES[name](sealed.image, rng)
    assert (after.shape, after.dtype) == (before.shape, np.uint8)
    assert np.array_equal(sealed.image, before)
    assert not np.array_equal(after, before)


def test_a_seal_is_red_in_its_square(sealed, page):
    """The seal of the board is red ink, all of it in its square, over at least 100 mm²."""
    red = _reddish(sealed.image)
    assert red.sum() / SCALE**2 > 100
    assert _in_square(red, page.seal_mm) > 0.99


@pytest.mark.parametrize("kind", SealKind)
def test_seals_are_as_their_kind_says(page, print_image, hand, kind):
    """Missing, black, faint, beside the square, over the table, half inked."""
    image = mark_page(page, print_image, PagePlan(seal=kind), hand, np.random.default_rng(8)).image
    bare = mark_page(page, print_image, PagePlan(seal=SealKind.NONE), hand, np.random.default_rng(8)).image
    ink = np.abs(image.astype(int) - bare).max(axis=2) > 12
    red = _reddish(image)
    inside = _in_square(ink, page.seal_mm)
    assert ink.any() == (kind is not SealKind.NONE)
    assert (
        red.any() == (kind not in (SealKind.NONE, SealKind.BLACK, SealKind.FAINT)) or kind is SealKind.FAINT
    )
    if kind in (SealKind.PARTLY, SealKind.OVER_TABLE):
        assert inside < 0.95
    elif kind is not SealKind.NONE:
        assert inside > 0.98


def test_every_setting_gives_an_image_and_a_truth(page, print_image, hand):
    """Office, poor and hostile, whatever the dice."""
    for name, setting in SETTINGS.items():
        scanned = scan_of(page, print_image, PagePlan(), hand, setting, np.random.default_rng(1))
        assert scanned.image.ndim == 3, name
        assert len(scanned.rows) == 3, name


def test_the_same_seed_gives_the_same_scan(page, sealed):
    """A second scan of the same sheet differs only by the dice."""
    one, two, other = (scan_marked(page, sealed, OFFICE, SCALE, np.random.default_rng(s)) for s in (1, 1, 2))
    assert np.array_equal(one.image, two.image)
    assert one.image.shape != other.image.shape or not np.array_equal(one.image, other.image)


MOVED = {
    "still": Pass(),
    "dpi": Pass(dpi=300),
    "turned": Pass(rotation_deg=8, roomy=True),
    "upside down": Pass(turns=2, rotation_deg=2),
    "sideways": Pass(turns=1),
    "other way": Pass(turns=3, shear_deg=0.5),
    "scaled": Pass(print_scale=0.95),
    "wobbling": Pass(wobble=(1.5, 80, 1.0), stretch=1.01),
    "by phone": Pass(perspective_mm=((5, 3), (-4, 6), (-6, -3), (4, -5)), roomy=True),
    "cropped": Pass(crop_mm=(5, 0, 0, 3), shift_mm=(1, -1)),
}


@pytest.mark.parametrize("name", MOVED)
def test_the_truth_says_where_the_paper_lies(page, rng, name):
    """A dot on the paper is found in the scan where the exact warp says, within 0.15 mm."""
    dots = np.array([[60.0, 50.0], [150.0, 50.0], [150.0, 110.0], [60.0, 110.0]])
    paper = np.full((round(160 * SCALE), round(210 * SCALE), 3), 255, np.uint8)
    for x, y in dots:
        cv2.circle(
            paper,
            (round(x * SCALE * 16 - 8), round(y * SCALE * 16 - 8)),
            16 * 6,
            (0, 0, 0),
            -1,
            cv2.LINE_AA,
            4,
        )
    image, to_paper = scan(paper, MOVED[name], SCALE, rng)
    count, _, _, centres = cv2.connectedComponentsWithStats((image[:, :, 0] < 128).astype(np.uint8))
    assert count == 5
    seen = to_paper((centres[1:] + 0.5) / px_per_mm(MOVED[name].dpi))
    distances = np.hypot(*(seen[:, None] - dots[None]).transpose(2, 0, 1)).min(axis=0)
    assert distances.max() < 0.15
    assert to_paper(inverted(to_paper, dots)) == pytest.approx(dots, abs=1e-4)


def test_a_cropped_scan_is_smaller_and_a_roomy_one_larger(page, sealed, rng):
    """The size of a scan follows from what was scanned."""
    whole, cropped, roomy = (
        scan_marked(page, sealed, happens, SCALE, rng).image.shape[:2]
        for happens in (
            Pass(dpi=254),
            Pass(dpi=254, crop_mm=(5, 0, 0, 0)),
            Pass(dpi=254, roomy=True, rotation_deg=5),
        )
    )
    assert whole == (1600, 2100)
    assert cropped == (1600, 2050)
    assert roomy[0] > 1700


@pytest.mark.parametrize(("depth", "levels"), [(Depth.GREY, 256), (Depth.BILEVEL, 2), (Depth.DITHERED, 2)])
def test_a_scan_without_colour_has_none(page, sealed, rng, depth, levels):
    """Grey has three equal channels; one bit has two levels."""
    image = scan_marked(page, sealed, Pass(depth=depth), SCALE, rng).image
    assert np.array_equal(image[:, :, 0], image[:, :, 2])
    assert len(np.unique(image)) <= levels


def test_the_dice_stay_in_their_ranges():
    """No pass is worse than its setting allows."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        happens = pick(HOSTILE, rng)
        assert abs(happens.rotation_deg) <= 10
        assert 0.94 <= happens.print_scale <= 1.03
        assert happens.wobble is not None
        assert happens.wobble[0] <= 1.5
        assert max(happens.crop_mm) <= 5


def test_a_streak_through_a_box_is_a_reason_to_ask(page, sealed, rng):
    """A row through whose boxes a streak may run is not plain; beside the boxes it does not matter."""
    through, beside = (
        scan_marked(page, sealed, Pass(streaks_mm=(at,), streak_depth=0.4), SCALE, rng)
        for at in (160.0, 100.0)
    )
    assert not any(row.plain for row in through.rows)
    assert all(row.plain for row in beside.rows)


def test_a_mark_survives_the_scanner_in_its_box(page, print_image, hand):
    """Scanned and brought back by the truth, the ink of an X lies in its box."""
    rng = np.random.default_rng(9)
    plan = PagePlan((RowPlan(2, Kind.PLAIN_X, "medium"),), seal=SealKind.NONE)
    scanned = scan_of(page, print_image, plan, hand, Pass(rotation_deg=3, jpeg=60), rng)
    box = page.rows[1].cells[1].box_mm.grown(-0.8)
    y, x = np.nonzero(scanned.image.min(axis=2) < 160)
    ink = scanned.to_paper((np.stack([x, y], axis=1) + 0.5) / px_per_mm(200))
    others = [
        cell.box_mm.grown(-0.8) for row in page.rows for cell in row.cells if cell.box_mm.grown(-0.8) != box
    ]

    def inside(points, area):
        return ((points > [area.x0, area.y0]) & (points < [area.x1, area.y1])).all(axis=1).sum()

    assert inside(ink, box) > 50
    assert sum(inside(ink, other) for other in others) == 0
