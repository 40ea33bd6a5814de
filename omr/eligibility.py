"""The plan, II.1: who may be voted on, and whether the session may vote at all.

"Không lấy phiếu tín nhiệm đối với cán bộ đã có thông báo nghỉ công tác chờ nghỉ hưu hoặc được bổ nhiệm, bầu
cử trong năm lấy phiếu (gồm cả cán bộ được bổ nhiệm lại, điều động, luân chuyển trong năm lấy phiếu tín
nhiệm). Hội nghị lấy phiếu tín nhiệm chỉ được tiến hành khi có ít nhất 2/3 số người được triệu tập có mặt."

What is known of a person is the roster's note (ghi chú). A board that goes on all the same gives its reason
in `[overrides]` of election.toml; the reason is printed on the report. Pure.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

#: II.1, "ít nhất 2/3 số người được triệu tập có mặt".
QUORUM: Final = Fraction(2, 3)

#: Notes that say somebody is about to retire.
RETIRING: Final = re.compile(r"nghỉ\s+(công\s+tác\s+)?(chờ\s+)?(nghỉ\s+)?hưu|chờ\s+(nghỉ\s+)?hưu")

#: Notes that say somebody came into the position; it matters in which year.
APPOINTED: Final = re.compile(r"bổ\s+nhiệm|bầu|phê\s+chuẩn|điều\s+động|luân\s+chuyển")

YEAR: Final = re.compile(r"\b(20\d\d)\b")


def barred(note: str, year: int) -> bool:
    """Whether a note names a reason for which II.1 has nobody voted on.

    An appointment of another year does not; one without a year does, until the year is written.

    >>> barred("Bổ nhiệm năm 2023", 2023), barred("Bổ nhiệm năm 2021", 2023), barred("Chờ nghỉ hưu", 2023)
    (True, False, True)
    """
    said = " ".join(note.casefold().split())
    years = {int(text) for text in YEAR.findall(said)}
    return bool(RETIRING.search(said)) or bool(APPOINTED.search(said) and (not years or year in years))


def has_quorum(present: int | None, summoned: int | None) -> bool | None:
    """Whether at least 2/3 of those summoned are present; None where one number is not known.

    >>> has_quorum(20, 30), has_quorum(20, 31), has_quorum(None, 30)
    (True, False, None)
    """
    if present is None or summoned is None:
        return None
    return present >= QUORUM * summoned
