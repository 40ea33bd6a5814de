"""Election folders with ballots that were read already, made without printing or scanning anything."""

from __future__ import annotations

from generate.fonts import LAST_RESORT, find_family
from layouts.files import to_json
from omr.election import Folder, load_election
from omr.evidence import Flag, PageSeen, PageState
from omr.prepare import Wish, prepare
from omr.printing import lay_out
from omr.rules import RowReading
from omr.store import NewPage, NewSource, Store, pack_seen

FAMILY = find_family(LAST_RESORT)


def put_key(folder):
    """The election's key, without which no ledger says where a page lay."""
    (folder / "key").write_text("5a" * 32 + "\n", "ascii")


def make_election(root, people, ballots, *, flags=(), **wish):
    """An election folder with its ballots in the ledger.

    `people`: (name, position); `ballots`: a tuple of readings each; `flags`: of the ballot at that place.
    """
    folder = Folder(root)
    wish = {"venue": "BCH", "place": "Mẫu", "date": "15/12/2023", **wish}
    roster = root.parent / f"{root.name}.csv"
    lines = ["stt,ho_ten,chuc_vu,noi_lay_phieu,ghi_chu"]
    lines += [f'{n},"{name}","{pos}",{wish["venue"]},' for n, (name, pos) in enumerate(people, start=1)]
    roster.write_text("\n".join(lines) + "\n", "utf-8")
    prepare(folder, Wish(**wish), roster)
    folder.layout_json.write_text(to_json(lay_out(load_election(folder), FAMILY)), encoding="utf-8")
    with Store(folder.database) as store:
        for place, texts in enumerate(ballots):
            add_ballot(store, place, texts, dict(flags).get(place, ()))
    return folder


def add_ballot(store, place, texts, flags: tuple[Flag, ...] = ()):
    """One ballot of one page, in a batch of its own."""
    name = f"{place:032x}"
    (source,) = store.add_batch(1, [NewSource(name, f"{name}.jpg", 1)])
    rows = tuple(RowReading(n, text) for n, text in enumerate(texts, start=1))
    page = NewPage(
        id=f"p{name}", sheet=name, source=source, page_in_source=1, sha256=name, state=PageState.READ,
        page=1, flags=tuple(flags), seen=pack_seen(PageSeen(PageState.READ)), trace=b"ink", readings=rows,
        original="", problem="",
    )  # fmt: skip
    assert store.add_pages([page])
