"""What is known of posts and not written yet: else a card that is there would be posted once more."""

from collections.abc import Callable

from orchestration.book import Book
from orchestration.model import Posting, RunKey

Change = Callable[[Book], Book]


class Unrecorded:
    """Belongs to a process and is gone with it; then nobody knows, and the card waits out the doubt."""

    def __init__(self) -> None:
        self._known: dict[RunKey, dict[str, tuple[Posting, Change]]] = {}

    def keep(self, key: RunKey, announced: Posting, change: Change) -> None:
        """Remember what is to be written about a post, in the place of what was known of it."""
        self._known.setdefault(key, {})[announced.id] = announced, change

    def drop(self, key: RunKey, announced: Posting) -> None:
        """Forget it: it is written, or nobody knows any more."""
        known = self._known.get(key, {})
        known.pop(announced.id, None)
        if not known:
            self._known.pop(key, None)

    def drop_all(self, key: RunKey) -> None:
        """Forget all about a run."""
        self._known.pop(key, None)

    def has(self, key: RunKey) -> bool:
        """Whether anything is known that is not written."""
        return key in self._known

    def written_into(self, book: Book) -> Book:
        """Return the book with all that is known, but for posts that were announced anew meanwhile."""
        for announced, change in self._known.get(book.run.key, {}).values():
            now = book.postings.get(announced.id)
            if now and (now.sender, now.tried) == (announced.sender, announced.tried):
                book = change(book)
        return book
