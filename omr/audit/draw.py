"""Which ballots of the stack are drawn: whoever has the seed and a SHA-256 program finds the same ones.

Source: R. L. Rivest, "Reference implementation code for pseudo-random sampler for election audits"
(https://people.csail.mit.edu/rivest/sampler.py), also P. B. Stark's sha256Rand and the audits of Colorado:
the i-th number is the SHA-256 of "SEED,i", read as a whole number, modulo the ballots of the box, plus 1.
"""

from __future__ import annotations

from hashlib import sha256
from itertools import count, islice
from typing import TYPE_CHECKING, Final

from omr.errors import UsageError
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Digits a seed must have: 20 throws of a ten-sided die are 66 bits, which nobody can try through to find a
#: draw that suits them; the same number is asked for in the audits of Colorado.
LEAST_DIGITS: Final = 20

#: Different digits among them: 20 throws of a fair ten-sided die show fewer once in 10^8 times.
LEAST_DIFFERENT: Final = 4


def seed_of(typed: str) -> str:
    """The seed as thrown: its digits, without the spaces somebody may have typed between them.

    >>> seed_of("31415 92653 58979 32384")
    '31415926535897932384'

    Raises:
        UsageError: these are not the digits of that many dice.
    """
    seed = "".join(typed.split())
    if not (seed.isascii() and seed.isdigit()) or len(seed) < LEAST_DIGITS:
        raise UsageError(
            _("the seed must be {least} digits or more, as the dice showed them").format(least=LEAST_DIGITS),
            _("throw a ten-sided die {least} times in public and type the digits").format(least=LEAST_DIGITS),
        )
    if len(set(seed)) < LEAST_DIFFERENT:
        raise UsageError(
            _("the seed {seed} was not thrown: nearly all its digits are alike").format(seed=seed),
            _("throw a ten-sided die {least} times in public and type the digits").format(least=LEAST_DIGITS),
        )
    return seed


def draw(seed: str, box: int, ballots: int) -> tuple[int, ...]:
    """The first so many different places in the stack, from 1, in the order of the draw.

    A longer draw begins with the shorter one, so that a later round goes on where the last one ended.

    Args:
        seed: its digits.
        box: ballots in the box, at least 1.
        ballots: how many are drawn, at most `box`.

    >>> draw("999999999999999999999999", 1000, 3)
    (544, 800, 654)
    """
    return tuple(islice(_places(seed, box), ballots))


def number_at(seed: str, turn: int, box: int) -> int:
    """The number of the `turn`-th throw (from 1), 1 to `box`. It may come again in a later one.

    The modulo favours no ballot by more than box / 2^256.
    """
    hashed = sha256(f"{seed},{turn}".encode()).digest()
    return 1 + int.from_bytes(hashed, "big") % box


def _places(seed: str, box: int) -> Iterator[int]:
    """Every place of the stack once, in the order in which it first comes up."""
    seen: set[int] = set()
    for turn in count(1):
        place = number_at(seed, turn, box)
        if place not in seen:
            seen.add(place)
            yield place
