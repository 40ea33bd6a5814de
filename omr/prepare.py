"""`omr init`: a new election folder with election.toml, people.csv and the election's own key."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final, cast

import tomlkit
from pydantic import ValidationError

from omr.election import (
    KEY_BYTES,
    VERSION,
    Overrides,
    Rules,
    Session,
    Settings,
    refuse_barred,
    refuse_without_quorum,
)
from omr.errors import OmrError, UsageError
from omr.files import private_folder, write_text
from omr.intake import read_list
from omr.roster import Entry, as_text, at_venue, refuse_same_number, write_roster
from omr.signing import make_key
from omr.venues import BASIS, ELSEWHERE, EXAMPLE_PEOPLE, VENUES
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tomlkit.items import Table

    from omr.election import Folder

#: The tables of election.toml, in their order.
TABLES: Final = ("session", "rules", "identity", "papers", "overrides")

#: The kind of ballot whose paragraph above the table is the plan's; another brings its own (`layouts`).
WITH_BASIS: Final = "phu_luc_04"

#: Letters of an election's id: base 32 of RFC 4648, none of which is mistaken for another when read aloud.
ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the caller wants in a new election; what is empty or None gets the venue's own words.

    `session` holds keys of `[session]`, `rules` of `[rules]`, `overrides` of `[overrides]`.
    """

    venue: str = ""
    layout: str = "phu_luc_04"
    agency: str = ""
    superior: str = ""
    meeting: str = ""
    place: str = ""
    date: str = ""
    title: str = ""
    voters: str = ""
    subjects: str = ""
    year: int | None = None
    basis: str = ""
    session: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What `omr init` made: who is on the ballot, and who of the roster is not."""

    listed: tuple[Entry, ...]
    left_out: tuple[Entry, ...]


def prepare(folder: Folder, wish: Wish, roster: Path | None = None) -> Prepared:
    """Make a new election folder. Nothing is written unless everything is in order.

    Raises:
        OmrError: an election is there already, or the roster or a wish cannot be used.
    """
    _refuse_taken(folder)
    everybody = read_list(roster) if roster else _example(wish.venue)
    listed = at_venue(everybody, wish.venue)
    if not listed:
        raise UsageError(
            _("nobody in {file} is voted on at {venue}").format(
                file=roster.name if roster else "people.csv", venue=wish.venue
            ),
            _("compare the column noi_lay_phieu with --venue"),
        )
    if roster:
        refuse_same_number(everybody, listed, roster.name)
    settings = _settings(wish)
    refuse_without_quorum(settings)
    if not settings.overrides.eligibility:
        refuse_barred(listed, settings.year, roster.name if roster else folder.people_csv.name)
    if folder.people_csv.exists() and folder.people_csv.read_bytes() != as_text(listed).encode():
        raise _taken(folder, folder.people_csv)
    private_folder(folder.root)
    # election.toml comes last: without it nothing was ever printed, and what is there was cut off half made.
    if not folder.key_file.exists():
        write_text(folder.key_file, secrets.token_hex(KEY_BYTES) + "\n")
    make_key(folder.signing_key, folder.public_key)
    write_roster(folder.people_csv, listed)
    write_text(folder.election_toml, as_toml(settings))
    kept = {(entry.name, entry.position) for entry in listed}
    return Prepared(listed, tuple(e for e in everybody if (e.name, e.position) not in kept))


def _refuse_taken(folder: Folder) -> None:
    for path in (folder.election_toml, folder.database, folder.layout_json, folder.prints_json):
        if path.exists():
            raise _taken(folder, path)
    if folder.people_csv.exists() and not folder.key_file.exists():
        raise _taken(folder, folder.people_csv)


def _taken(folder: Folder, path: Path) -> OmrError:
    return OmrError(
        _("{folder} already holds an election ({file}); nothing was changed").format(
            folder=folder.root, file=path.name
        ),
        _("choose another folder; each vote has a folder of its own"),
    )


def _example(venue: str) -> tuple[Entry, ...]:
    venues = (venue,) if venue else ()
    return tuple(
        Entry(number + 1, number, name, position, venues)
        for number, (name, position) in enumerate(EXAMPLE_PEOPLE, start=1)
    )


def _settings(wish: Wish) -> Settings:
    venue = VENUES.get(wish.venue, ELSEWHERE)
    today = datetime.now(UTC).astimezone().date()
    try:
        return Settings(
            id="".join(secrets.choice(ALPHABET) for _letter in range(8)),
            layout=wish.layout,
            venue=wish.venue,
            meeting=wish.meeting or venue.meeting,
            agency=wish.agency or venue.agency,
            superior=wish.superior,
            place=wish.place,
            date=cast("date | None", wish.date or None),
            title=wish.title,
            voters=wish.voters or venue.voters,
            subjects=wish.subjects or venue.subjects,
            year=wish.year or year_of(wish.date) or today.year,
            basis=wish.basis or (BASIS if wish.layout == WITH_BASIS else ""),
            session=Session(**wish.session),
            rules=Rules(**wish.rules),
            overrides=Overrides(**wish.overrides),
        )
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        name = str(first["loc"][-1]).replace("_", "-")
        raise UsageError(
            _("--{name}: “{given}” cannot be used").format(name=name, given=first["input"]),
            _("dates are written 15/12/2023, times 8:30, numbers of people 45"),
        ) from fault


def year_of(given: str) -> int | None:
    """The year of a day as people or TOML write it, before anybody has checked that there is such a day."""
    found = re.search(r"\b\d{4}\b", given)
    return int(found[0]) if found else None


def as_toml(settings: Settings) -> str:
    """election.toml of these settings, with a comment at every key. Reading it back gives the same."""
    document = tomlkit.document()
    document.add(
        tomlkit.comment("Cuộc lấy phiếu tín nhiệm. Sửa bằng trình soạn thảo văn bản, lưu dạng UTF-8.")
    )
    document.add("version", tomlkit.item(VERSION))
    _fill(document, settings.model_dump(exclude={"version", *TABLES}), "")
    for name in TABLES:
        table = tomlkit.table()
        _fill(table, getattr(settings, name).model_dump(), name)
        document.add(tomlkit.nl())
        document.add(name, table)
    return tomlkit.dumps(document)


def _fill(table: Table | tomlkit.TOMLDocument, values: Mapping[str, Any], prefix: str) -> None:
    """Write each key under a comment that says what it is for; without a value it is a comment too."""
    for key, value in values.items():
        table.add(tomlkit.comment(COMMENTS[f"{prefix}.{key}".lstrip(".")]))
        if value is None:
            table.add(tomlkit.comment(f"{key} ="))
        else:
            table.add(key, tomlkit.item(list(value) if isinstance(value, tuple) else value))


#: What each key of election.toml is for, in the words of the board. Part of the file, so not translated.
COMMENTS: Final = {
    "id": "mã của cuộc lấy phiếu, in trong mã QR; không sửa sau khi in phiếu",
    "layout": "mẫu phiếu: phu_luc_04 (ba mức) hoặc bo_phieu (hai mức)",
    "venue": "nơi lấy phiếu: BCH, HDND, HNCB hoặc tên khác",
    "meeting": "tên hội nghị (kỳ họp), ghi trong báo cáo",
    "agency": "tên cơ quan, đơn vị, góc trái phía trên",
    "superior": "tên cơ quan cấp trên, có thể để trống",
    "place": "địa danh ghi trước ngày tháng",
    "date": "ngày lấy phiếu, ví dụ 2023-12-15",
    "title": "tên phiếu; để trống thì theo mẫu phiếu",
    "voters": "(1) thành phần ghi phiếu",
    "subjects": "(2) chức danh được lấy phiếu",
    "year": "năm lấy phiếu",
    "basis": "đoạn căn cứ in trên bảng",
    "session.summoned": "tổng số đại biểu được triệu tập",
    "session.present": "số có mặt dự hội nghị (kỳ họp)",
    "session.absent": "số vắng mặt từ đầu đến trước thời điểm bỏ phiếu",
    "session.present_at_vote": "số có mặt tại thời điểm bỏ phiếu",
    "session.issued": "số phiếu phát ra",
    "session.begins": "giờ bắt đầu kiểm phiếu, ví dụ 08:30:00",
    "session.ends": "giờ kết thúc kiểm phiếu",
    "session.counted_on": "ngày kiểm phiếu; để trống thì lấy ngày lấy phiếu",
    "session.counted_at": "nơi kiểm phiếu",
    "session.assigned_by": "cơ quan giao nhiệm vụ cho Ban Kiểm phiếu",
    "session.board": 'thành viên Ban Kiểm phiếu, ví dụ ["Nguyễn Văn A", "Trần Thị B"]',
    "session.head": "Trưởng Ban Kiểm phiếu",
    "rules.scope": "row: dòng sai chỉ không hợp lệ với người đó; ballot: cả phiếu không hợp lệ",
    "rules.write_in": "ghi thêm tên: ignore (bỏ qua phần ghi thêm) hoặc invalid (cả phiếu không hợp lệ)",
    "rules.base": "tỷ lệ % tính trên: collected (phiếu thu về) hoặc delegates (tổng số đại biểu)",
    "rules.seal": "dấu treo: red (phải là mực đỏ), any (màu nào cũng được), ignore (không kiểm tra)",
    "rules.reviewers": "số thành viên phải cùng quyết định một dòng",
    "rules.counts": "số lần kiểm phiếu",
    "papers.opens": "ngày khai mạc kỳ họp HĐND, để tính thời hạn theo mục III.4.2",
    "papers.minutes_to": 'nơi nhận biên bản, mỗi nơi một bản, ví dụ ["A", "B"]; để trống thì theo kế hoạch',
    "overrides.quorum": "lý do vẫn tiến hành khi không đủ 2/3 người được triệu tập (II.1); in vào báo cáo",
    "overrides.eligibility": "lý do vẫn lấy phiếu người thuộc diện không lấy phiếu (II.1); in trong báo cáo",
    "identity.per_sheet": "true: mỗi tờ phiếu mang một mã ngẫu nhiên; bỏ phiếu kín kém an toàn hơn",
}
