"""How much risk is left after a sample, and how large a sample is likely to be enough. Pure.

An `Assertion` says that at least so many of the N ballots support something ("not low", "low"). Its null
hypothesis is that fewer do. The test is ALPHA (Stark 2022, arXiv:2201.02707) for sampling without
replacement, of a population of zeros and ones: with m = least - 1,

    T_j = T_{j-1} · ( η_j / μ_j  if the j-th ballot supports, else (1 - η_j) / (1 - μ_j) ),
    μ_j = (m - supporting before j) / (N - j + 1),

where η_j, the expected share of support among the ballots not yet drawn, may be chosen from the ballots seen
so far if it is not less than μ_j. Here it is the mean of three guesses of the number of supporting ballots,
each weighted by how well it foretold the ballots drawn so far: as reported, and a quarter and a half of the
way from there to m. Then T_j is the mean of three of Wald's likelihood ratios without replacement, and
depends only on how many ballots were drawn and how many of them support, not on their order: people tell no
more.

T is a nonnegative supermartingale under the null, beginning at 1, so that it ever reaches 1/α with a
probability of at most α (Ville's inequality); 1/T is the measured risk, whenever one looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from math import comb, perm
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

#: How sure it shall be that the next round is enough if the result is right. Moves the work, not the risk.
SURE: Final = 0.9

#: Largest part of the box that is drawn; where more would be needed, all are counted: taking ballots by their
#: place out of a stack costs more time than going through the stack once.
MOST_DRAWN: Final = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Assertion:
    """At least `least` of `box` ballots support something; the result says that `reported` do.

    Attributes:
        box: ballots in the box, N.
        least: 1 to `reported`.
        reported: at most `box`.
    """

    box: int
    least: int
    reported: int

    @property
    def guesses(self) -> tuple[int, int, int]:
        """How many ballots may support, if the assertion holds: as reported, and nearer to the line.

        >>> Assertion(45, 23, 40).guesses
        (40, 36, 31)
        """
        m, r = self.least - 1, self.reported
        return r, max(self.least, r - (r - m) // 4), max(self.least, r - (r - m) // 2)


def measured_risk(told: Assertion, drawn: int, support: int) -> Fraction:
    """The p-value of "fewer than `least` support" after so many ballots, exact; 1 says nothing, 0 all.

    Args:
        told: the assertion.
        drawn: ballots drawn so far, without replacement.
        support: how many of them support.

    >>> float(measured_risk(Assertion(45, 23, 45), 5, 5)) < 0.05
    True
    """
    against, m, n = drawn - support, told.least - 1, told.box
    if support > m:
        return Fraction(0)
    if against > n - m:
        return Fraction(1)
    weighed = sum(perm(guess, support) * perm(n - guess, against) for guess in told.guesses)
    if not weighed:
        return Fraction(1)
    likely = perm(m, support) * perm(n - m, against) * len(told.guesses)
    return min(Fraction(1), Fraction(likely, weighed))


def ballots_needed(told: Assertion, limit: Fraction, drawn: int = 0, support: int = 0) -> int | None:
    """How many ballots in all are likely (`SURE`) to confirm the assertion if the result is right.

    Args:
        told: the assertion.
        limit: the risk limit.
        drawn: ballots drawn already.
        support: how many of them support.

    Returns:
        More than `drawn` and at most `MOST_DRAWN` of the box; None where that is not likely to be enough.
    """
    return _needed(told, limit, drawn, support)


@lru_cache(maxsize=4096)
def _needed(told: Assertion, limit: Fraction, drawn: int, support: int) -> int | None:
    left, supporting = told.box - drawn, told.reported - support
    if not 0 <= supporting <= left:
        return None
    bounds, chances = _Evidence(told, limit), _Chances(left, supporting)
    for n in _steps(drawn, int(told.box * MOST_DRAWN)):
        if chances.at_least(bounds.least_support(n) - support, n - drawn) >= SURE:
            return n
    return None


def _steps(drawn: int, most: int) -> Iterator[int]:
    """Sample sizes to try: every one at first, each fiftieth part more in large boxes."""
    n = drawn + 1
    while n <= most:
        yield n
        n += max(1, n // 50)


class _Evidence:
    """The same T in floating point, for planning: how much support a sample needs. Never decides."""

    def __init__(self, told: Assertion, limit: Fraction) -> None:
        n, m = told.box, told.least - 1
        self.m = m
        self.wanted = float(1 / limit)
        self.ratios = [(_ratios(guess, m, n), _ratios(n - guess, n - m, n)) for guess in told.guesses]
        self.support = 0

    def least_support(self, drawn: int) -> int:
        """Fewest supporting ballots of so many that confirm. Ask with growing numbers: the answer grows."""
        while self.support <= drawn and not self._enough(drawn, self.support):
            self.support += 1
        return self.support

    def _enough(self, drawn: int, support: int) -> bool:
        if support > self.m:
            return True
        t = sum(np.exp(up[support] + down[drawn - support]) for up, down in self.ratios)
        return bool(t >= self.wanted * len(self.ratios))


def _ratios(guess: int, null: int, box: int) -> NDArray[np.float64]:
    """Logarithm of guess · (guess - 1) · … over null · (null - 1) · …, by the number of factors, 0 to box."""
    at = np.arange(box)
    terms = np.full(box, -np.inf)
    both = (at < guess) & (at < null)
    terms[both] = np.log((guess - at[both]) / (null - at[both]))
    return np.concatenate([[0.0], np.cumsum(terms)])


class _Chances:
    """How many of a sample support, if so many of the ballots left do (hypergeometric)."""

    def __init__(self, left: int, supporting: int) -> None:
        self.left, self.supporting = left, supporting
        self.log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, left + 1)))])

    def at_least(self, wanted: int, sample: int) -> float:
        """Probability that at least `wanted` of `sample` more ballots support."""
        low, high = max(wanted, 0, sample - (self.left - self.supporting)), min(sample, self.supporting)
        if low > high:
            return 0.0
        s = np.arange(low, high + 1)
        ways = self._log_comb(self.supporting, s) + self._log_comb(self.left - self.supporting, sample - s)
        return float(np.exp(ways - self._log_comb(self.left, np.array([sample]))).sum())

    def _log_comb(self, n: int, k: NDArray[np.int64]) -> NDArray[np.float64]:
        facts = self.log_factorial
        return np.asarray(facts[n] - facts[k] - facts[n - k])


def interval(box: int, drawn: int, found: int, limit: Fraction) -> tuple[int, int]:
    """How many ballots of the box may say what `found` of `drawn` say, at that risk: from, to.

    The prior-posterior ratio of Waudby-Smith and Ramdas (arXiv:2006.04347) with the flat prior: a number L
    is left out where its posterior probability has fallen to the risk limit times its prior or below.
    Whenever one looks, the true number is left out with a probability of at most the risk limit.

    >>> interval(45, 45, 7, Fraction(1, 20))
    (7, 7)
    >>> interval(45, 0, 0, Fraction(1, 20))
    (0, 45)
    """
    least_ways = limit * comb(box + 1, drawn + 1) / (box + 1)
    range_ = range(found, box - (drawn - found) + 1)
    inside = [n for n, ways in zip(range_, _ways(box, drawn, found), strict=True) if ways > least_ways]
    return inside[0], inside[-1]


def _ways(box: int, drawn: int, found: int) -> Iterator[int]:
    """C(L, found) · C(box - L, drawn - found) for every L that can be, each from the one before."""
    against = drawn - found
    first = comb(box - found, against)
    steps = range(found, box - against)
    return accumulate(
        steps,
        lambda ways, n: ways * (n + 1) * (box - n - against) // ((n + 1 - found) * (box - n)),
        initial=first,
    )
