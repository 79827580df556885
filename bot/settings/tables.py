"""The tables of a TOML file, read by type. What is wrong is collected, one sentence for each mistake."""

import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime, time
from typing import TypeVar, cast

_T = TypeVar("_T")
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (str, "a text"),
    (list, "a list"),
    (dict, "a table"),
    (datetime, "a date with a time"),
    (date, "a date"),
    (time, "a time"),
    (object, "a number"),
)
_SHOWN = 40


class Table:
    """One table, whose problems go to the list that all tables of the file share."""

    def __init__(self, file: str, path: str, values: Mapping[str, object], problems: list[str]) -> None:
        self._file, self._path, self._values, self._problems = file, path, values, problems

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def wrong(self, key: str, words: str) -> None:
        place = " ".join(part for part in (f"[{self._path}]" if self._path else "", _name(key)) if part)
        self._problems.append(f"{self._file}, {place}: {words}.")

    def only(self, known: Collection[str], what: str = "setting") -> None:
        """Complain about every other key."""
        for key in self._values:
            if key not in known:
                self.wrong(key, f"there is no such {what}. Known: {', '.join(sorted(known)) or 'none'}")

    def table(self, key: str) -> "Table":
        """Return a table in this one; empty when it is missing."""
        path = f"{self._path}.{_name(key)}" if self._path else _name(key)
        values = cast("dict[str, object]", self._typed(key, dict, "a table") or {})
        return Table(self._file, path, values, self._problems)

    def text(self, key: str, parse: Callable[[str], _T], default: _T) -> _T:
        """Return what a text stands for. `parse` raises ValueError with the end of a sentence."""
        text = self._typed(key, str, "a text in quotes")
        return default if text is None else self._parsed(key, text, parse, default)

    def flag(self, key: str, *, default: bool) -> bool:
        found = self._typed(key, bool, "true or false")
        return default if found is None else found

    def whole(self, key: str, default: int, most: int) -> int:
        """Return a number from 1 to `most`."""
        found = self._values.get(key)
        if found is None:
            return default
        if isinstance(found, int) and not isinstance(found, bool) and 1 <= found <= most:
            return found
        self.wrong(key, f"is not a number from 1 to {most}: write one without quotes, or remove it")
        return default

    def texts(self, key: str, parse: Callable[[str], str]) -> tuple[str, ...]:
        """Return a list of texts, none of which may stand there twice; empty when it is missing."""
        return self._unique(key, self._items(key), parse)

    def lists(self, key: str, parse: Callable[[str], str]) -> tuple[tuple[str, ...], ...]:
        """Return a list of lists of texts; empty when it is missing."""
        found = self._items(key)
        wrong = [_kind(item) for item in found if not isinstance(item, list)]
        if wrong:
            self.wrong(key, f'has {wrong[0]} in its list: write lists in the list, [["..."], ["..."]]')
            return ()
        return tuple(
            self._unique(key, self._filled(key, cast("list[object]", item)), parse) for item in found
        )

    def value(self, key: str) -> object:
        """Return what stands there, of whatever type; None when it is missing."""
        return self._values.get(key)

    def _typed(self, key: str, kind: type[_T], wanted: str) -> _T | None:
        found = self._values.get(key)
        if found is None or isinstance(found, kind):
            return found
        self.wrong(key, f"is {_kind(found)}: write {wanted}")
        return None

    def _items(self, key: str) -> list[object]:
        found = cast("list[object] | None", self._typed(key, list, "a list"))
        return [] if found is None else self._filled(key, found)

    def _filled(self, key: str, items: list[object]) -> list[object]:
        if not items:
            self.wrong(key, "is an empty list: fill it, or remove it")
        return items

    def _unique(self, key: str, items: list[object], parse: Callable[[str], str]) -> tuple[str, ...]:
        found = [self._item(key, item, parse) for item in items]
        for item in sorted({item for item in found if found.count(item) > 1}):
            self.wrong(key, f"'{shown(item)}' is there more than once: keep one")
        return tuple(dict.fromkeys(found))

    def _item(self, key: str, item: object, parse: Callable[[str], str]) -> str:
        if isinstance(item, date) and not isinstance(item, datetime):
            item = item.isoformat()  # TOML knows dates, with and without quotes
        if isinstance(item, str):
            return self._parsed(key, item.strip(), parse, item.strip())
        self.wrong(key, f"has {_kind(item)} in its list: write texts in quotes")
        return repr(item)

    def _parsed(self, key: str, text: str, parse: Callable[[str], _T], default: _T) -> _T:
        try:
            return parse(text)
        except ValueError as error:
            self.wrong(key, f"'{shown(text)}' {error}")
            return default


def table_of(contents: bytes, file: str, problems: list[str]) -> Table:
    """Return the outermost table of a file; an empty one if it is not TOML."""
    return Table(file, "", _values(contents, file, problems), problems)


def _values(contents: bytes, file: str, problems: list[str]) -> Mapping[str, object]:
    try:
        return tomllib.loads(contents.decode("utf-8-sig"))  # some editors begin a file with a mark
    except UnicodeDecodeError:
        problems.append(f"{file} is not a text: save it as UTF-8.")
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{file} is not TOML: {error}. Correct it there.")
    except (ValueError, RecursionError):  # a number of thousands of digits, lists in lists in lists
        problems.append(f"{file} has a value that is too large or too deep: make it simpler.")
    return {}


def shown(key: str) -> str:
    """Return a name as it can stand in a sentence of one line."""
    plain = "".join(letter if letter.isprintable() else " " for letter in key)
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN]}..."


def _name(key: str) -> str:
    return shown(key) if key else '""'


def _kind(value: object) -> str:
    return next(words for kind, words in _KINDS if isinstance(value, kind))
