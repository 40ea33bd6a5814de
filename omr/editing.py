"""Changes to an election that exists already: its words, its numbers, its list; and when they are refused."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from omr.closing import is_unlocked, refuse_if_closed
from omr.election import Overrides, Session, Settings, load_settings, refuse_no_election
from omr.errors import OmrError, UsageError
from omr.files import write_text
from omr.intake import placed
from omr.prepare import as_toml
from omr.printed import prints
from omr.recorded import record_files, record_new
from omr.roster import write_roster
from omr.store import Store
from omr.words import _, later

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from omr.election import Folder
    from omr.roster import Entry

#: Keys of election.toml that stand on the ballot: after printing they are changed only on purpose.
PRINTED: Final = (
    "layout", "agency", "superior", "place", "date", "title", "voters", "subjects", "year", "basis",
)  # fmt: skip


class FieldsError(OmrError):
    """Some fields cannot be used: `faults` says of each, by its name, what is wrong."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(next(iter(faults.values())))
        self.faults = dict(faults)


def is_locked(folder: Folder) -> bool:
    """Whether ballots were printed and nobody has unlocked the list since."""
    printed = len(prints(folder))
    if not printed:
        return False
    if not folder.database.exists():
        return True
    with Store(folder.database) as store:
        return not is_unlocked(store.acts(), printed)


def refuse_change(folder: Folder) -> None:
    """Nothing of a closed election is changed. Raises OmrError."""
    if folder.database.exists():
        with Store(folder.database) as store:
            refuse_if_closed(store.acts(), load_settings(folder.election_toml).rules.reviewers)


def changed(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """The settings with some values put in; keys of tables as `session.issued`. Empty texts are no value.

    Raises:
        FieldsError: values that cannot be used, by key.
    """
    data = settings.model_dump()
    for key, value in values.items():
        table, _dot, name = key.rpartition(".")
        place = data[table] if table else data
        place[name] = None if value == "" and (table or name == "date") and name not in _TEXTS else value
    try:
        return Settings.model_validate(data)
    except ValidationError as fault:
        raise FieldsError(at_fields(fault)) from fault


def at_fields(fault: ValidationError) -> dict[str, str]:
    """What is wrong with values typed into a form, by key, for somebody who never saw election.toml."""
    return {_key(found): _at_field(found) for found in fault.errors(include_url=False)}


def _key(found: Any) -> str:
    """`session.issued`; a place in a list is its field's fault."""
    return ".".join(part for part in found["loc"] if isinstance(part, str))


def _at_field(found: Any) -> str:
    said = next((text for kind, text in _SAID if re.match(kind, found["type"])), _OTHERWISE)
    # A day has been turned round by then (`omr.election.as_day`): it is shown as it was typed.
    given = re.sub(r"^(\d{4})-(\d{2})-(\d{2})$", _typed_day, str(found["input"]))
    return _(said).format(given=given, **found.get("ctx", {}))


def _typed_day(found: re.Match[str]) -> str:
    return f"{int(found[3])}/{int(found[2])}/{found[1]}"


#: What pydantic calls a fault, and what stands beside the field.
_SAID: Final = (
    ("date", later("There is no day “{given}”. Write it like 15/12/2023.")),
    ("time", later("There is no time “{given}”. Write it like 8:30.")),
    ("int", later("Write a whole number, such as 45.")),
    ("greater", later("Write {ge} or more.")),
    ("less", later("Write {le} or less.")),
)
_OTHERWISE: Final = later("“{given}” cannot be used here.")


#: Fields of the tables in which an empty text is a text.
_TEXTS: Final = frozenset(
    name
    for table in (Session, Overrides)
    for name, field in table.model_fields.items()
    if field.default == ""
)


def change_settings(folder: Folder, values: Mapping[str, Any]) -> Settings:
    """Write new values into election.toml.

    Raises:
        OmrError: the election is closed, or what is printed is locked.
        FieldsError: values that cannot be used.
    """
    refuse_change(folder)
    before = load_settings(folder.election_toml)
    after = changed(before, values)
    if any(getattr(before, key) != getattr(after, key) for key in PRINTED):
        refuse_if_locked(folder)
    with _recorded(folder):
        write_text(folder.election_toml, as_toml(after))
    return after


def change_people(folder: Folder, entries: Sequence[Entry], venue: str = "") -> tuple[Entry, ...]:
    """Write a new list of those voted on at a venue; gives who stands on it.

    Raises:
        OmrError: the election is closed, or the list is locked.
    """
    refuse_change(folder)
    refuse_if_locked(folder)
    listed = placed(entries, venue)
    if not listed:
        raise OmrError(_("nobody in the list is to be voted on"), _("write in the people"))
    with _recorded(folder):
        write_roster(folder.people_csv, listed)
    return listed


@contextmanager
def _recorded(folder: Folder) -> Iterator[None]:
    """Record what is written meanwhile; what was changed by hand before is left to `omr accept`.

    Before anything was printed there is nothing yet that rests on these files.
    """
    if not folder.database.exists():
        yield
        return
    with Store(folder.database) as store:
        by_hand = {change.name for change in record_new(folder, store)}
        yield
        record_files(folder, store, but=by_hand)


def accept_changes(folder: Folder, by: str, why: str) -> None:
    """Record files that were changed by hand, with the name of who says that it was meant.

    Raises:
        UsageError: nobody is named, no reason is given, or nothing was changed.
        OmrError: there is no election, or it is closed.
    """
    refuse_no_election(folder)
    refuse_change(folder)
    if not (by.strip() and why.strip()):
        raise UsageError(_("say who changed the files and why"), _("give both: --by NAME --why REASON"))
    with Store(folder.database) as store:
        if not record_files(folder, store, by.strip(), why.strip()):
            raise UsageError(_("no file was changed since it was recorded last"))


def refuse_if_locked(folder: Folder) -> None:
    """Raises OmrError where ballots were printed and nobody has unlocked the list since."""
    if is_locked(folder):
        raise OmrError(
            _("ballots have been printed: a change would make them unreadable"),
            _("unlock the list on purpose first"),
        )
