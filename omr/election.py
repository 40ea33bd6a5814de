"""One election: its folder, election.toml and people.csv, read and checked.

Whatever is wrong in them is said with the file, the line and what to write instead.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from layouts.content import Person
from omr.eligibility import barred, has_quorum
from omr.errors import ElectionError, OmrError, UsageError
from omr.files import read_small
from omr.roster import at_venue, read_roster, refuse_same_number
from omr.rules import Scope, SealRule, WriteInRule
from omr.words import _, later

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from omr.roster import Entry

#: Version of the form of election.toml.
VERSION: Final = 1

#: Bytes of an election's own key, which signs its ballots (HMAC-SHA-256: as long as its digest).
KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of one election and the names of what is in it. Names only: nothing here reads."""

    root: Path

    @property
    def election_toml(self) -> Path:
        """What the board enters about the election."""
        return self.root / "election.toml"

    @property
    def people_csv(self) -> Path:
        """Who is voted on."""
        return self.root / "people.csv"

    @property
    def key_file(self) -> Path:
        """The key that signs the ballots; whoever has it can make genuine ones."""
        return self.root / "key"

    @property
    def signing_key(self) -> Path:
        """The private key that signs the closed result."""
        return self.root / "signing-key"

    @property
    def public_key(self) -> Path:
        """The public key that checks what was signed."""
        return self.root / "signing-key.pub"

    @property
    def signed_json(self) -> Path:
        """The signed statement of the closed result, as the chain has it too."""
        return self.root / "signed-result.json"

    @property
    def bundle_zip(self) -> Path:
        """The closed result as it is given to others."""
        return self.root / "ket-qua.zip"

    @property
    def ballots_pdf(self) -> Path:
        """What is printed and handed out."""
        return self.root / "ballots.pdf"

    @property
    def test_print_pdf(self) -> Path:
        """A page that shows whether the printer scales."""
        return self.root / "test-print.pdf"

    @property
    def layout_json(self) -> Path:
        """Where everything is on the printed pages."""
        return self.root / "layout.json"

    @property
    def prints_json(self) -> Path:
        """What was printed when, and how many copies."""
        return self.root / "prints.json"

    @property
    def blank_dir(self) -> Path:
        """Pictures of the pages before anybody wrote on them."""
        return self.root / "blank"

    def former_dir(self, fingerprint: str) -> Path:
        """What a print was read by, kept when other ballots were printed over it on purpose."""
        return self.root / f"former-{fingerprint}"

    @property
    def database(self) -> Path:
        """Every page, reading and decision."""
        return self.root / "omr.sqlite"

    @property
    def originals_dir(self) -> Path:
        """The scanned pages, kept by their content."""
        return self.root / "pages"

    @property
    def audit_dir(self) -> Path:
        """The hand audit: its record, and the forms for people."""
        return self.root / "audit"


def as_day(value: Any) -> Any:
    """Take a date as TOML writes it, or as people do: 15/12/2023."""
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", value.strip()) if isinstance(value, str) else None
    return f"{found[3]}-{int(found[2]):02d}-{int(found[1]):02d}" if found else value


def _as_time(value: Any) -> Any:
    """Take a time as TOML writes it, or as people do: 8:30, 8h30."""
    found = re.fullmatch(r"(\d{1,2})[:hg](\d{2})", value.strip()) if isinstance(value, str) else None
    return f"{int(found[1]):02d}:{found[2]}" if found else value


def _as_text(value: Any) -> Any:
    """Letters in one form, however they were typed, so that equal names are equal."""
    return unicodedata.normalize("NFC", value.strip()) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_as_text)]
Day = Annotated[date | None, BeforeValidator(as_day)]
Clock = Annotated[time | None, BeforeValidator(_as_time)]
Count = Annotated[int | None, Field(ge=0, le=1_000_000)]
Identifier = Annotated[str, Field(pattern=r"^[A-Z2-7]{8}$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rules(_Frozen):
    """The law's points on which boards differ. The defaults are the plan's."""

    scope: Scope = "row"
    write_in: WriteInRule = "ignore"
    base: Literal["collected", "delegates"] = "collected"
    seal: SealRule = "red"
    reviewers: Annotated[int, Field(ge=1, le=9)] = 2
    counts: Annotated[int, Field(ge=1, le=2)] = 1


class Session(_Frozen):
    """The numbers and names of the day, as Phụ lục 05 asks for them. What is not entered stays open."""

    summoned: Count = None  # tổng số đại biểu (được triệu tập)
    present: Count = None  # có mặt dự
    absent: Count = None  # vắng mặt từ đầu đến trước thời điểm bỏ phiếu
    present_at_vote: Count = None  # có mặt tại thời điểm bỏ phiếu
    issued: Count = None  # số phiếu phát ra
    begins: Clock = None
    ends: Clock = None
    counted_on: Day = None
    counted_at: Text = ""
    assigned_by: Text = ""
    board: tuple[Text, ...] = ()
    head: Text = ""


class Identity(_Frozen):
    """Whether sheets carry a random token. Off: the secrecy of the ballot does not hang on it."""

    per_sheet: bool = False


class Papers(_Frozen):
    """What the papers around the vote ask for (plan, III.4)."""

    opens: Day = None  # ngày khai mạc kỳ họp HĐND (III.4.2)
    minutes_to: tuple[Text, ...] = ()  # nơi nhận biên bản, mỗi nơi một bản; empty: as the plan has it


class Overrides(_Frozen):
    """Why the board goes on although II.1 speaks against it; empty: it does not. Printed on the report."""

    quorum: Text = ""
    eligibility: Text = ""


class Settings(_Frozen):
    """election.toml."""

    version: Literal[1] = 1
    id: Identifier
    layout: Text = "phu_luc_04"
    venue: Text = ""
    meeting: Text = ""
    agency: Text = ""
    superior: Text = ""
    place: Text = ""
    date: Day = None
    title: Text = ""
    voters: Text = ""
    subjects: Text = ""
    year: Annotated[int, Field(ge=2000, le=2100)]
    basis: Text = ""
    session: Session = Session()
    rules: Rules = Rules()
    identity: Identity = Identity()
    papers: Papers = Papers()
    overrides: Overrides = Overrides()


class Election(Settings):
    """election.toml and the people of people.csv, checked."""

    people: tuple[Person, ...]


def load_election(folder: Folder) -> Election:
    """Read and check election.toml and people.csv.

    Raises:
        ElectionError: one of them is missing or says something that cannot be used; names the line.
    """
    settings = load_settings(folder.election_toml)
    entries = read_roster(folder.people_csv)
    people = people_of(entries, settings.venue, folder.people_csv.name)
    if not settings.overrides.eligibility:
        refuse_barred(entries, settings.year, folder.people_csv.name)
    return Election(**dict(settings), people=people)


def load_key(folder: Folder) -> bytes:
    """The election's own key, 32 bytes.

    Raises:
        OmrError: the key is missing or damaged.
    """
    try:
        key = bytes.fromhex(read_small(folder.key_file).decode("ascii"))
    except (OSError, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise OmrError(
            _("the election's key is missing or damaged: {path}").format(path=folder.key_file),
            _("put back the key file from your copy of the folder; without it printed ballots look forged"),
        )
    return key


def load_settings(path: Path) -> Settings:
    """Read and check election.toml. Raises ElectionError."""
    text = _text_of(path)
    try:
        return Settings.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as fault:
        line = re.search(r"at line (\d+)", str(fault))
        raise ElectionError(
            _("this is not TOML: {why}").format(why=re.sub(r" \(at .*\)", "", str(fault))),
            _('texts stand inside "…", numbers bare, one key a line'),
            path.name,
            int(line[1]) if line else len(text.splitlines()),
        ) from fault
    except RecursionError as fault:
        why = _("brackets within brackets without end")
        raise ElectionError(
            _("this is not TOML: {why}").format(why=why),
            _('texts stand inside "…", numbers bare, one key a line'),
            path.name,
        ) from fault
    except ValidationError as fault:
        raise _in_words(fault, text, path.name) from fault


def _text_of(path: Path) -> str:
    try:
        return read_small(path).decode("utf-8-sig")
    except OSError as fault:
        raise _no_election(path) from fault
    except UnicodeDecodeError as fault:
        raise ElectionError(
            _("the file is not UTF-8 text (it may be {encoding})").format(encoding="windows-1258 / UTF-16"),
            _("save it as UTF-8"),
            path.name,
        ) from fault


def refuse_no_election(folder: Folder) -> None:
    """Raises OmrError where the folder holds no election; what election.toml says is not looked at."""
    if not folder.election_toml.is_file():
        raise _no_election(folder.election_toml)


def _no_election(path: Path) -> OmrError:
    return OmrError(
        _("{folder} is not an election folder: there is no {file} in it").format(
            folder=path.parent, file=path.name
        ),
        _("check the path; or make one: omr init {folder}").format(folder=path.parent),
    )


def _in_words(fault: ValidationError, text: str, file: str) -> ElectionError:
    """The first fault that pydantic found, as one line: where, what, what instead."""
    first = fault.errors(include_url=False)[0]
    where = tuple(str(part) for part in first["loc"])
    message = in_words(fault)[0][1]
    advice = _("correct the line; omr init in another folder writes an example of every key")
    return ElectionError(message, advice, file, line_of(text, where))


def in_words(fault: ValidationError) -> tuple[tuple[str, str], ...]:
    """Every fault that pydantic found: the key (`session.issued`) and what is wrong with it."""
    return tuple(_said(found) for found in fault.errors(include_url=False))


def _said(found: Any) -> tuple[str, str]:
    key = ".".join(str(part) for part in found["loc"])
    said = next((text for kind, text in SAID if re.fullmatch(kind, found["type"])), OTHERWISE)
    return key, _(said).format(key=key, why=found["msg"], **_given(found.get("ctx", {})))


def _given(context: Mapping[str, Any]) -> dict[str, Any]:
    """What pydantic says of a fault; its list of choices without the English word before the last."""
    listed = context.get("expected")
    return {**context, "expected": re.sub(r"(?<=') or (?=')", ", ", str(listed))} if listed else dict(context)


#: What pydantic calls a fault, and what people are told of it.
SAID: Final = (
    ("missing", later("{key} is missing")),
    ("extra_forbidden", later("{key} is not known")),
    ("literal_error", later("{key} must be one of: {expected}")),
    ("greater_than_equal", later("{key} must be {ge} or more")),
    ("less_than_equal", later("{key} must be {le} or less")),
    ("int_.*", later("{key} must be a whole number")),
    ("string_pattern_mismatch", later("{key} must be eight letters A-Z or digits 2-7")),
    ("string_.*", later("{key} must be a text inside “…”")),
    ("bool_.*", later("{key} must be true or false")),
    ("tuple_.*", later("{key} must be a list: [“…”, “…”]")),
    ("model_.*", later("{key} must be a table: [{key}]")),
    ("date_.*", later("{key} must be a date such as 2023-12-15 or “15/12/2023”")),
    ("time_.*", later("{key} must be a time such as “8:30”")),
)
OTHERWISE: Final = later("{key} cannot be used: {why}")


def line_of(text: str, where: Sequence[str]) -> int | None:
    r"""Line of a key in TOML text, from 1; of its table where the key is not written; else None.

    >>> line_of('id = "A"\n[rules]\nseal = "blue"', ("rules", "seal"))
    3
    """
    *table, key = where[:2]
    wanted = ".".join(table)
    here, table_line = "", None
    for number, line in _outside_long_texts(text):
        head = re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line)
        if head:
            here = head[1]
            table_line = number if here == (wanted or key) else table_line
        elif here == wanted and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return number
    return table_line


def _outside_long_texts(text: str) -> Iterator[tuple[int, str]]:
    """The numbered lines of TOML text that do not lie inside a text of several lines."""
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        if not inside:
            yield number, line
        inside ^= (line.count('"""') + line.count("'''")) % 2 == 1


def people_of(entries: Sequence[Entry], venue: str, file: str = "people.csv") -> tuple[Person, ...]:
    """Who stands on the ballot, in the list's order. Raises ElectionError."""
    for each in entries:
        if venue and each.venues and venue not in each.venues:
            raise ElectionError(
                _("{name} is voted on at {venues}, not at {venue}").format(
                    name=each.name, venues=", ".join(each.venues), venue=venue
                ),
                _("remove the row"),
                file,
                each.line,
            )
    listed = at_venue(entries, "")
    _refuse_missing_number(entries, file)
    refuse_same_number(entries, listed, file)
    if not listed:
        raise ElectionError(_("nobody in the list is to be voted on"), _("write in the people"), file)
    return tuple(
        Person(e.number or 0, e.name, e.position, _("{file}, line {line}").format(file=file, line=e.line))
        for e in listed
    )


def refuse_without_quorum(settings: Settings) -> None:
    """No vote is held with less than 2/3 of those summoned present, unless the board gives its reason (II.1).

    Raises:
        UsageError: too few are present.
    """
    session = settings.session
    present = session.present if session.present_at_vote is None else session.present_at_vote
    if has_quorum(present, session.summoned) is False and not settings.overrides.quorum:
        raise UsageError(
            _("{present} of {summoned} summoned are present, less than 2/3: plan, II.1").format(
                present=present, summoned=session.summoned
            ),
            _("correct the numbers, or give a reason: [overrides] quorum, --override-quorum"),
        )


def refuse_barred(entries: Sequence[Entry], year: int, file: str) -> None:
    """Nobody is voted on of whom the list says what II.1 excludes.

    Raises:
        ElectionError: somebody is; names the line.
    """
    for each in entries:
        if each.voted_on and barred(each.note, year):
            raise ElectionError(
                _("{name} is not to be voted on in {year} ({note}): plan, II.1").format(
                    name=each.name, year=year, note=each.note
                ),
                _("remove the row, correct the note, or give a reason: --override-eligibility"),
                file,
                each.line,
            )


def _refuse_missing_number(entries: Sequence[Entry], file: str) -> None:
    """Numbers are given to all rows or to none."""
    numbered = [e for e in entries if e.voted_on]
    without = next((each for each in numbered if each.number is None), None)
    if without is not None and any(each.number is not None for each in numbered):
        raise ElectionError(
            _("the number (stt) of {name} is missing").format(name=without.name),
            _("number the rows 1, 2, 3 … or leave the whole column empty"),
            file,
            without.line,
        )
