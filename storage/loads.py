"""The store of what is taken of limits, on top of anything that keeps documents. A limit has a partition."""

from dataclasses import replace

from orchestration.model import Load
from storage import documents, kinds
from storage.changes import Change
from storage.documents import Document
from storage.shelf import Shelf
from storage.values import plain


class LoadStore:
    """Implements orchestration.ports.Loads."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def load(self, tenant: str, name: str) -> Load | None:
        document = await self._shelf.get(kinds.load_key(tenant, name), kinds.LOAD)
        return documents.read(Load, document) if document else None

    async def keep_load(self, load: Load) -> None:
        document = _document(replace(load, version=load.version + 1))
        await self._shelf.commit(Change(document.key, document))


def _document(load: Load) -> Document:
    key = kinds.load_key(load.tenant, load.name)
    return Document(key, kinds.LOAD, kinds.kind_of(Load), plain(load), version=load.version)
