"""The published result: one file that another computer can check without the election's folder.

In it are the totals of every person, the papers that may be made public, the signed statement of the closing
and the public key; `manifest.json` names every file with its SHA-256 and is signed with the same key.

What is not in it, and why:

- No cast vote record, although it would let others count for themselves. With eleven people of three levels
  a ballot can be filled in some 177,000 ways, with thirty in more ways than there are people on earth:
  whoever buys or commands a vote names the pattern of the unimportant rows, and finds the ballot in a
  published list. Random ids do not help. The board has the records (`omr export`); the law makes them *Mật*.
- No minutes and no list of III.6: *Mật* (plan, III.4, III.6). For the same reason result.json does not say
  what III.6 has follow; it is worked out from the numbers when the statement's digest is checked.
- No word of scans, files, times or the order of anything. The statement has the length of the chain and its
  last hash, neither of which can be tried against guessed ballots (`omr.store.chain`).
"""

from __future__ import annotations

import io
import json
import zipfile
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from omr.closing import digest, standing_closing
from omr.counting import count_folder
from omr.errors import Differs, NotFinal, OmrError
from omr.export import as_json
from omr.files import PART, replacing, why
from omr.signing import sign
from omr.statement import last_signed, read_statement
from omr.store import Store
from omr.store.chain import canonical
from omr.verify.outcome import without_the_hand
from omr.words import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omr.counting import Counted
    from omr.election import Folder

#: Papers of the result that may be made public (plan, III.4.1 step 3, III.5).
PAPERS: Final = (
    "phu-luc-05.pdf",
    "phu-luc-05.docx",
    "phu-luc-05.xlsx",
    "cong-khai.pdf",
    "cong-khai.docx",
    "results.csv",
    "chart.png",
)

RESULT: Final = "result.json"
STATEMENT: Final = "signed-result.json"
PUBLIC_KEY: Final = "signing-key.pub"
MANIFEST: Final = "manifest.json"

#: What a signature under a manifest is for.
PURPOSE: Final = "published result 1"

#: Keys of a result that are not published: what III.6 has follow, and texts of one language.
_UNSAID: Final = frozenset({"consequence", "draft_reasons"})

#: The time that files of the bundle bear: the first that the format knows. When they were made is nobody's.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)


def write_bundle(folder: Folder, out: Path) -> Path:
    """Write the bundle, whole or not at all. Raises what `bundle` does, or OmrError: it cannot be written."""
    data = bundle(folder)
    try:
        with replacing(out) as beside:
            beside.write_bytes(data)
    except OSError as fault:
        raise OmrError(
            _("{path} cannot be written: {why}").format(path=out, why=why(fault)),
            _("choose another file with --out"),
        ) from fault
    return out


def bundle(folder: Folder) -> bytes:
    """The bundle of a closed election, as the bytes of a ZIP file.

    Raises:
        NotFinal: the result is not closed.
        Differs: the result is not the one that was signed.
        OmrError: the signing key is missing, or a paper cannot be written.
    """
    counted = count_folder(folder)
    signed = _signed(folder, counted)
    files = {
        RESULT: as_file(published(as_json(without_the_hand(counted)))),
        STATEMENT: as_file(signed),
        PUBLIC_KEY: f"{signed['public_key']}\n".encode(),
        **_papers(folder, counted),
    }
    said = {"version": 1, "election": counted.election.id, "files": {n: _digest(d) for n, d in files.items()}}
    signature, key = sign(folder.signing_key, PURPOSE, canonical(said))
    manifest = {"manifest": said, "signature": signature, "public_key": key}
    return _zipped({MANIFEST: as_file(manifest), **files})


def published(value: Any) -> Any:
    """A result without what is not published."""
    if isinstance(value, dict):
        return {key: published(each) for key, each in value.items() if key not in _UNSAID}
    return [published(each) for each in value] if isinstance(value, list) else value


def _signed(folder: Folder, counted: Counted) -> dict[str, Any]:
    """The statement of the closing that stands, of this result."""
    with Store(folder.database) as store:
        closed = standing_closing(store.acts(), counted.election.rules.reviewers).closed
        signed = last_signed(store) if closed else None
    if signed is None:
        raise NotFinal(
            _("the result is not closed, so there is nothing to publish"),
            _("two members sign it first, on the page of the result: omr serve DIR"),
        )
    statement = read_statement(signed)
    if statement is None or statement.result != digest(as_json(without_the_hand(counted))):
        raise Differs(
            _("the result is not the one that was signed"), _("find out what was changed: omr verify DIR")
        )
    return signed


def _papers(folder: Folder, counted: Counted) -> dict[str, bytes]:
    # All that draws is slow to import, and who checks a bundle draws nothing.
    from omr.printing import serif  # noqa: PLC0415
    from omr.report.write import write_report  # noqa: PLC0415

    with TemporaryDirectory(dir=folder.root, prefix=PART) as scratch:  # swept after a crash
        place, election, layout = Path(scratch), counted.election, counted.layout
        write_report(place, election, counted.result, layout, serif(), ballots=counted.ballots, only=PAPERS)
        return {name: (place / name).read_bytes() for name in PAPERS}


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(zipfile.ZipInfo(name, _NO_TIME), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def as_file(value: Any) -> bytes:
    """A value as its file in a bundle: there is one way to write it, and others are not accepted."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()
