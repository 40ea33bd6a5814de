"""The simulation of the hand audit: it runs the program's own audits, and its numbers come again."""

from __future__ import annotations

from fractions import Fraction

from scripts import audit_simulation
from scripts.tables import upper_bound

FIVE = Fraction(1, 20)


def simulated(reported, true, box=45, within=None):
    return list(audit_simulation._audits(200, "27182818284590452353", FIVE, box, reported, true, within))


def test_the_same_arguments_give_the_same_audits():
    assert simulated([4], [4]) == simulated([4], [4])


def test_right_outcomes_are_confirmed_and_wrong_ones_hardly_ever():
    """Chance is bounded: of 200 audits at a risk of 5 % more than 20 wrong ones come once in 1,000 times."""
    assert sum(bool(each.confirmed) for each in simulated([4], [4])) > 180
    wrong = sum(bool(each.confirmed) for each in simulated([4], [23]))
    assert wrong <= 20
    assert upper_bound(wrong, 200) < 0.15


def test_a_wrong_share_passes_where_only_the_lines_are_audited_and_hardly_ever_where_shares_are():
    """51 of 500 were reported 0: on the right side of every line, and more than ten points off."""
    lines, shares = (simulated([0], [51], 500, within) for within in (None, audit_simulation.WITHIN))
    assert sum(bool(each.confirmed) for each in lines) > 100
    assert sum(bool(each.confirmed) for each in shares) <= 20


def test_a_person_close_to_the_line_is_not_drawn_for():
    (told, *_others) = simulated([0, 22], [0, 22])
    assert (told.drawn, told.confirmed) == (5, (1,))


def test_the_tables_are_printed(capsys):
    assert audit_simulation.main(["--audits", "10"]) == 0
    assert capsys.readouterr().out.count("| ballots |") == 4
