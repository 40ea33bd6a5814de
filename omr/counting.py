"""A folder as it stands now: what was read, what people decided, and the result of it.

What `tally`, `report`, `export`, `status` and `resolve` all begin with.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from omr.audit.kept import read_record
from omr.audit.state import people_that_differ
from omr.election import load_election
from omr.printed import copies_printed, load_layout
from omr.questions import count_now
from omr.standing import stand
from omr.store import Store
from omr.tally import Day, Listed, tally

if TYPE_CHECKING:
    from layouts.model import BallotLayout
    from omr.audit.record import Record
    from omr.election import Election, Folder
    from omr.questions import Count
    from omr.standing import StandingBallot
    from omr.store import Problem
    from omr.tally import Tally


@dataclass(frozen=True, slots=True)
class Counted:
    """One election as it stands now.

    Attributes:
        now: pages, ballots and questions. ballots: the collected ones, by random id.
        problems: files that could not be read.
        printed: copies of the ballot ever printed; None where no record says.
        audit: the hand audit of the result; None where none was begun.
    """

    election: Election
    layout: BallotLayout
    now: Count
    ballots: tuple[StandingBallot, ...]
    result: Tally
    problems: tuple[Problem, ...]
    printed: int | None
    audit: Record | None = None


def count_folder(folder: Folder) -> Counted:
    """Count an election as it stands now.

    Raises:
        OmrError: the folder holds no election, nothing was printed, or a file of it is damaged.
    """
    election, layout = load_election(folder), load_layout(folder)
    with Store(folder.database) as store:
        now, problems = count_now(store, layout, election.rules), all_problems(store, election)
    return result_of(folder, election, now, problems)


def all_problems(store: Store, election: Election) -> tuple[Problem, ...]:
    """What keeps sheets from being counted, in every count that the result rests on."""
    rules = election.rules
    counts = range(1, rules.counts + 1)
    return tuple(each for count in counts for each in store.problems(count, rules.reviewers))


def result_of(folder: Folder, election: Election, now: Count, problems: tuple[Problem, ...]) -> Counted:
    """The result of a count that was read before."""
    layout = now.layout
    rules, printed = election.rules, copies_printed(folder, layout)
    people = listed(layout)
    numbers = [person.number for person in people]
    ballots = stand(now.ballots, numbers, seal=rules.seal, write_in=rules.write_in, scope=rules.scope)
    choices = [choice.id for choice in layout.choices]
    day = day_of(election, now, printed, problems)
    audit = read_record(folder)
    result = _against_the_hand(tally(people, choices, ballots, day, rules.base), audit)
    return Counted(election, layout, now, ballots, result, problems, printed, audit)


def _against_the_hand(result: Tally, audit: Record | None) -> Tally:
    """A result that a count of all ballots by hand contradicts is a draft until it is put right."""
    differing = len(people_that_differ(audit, result))
    return replace(result, day=replace(result.day, hand_differs=differing)) if differing else result


def listed(layout: BallotLayout) -> tuple[Listed, ...]:
    """The people as they stand on the paper, which is what voters saw."""
    return tuple(Listed(row.number, row.name, row.position) for page in layout.pages for row in page.rows)


def day_of(election: Election, now: Count, printed: int | None, problems: tuple[Problem, ...] = ()) -> Day:
    """The numbers of the day, as entered and as found."""
    session, compared = election.session, now.comparison
    wanted = election.rules.counts > 1
    return Day(
        summoned=session.summoned,
        present=session.present,
        present_at_vote=session.present_at_vote,
        issued=session.issued,
        printed=printed,
        unread=sum(not sheet.is_counted for sheet in now.box.ballots),
        counts_missing=int(wanted and compared is None),
        counts_differ=wanted and compared is not None and not compared.agreed,
        unstored=sum(each.unread for each in problems),
        broken=sum(not each.unread for each in problems),
        quorum_waived=election.overrides.quorum,
        questions=len(now.open_items),
    )
