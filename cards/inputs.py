"""The inputs of a form. Titles and hints become safe here; values are characters only."""

from collections.abc import Sequence

from cards import text as texts
from cards.elements import Input, Json, Property, element
from orchestration.forms import LONGEST_CHOICE, LONGEST_TITLE

HINT, ERROR = 120, 200
"""Bytes that are shown of these."""


class _Text(Input):
    element_type = "Input.Text"
    is_multiline = Property(type=bool, key_name="isMultiline")
    max_length = Property(type=int, key_name="maxLength")


class _Number(Input):
    element_type = "Input.Number"
    value = Property(type=(int, float))
    min = Property(type=(int, float))
    max = Property(type=(int, float))


class _Date(Input):
    element_type = "Input.Date"


class _Time(Input):
    element_type = "Input.Time"


class _Toggle(Input):
    element_type = "Input.Toggle"
    title = Property(type=str)
    wrap = Property(type=bool)


class _ChoiceSet(Input):
    element_type = "Input.ChoiceSet"
    style = Property(type=str)
    wrap = Property(type=bool)
    choices = Property(type=list)
    is_multi_select = Property(type=bool, key_name="isMultiSelect")


def said(title: str, *, hint: str = "", error: str = "", required: bool = False) -> Json:
    """What every input says of itself."""
    return {
        "label": texts.plain(title, LONGEST_TITLE),
        "placeholder": texts.plain(hint, HINT),
        "error_message": texts.plain(error, ERROR),
        "is_required": required,
    }


def words(id: str, say: Json, *, value: str, lines: bool, max_length: int) -> Json:
    """A text in one line or several. `max_length` in characters; 0: any number."""
    return element(
        _Text, id=id, value=texts.clean(value), is_multiline=lines, max_length=max_length or None, **say
    )


def number(
    id: str, say: Json, *, value: float | None, least: float | None = None, most: float | None = None
) -> Json:
    """A number."""
    return element(_Number, id=id, value=value, min=least, max=most, **say)


def day(id: str, say: Json, *, value: str) -> Json:
    """A date, YYYY-MM-DD."""
    return element(_Date, id=id, value=value, **say)


def hour(id: str, say: Json, *, value: str) -> Json:
    """A time of day, HH:MM."""
    return element(_Time, id=id, value=value, **say)


def tick(id: str, say: Json, *, value: str) -> Json:
    """Yes or no; required would mean that it must be yes, so it never is."""
    rest = {name: each for name, each in say.items() if name not in {"is_required", "placeholder"}}
    return element(_Toggle, id=id, title="Yes", value=value, wrap=True, **rest)


def choice(
    id: str, say: Json, *, choices: Sequence[tuple[str, str]], value: str, several: bool, expanded: bool
) -> Json:
    """One or several of the choices (title, value); values have no comma."""
    # Titles are the only texts in the body that render Markdown.
    options = [{"title": texts.plain(title, LONGEST_CHOICE), "value": each} for title, each in choices]
    return element(
        _ChoiceSet,
        id=id,
        choices=options,
        value=value,
        is_multi_select=several,
        style="expanded" if expanded else "compact",
        wrap=True,
        **say,
    )
