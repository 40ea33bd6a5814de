"""A published result, checked on any computer: signature, digests, the signed result, sums.

The file comes from strangers: it is read in memory, never unpacked, and what is larger or named otherwise
than this program writes is refused before it is read.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
import zlib
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from omr.bundle import MANIFEST, PUBLIC_KEY, PURPOSE, RESULT, STATEMENT, as_file
from omr.closing import digest
from omr.errors import Differs, DoesNotAddUp, OmrError
from omr.signing import fingerprint, is_signed, same_fingerprint
from omr.statement import Statement, read_statement
from omr.store.chain import canonical
from omr.tally import LOW, consequence
from omr.verify.links import as_hash
from omr.words import _, percent_hundredths

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: Most files of a bundle, and most bytes of one: a bundle of 200 people has 12 files, none above 2 MB.
MOST_FILES: Final = 32
MOST_BYTES: Final = 20_000_000

#: Names that this program gives: no folders, nothing hidden, nothing that another system reads otherwise.
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,40}\.[a-z]{2,5}")

#: What the standard library raises on what is no ZIP file, or one that is damaged, locked or packed oddly.
_NO_ZIP: Final = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class Published:
    """What was checked of a bundle; everything agreed.

    Attributes:
        files: how many. people, collected: of the result. statement: what was signed.
        fingerprint: of the key that signed it. compared: whether it is the one that was written down.
    """

    files: int
    people: int
    collected: int
    statement: Statement
    fingerprint: str
    compared: bool


def verify_published(path: Path, written_key: str = "", written_hash: str = "") -> Published:
    """Check a bundle.

    Args:
        path: of the ZIP file.
        written_key: the fingerprint of the key as the minutes have it; '' where nobody knows it.
        written_hash: the check figure of the closing, likewise.

    Raises:
        Differs: the first thing that is not as it was published or signed.
        DoesNotAddUp: the first person whose numbers do not add up.
        OmrError: the file is no published result.
    """
    files = _read(path)
    key = _check_manifest(files, written_key)
    statement = _check_statement(files[STATEMENT], key, written_hash)
    result = _object(files[RESULT])
    try:
        if digest(_completed(result)) != statement.result:
            raise _differs(_("{file} is not the result that was signed").format(file=RESULT))
        _check_sums(result)
        _check_table(files, result)
        counted, people = int(result["collected"]), len(result["people"])
    except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError) as fault:
        raise _no_bundle(_("{file} is not what this program writes").format(file=RESULT)) from fault
    compared = bool(written_key)
    return Published(len(files), people, counted, statement, fingerprint(key), compared)


def _read(path: Path) -> dict[str, bytes]:
    """The files of a bundle, by name. Raises OmrError."""
    try:
        with zipfile.ZipFile(path) as packed:
            return _contents(packed)
    except _NO_ZIP as fault:
        raise _no_bundle(_("it cannot be opened")) from fault


def _contents(packed: zipfile.ZipFile) -> dict[str, bytes]:
    entries = packed.infolist()
    names = [entry.filename for entry in entries]
    if len(names) > MOST_FILES or len(set(names)) < len(names) or not all(map(NAME.fullmatch, names)):
        raise _no_bundle(_("it holds files that this program does not write"))
    if any(entry.file_size > MOST_BYTES for entry in entries):
        raise _no_bundle(_("it holds files that are too large"))
    return {entry.filename: _bounded(packed, entry) for entry in entries}


def _bounded(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The bytes of one file; what the list says of its size need not be so."""
    with packed.open(entry) as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise _no_bundle(_("it holds files that are too large"))
    return data


def _check_manifest(files: Mapping[str, bytes], written_key: str) -> str:
    """Every file is the one that was signed for; gives the key."""
    if not {MANIFEST, RESULT, STATEMENT, PUBLIC_KEY} <= files.keys():
        raise _no_bundle(_("files are missing in it"))
    signed = _object(files[MANIFEST])
    said, key = signed.get("manifest"), signed.get("public_key")
    if not isinstance(said, dict) or not isinstance(key, str) or not isinstance(said.get("files"), dict):
        raise _no_bundle(_("{file} is not what this program writes").format(file=MANIFEST))
    signature = str(signed.get("signature"))
    if not is_signed(key, PURPOSE, canonical(said), signature):
        raise _differs(_("the signature of the published result is not good"))
    if written_key and not same_fingerprint(fingerprint(key), written_key):
        text = _("the signing key is another one: its fingerprint is {found}, written down was {written}")
        raise _differs(text.format(found=fingerprint(key), written=written_key))
    # A key given twice, or one more beside what is signed, would tell another reader something else.
    manifest = as_file({"manifest": said, "signature": signature, "public_key": key})
    for name, wanted in ((MANIFEST, manifest), (PUBLIC_KEY, f"{key}\n".encode())):
        if files[name] != wanted:
            raise _differs(_("{file} is not the one that was published").format(file=name))
    _check_digests(files, said["files"])
    return key


def _check_digests(files: Mapping[str, bytes], signed: Mapping[str, str]) -> None:
    """Every file is there, is the one that was signed for, and there is no other."""
    for name, wanted in signed.items():
        if name not in files:
            raise _differs(_("{file} was taken out of the published result").format(file=name))
        if sha256(files[name]).hexdigest() != wanted:
            raise _differs(_("{file} is not the one that was published").format(file=name))
    for name in sorted(files.keys() - signed.keys() - {MANIFEST}):
        raise _differs(_("{file} was put into the published result").format(file=name))


def _check_statement(data: bytes, key: str, written_hash: str) -> Statement:
    signed = _object(data)
    statement = read_statement(signed)
    if statement is None or signed.get("public_key") != key:
        raise _differs(_("the signature of the closing is not good, or of another key"))
    wanted = as_hash(written_hash)
    if wanted and wanted != statement.hash:
        text = _("the check figure of the closing is {found}, written down was {written}")
        raise _differs(text.format(found=statement.hash, written=wanted))
    return statement


def _completed(result: Mapping[str, Any]) -> dict[str, Any]:
    """The result as it was signed: with what III.6 has follow, which is not published."""
    whole = result["base_count"]
    people = [
        {**each, "consequence": consequence(each.get(LOW, 0), whole) or None} for each in result["people"]
    ]
    return {**result, "people": people}


def _check_sums(result: Mapping[str, Any]) -> None:
    """The law, 9, person by person; and every share is the one of its votes."""
    collected, choices = result["collected"], result["choices"]
    for each in result["people"]:
        votes = [each[choice] for choice in choices]
        if sum(votes) != each["valid"] or each["valid"] + each["invalid"] != collected or each["open"]:
            text = _("{name}: the levels and the invalid do not add up to {collected} ballots collected")
            raise DoesNotAddUp(text.format(name=each["name"], collected=collected), _ask())
        for choice, count in zip(choices, votes, strict=True):
            if not _is_share(each["shares"][choice], count, result["base_count"]):
                text = _("{name}: a share is not the one of its votes")
                raise DoesNotAddUp(text.format(name=each["name"]), _ask())
    issued = result["issued"]
    if issued is not None and collected > issued:
        raise DoesNotAddUp(_("more ballots were collected than issued"), _ask())


def _is_share(share: Mapping[str, Any], count: int, whole: int) -> bool:
    shown = "{}.{:02d}".format(*divmod(percent_hundredths(Fraction(count, whole)), 100))
    return (share["numerator"], share["denominator"], share["percent"]) == (count, whole, shown)


def _check_table(files: Mapping[str, bytes], result: Mapping[str, Any]) -> None:
    """results.csv has the numbers of the result."""
    name = "results.csv"
    rows = csv.DictReader(io.StringIO(files.get(name, b"").decode("utf-8-sig")))
    columns = ("number", "collected", "valid", "invalid", *result["choices"])
    found = [tuple(int(row[column]) for column in columns) for row in rows]
    wanted = [
        tuple({**each, "collected": result["collected"]}[column] for column in columns)
        for each in result["people"]
    ]
    if found != wanted:
        raise _differs(_("{file} says other numbers than the result").format(file=name))


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _differs(message: str) -> Differs:
    return Differs(message, _ask())


def _no_bundle(why: str) -> OmrError:
    return OmrError(
        _("this is no published result of this program: {why}").format(why=why),
        _("give the folder of an election, or the file that omr publish wrote"),
    )


def _ask() -> str:
    return _("do not trust this file: ask the counting board for the published one")
