"""Values for people to check: what would change, and with what a tool would be called.

Rows stand one below the other, since a phone has no room for columns. What does not fit is said on the card;
the caller then offers the whole text, page by page.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import cast

from cards.elements import Json, box, line, size, text_run
from cards.passage import quoted
from cards.phrases import NAME, note
from cards.text import brief, clean, cost, hides
from orchestration.forms import ABSENT
from orchestration.values import canonical, titled

ROOM = 14_000
"""Bytes of card JSON."""

Values = Mapping[str, object]
Shown = tuple[list[Json], bool]
"""What is on the card, and whether something is left out of it."""

_Row = Callable[[int], Shown]
"""Draws one value in so many bytes."""

_SHORT, _GLIMPSE, _LEAST, _RESERVE = 48, 100, 1_200, 300
"""Characters beside a name; bytes of an unchanged value, of a row at least, kept for each row to come."""

_UNCLEAR = re.compile(r"""\s|.*\s\Z|[“"\[{]|[-+.\d]|(yes|no|empty|not set)\Z""", re.IGNORECASE | re.DOTALL)


def arguments(values: Values, titles: Mapping[str, str] | None = None, room: int = ROOM) -> Shown:
    """The arguments of a tool call, each in full as long as there is room."""
    named = _titles(list(values), titles or {})
    rows = [partial(_argument, named[name], value) for name, value in values.items()]
    return _fitting(rows, room, "argument") if rows else ([note("It takes no arguments.")], False)


def changes(
    before: Values, proposed: Values, titles: Mapping[str, str] | None = None, room: int = ROOM
) -> Shown:
    """What is now and what is proposed: changes first, then what stays, less loud."""
    changed, same = _sorted(before, proposed)
    named = _titles([*changed, *same], titles or {})
    rows = [partial(_change, named[name], _of(before, name), _of(proposed, name)) for name in changed]
    calm = [partial(_unchanged, named[name], before[name]) for name in same]
    head = [_part("Stays as it is" if changed else "Nothing would change")] if calm else []
    first, cut = _fitting(rows, room - size(head), "change")
    rest, cut_too = _fitting(calm, room - size(head) - size(first), "value") if calm else ([], False)
    return [*first, *head, *rest], cut or cut_too


def arguments_text(values: Values, titles: Mapping[str, str] | None = None) -> str:
    """All arguments as one text, for its pages."""
    named = _titles(list(values), titles or {})
    return "\n\n".join(
        f"{_named(named[name])}:\n{_indented(_worded(value))}" for name, value in values.items()
    )


def changes_text(before: Values, proposed: Values, titles: Mapping[str, str] | None = None) -> str:
    """All values as one text, for its pages: changes first."""
    changed, same = _sorted(before, proposed)
    named = _titles([*changed, *same], titles or {})
    words = [_in_full(named[name], "now", _of(before, name), _of(proposed, name)) for name in changed]
    return "\n\n".join([*words, *(_in_full(named[name], "stays", before[name]) for name in same)])


def _in_full(title: str, label: str, *values: object) -> str:
    told = "\nproposed:\n".join(_indented(_worded(value)) for value in values)
    return f"{_named(title)}, {label}:\n{told}"


def _titles(names: Sequence[str], given: Mapping[str, str]) -> Mapping[str, str]:
    """Names in words, unless two would be the same then."""
    words = {name: given.get(name) or titled(name) for name in names}
    return words if len(set(words.values())) == len(words) else {name: name for name in names}


def _sorted(before: Values, proposed: Values) -> tuple[list[str], list[str]]:
    """The names of what changes, and of what does not."""
    names = list(dict.fromkeys([*proposed, *before]))
    changed = [name for name in names if not _equal(_of(before, name), _of(proposed, name))]
    return changed, [name for name in names if name not in set(changed)]


def _of(values: Values, name: str) -> object:
    return values.get(name, ABSENT)


def _equal(one: object, other: object) -> bool:
    if one is ABSENT or other is ABSENT:
        return one is other
    return canonical(one) == canonical(other)


# ---- rows ------------------------------------------------------------------------------------


def _fitting(rows: Sequence[_Row], room: int, noun: str) -> Shown:
    parts, cut, left = list[Json](), False, room - _RESERVE
    for done, row in enumerate(rows):
        if left < _LEAST:
            more = len(rows) - done
            return [*parts, note(f"and {more} more {noun}{'s' * (more > 1)}", spacing="Medium")], True
        # A long value must not push the others off the card.
        to_come = min(_RESERVE * (len(rows) - done - 1), left // 2)
        drawn, shortened = row(max(left - to_come, _LEAST))
        parts, cut, left = [*parts, *drawn], cut or shortened, left - size(drawn)
    return parts, cut


def _argument(name: str, value: object, room: int) -> Shown:
    words, title = _worded(value), _title(name)
    aside = _aside(name, words)
    if _short(words):
        return [line(text_run(f"{title}: ", bold=True), words, spacing="Small"), *aside], _long(name)
    shown, more = _boxed(words, room - _LEAST // 2)
    return [line(text_run(title, bold=True), spacing="Medium"), shown, *aside], more or _long(name)


def _change(name: str, old: object, new: object, room: int) -> Shown:
    was, will = _worded(old), _worded(new)
    title = line(text_run(_title(name), bold=True), spacing="Medium")
    aside = _aside(name, was, will)
    if _short(was) and _short(will):
        runs = (text_run(was, subtle=True), text_run(" → ", subtle=True), text_run(will, bold=True))
        return [title, line(*runs, spacing="None"), *aside], _long(name)
    each = (room - _LEAST // 2) // 2
    (now, cut), (then, cut_too) = _side("Now", was, each), _side("Proposed", will, each)
    return [title, *now, *then, *aside], cut or cut_too or _long(name)


def _side(label: str, words: str, room: int) -> Shown:
    if _short(words):
        return [line(text_run(f"{label}: ", subtle=True), words, spacing="None")], False
    shown, more = _boxed(words, room)
    return [note(label, spacing="Small"), shown], more


def _unchanged(name: str, value: object, _: int) -> Shown:
    words = _worded(value)
    glimpse = brief(words, _GLIMPSE)
    return [note(f"{_title(name)}: {glimpse}", spacing="None")], glimpse.endswith("…") or _long(name)


def _part(title: str) -> Json:
    return line(text_run(title, subtle=True, bold=True), spacing="Medium")


def _boxed(words: str, room: int) -> tuple[Json, bool]:
    parts, more = quoted(words, max(room, _LEAST // 4))
    return box(parts, style="emphasis", spacing="Small"), more


def _aside(*words: str) -> list[Json]:
    # Two names or values may look the same and not be the same.
    hidden = any(hides(each) for each in words)
    return [
        line(text_run("It has characters that cannot be seen.", color="Warning"), spacing="None")
    ] * hidden


# ---- words -----------------------------------------------------------------------------------


def _worded(value: object) -> str:
    """Return the value so that it cannot be taken for another: a text that looks like a number is quoted."""
    if value is ABSENT:
        return "not set"
    if isinstance(value, str):
        return value if value and not _UNCLEAR.match(value) else f"“{value}”"
    if isinstance(value, dict | list):
        return json.dumps(cast(object, value), indent=2, ensure_ascii=False)
    words = {None: "empty", True: "yes", False: "no"}
    return words[value] if value is None or isinstance(value, bool) else canonical(value)


def _short(words: str) -> bool:
    return len(words) <= _SHORT and "\n" not in clean(words)


def _title(name: str) -> str:
    return brief(name, NAME) or "“”"


def _named(name: str) -> str:
    return " ".join(clean(name).split()) or "“”"


def _long(name: str) -> bool:
    return cost(name) > NAME


def _indented(text: str) -> str:
    return "\n".join(f"    {each}" for each in clean(text).split("\n"))
