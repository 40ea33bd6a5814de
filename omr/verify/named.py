"""What entries of the chain call pages and places: tokens, or plain names where an older program wrote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from omr.store.chain import said_page, said_place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omr.store import Store

#: File and page in it, as messages name a page.
Where = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Named:
    """The pages and places of a ledger, by the tokens of its chain.

    Attributes:
        ids: of pages. places: of all pages of all files. files: their names by their ids.
    """

    ids: Mapping[str, str]
    places: Mapping[str, Where]
    files: Mapping[int, str]

    @classmethod
    def of(cls, store: Store) -> Self:
        """Those of a ledger. Raises OmrError where the election's key is missing."""
        hidden = store.hidden
        return cls(
            {said_page(hidden, page): page for page in store.page_ids()},
            {
                said_place(hidden, each.file.id, each.number): {"source": each.file.name, "page": each.number}
                for each in store.places().values()
            },
            {file.id: file.name for file in store.files().values()},
        )

    def id_of(self, name: str) -> str:
        """The id of a page by what an entry calls it; that name where there is no such page."""
        return self.ids.get(name, name)

    def page(self, said: Mapping[str, Any]) -> str:
        """The id of the page that an entry is about."""
        return self.id_of(said["page" if is_hidden(said) else "id"])

    def place(self, said: Mapping[str, Any]) -> Where:
        """Where it lay, by what the entry says."""
        if is_hidden(said):
            return self.places.get(said["place"], {"source": "?", "page": "?"})
        return {"source": self.files.get(said["source"], said["source"]), "page": said["page_in_source"]}


def is_hidden(said: Mapping[str, Any]) -> bool:
    """Whether an entry speaks of a page by tokens."""
    return "place" in said
