"""The parts that cards are made of, as plain JSON. The only module that imports adaptivecards.

Text reaches a card through text_run(), the inputs and card(), which make it safe: no function here places
text as it is where Markdown is rendered.
"""
# The library has neither py.typed nor stubs; every function below states its own types.
# pyright: reportMissingTypeStubs=false

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, ClassVar, Protocol, cast

from adaptivecards.adaptivecard import AdaptiveCard
from adaptivecards.baseobject import BareObject, Element, PropertyType
from adaptivecards.containers import ActionSet, Column, ColumnSet, Container
from adaptivecards.elements import Image, RichTextBlock, TextRun

from cards import text as texts

Json = dict[str, Any]

MOST_REFRESHED = 60
LIMIT = 28_000
"""Bytes of JSON in UTF-8 that a card may have. Teams documents 28 KB to 100 KB, depending on the page."""


# ---- what the library lacks ---------------------------------------------------------------


class _Execute(Element):
    element_type = "Action.Execute"
    title = PropertyType(type=str)
    verb = PropertyType(type=str)
    data = PropertyType(type=dict)
    style = PropertyType(type=str)
    associated_inputs = PropertyType(type=str, key_name="associatedInputs")


class _Input(Element):
    label = PropertyType(type=str)
    value = PropertyType(type=str)
    placeholder = PropertyType(type=str)
    is_required = PropertyType(type=bool, key_name="isRequired")
    error_message = PropertyType(type=str, key_name="errorMessage")


Input, Property = _Input, PropertyType
"""What cards.inputs makes the inputs of a form with."""


class _TextInput(_Input):
    element_type = "Input.Text"
    is_multiline = PropertyType(type=bool, key_name="isMultiline")
    max_length = PropertyType(type=int, key_name="maxLength")


class _ChoiceSet(_Input):
    element_type = "Input.ChoiceSet"
    style = PropertyType(type=str)
    wrap = PropertyType(type=bool)
    is_multi_select = PropertyType(type=bool, key_name="isMultiSelect")
    choices = PropertyType(type=list)


class _PeoplePicker(_Input):
    element_type = "Input.ChoiceSet"
    style = PropertyType(type=str)
    choices = PropertyType(type=list)
    query = PropertyType(type=dict, key_name="choices.data")


class _Column(Column):
    width = PropertyType(type=int)  # a weight; the library knows only text


class _Image(Image):
    msteams = PropertyType(type=dict)


class _UniversalCard(AdaptiveCard):
    version = PropertyType(type=str)
    msteams = PropertyType(type=dict)

    def __init__(self, **properties: object) -> None:
        super().__init__()  # takes nothing
        for name, value in properties.items():
            setattr(self, name, value)


def element(kind: type[BareObject], **properties: object) -> Json:
    """Return the element as plain JSON, without the properties that say nothing."""
    if unknown := properties.keys() - _known(kind):  # the library would drop them in silence
        raise TypeError(f"{kind.__name__} has no property {', '.join(sorted(unknown))}")
    # The number 0 says something; False equals it.
    said = {
        name: value for name, value in properties.items() if value not in ("", None) and value is not False
    }
    data = cast(Json, kind(**said).render())
    # Plain dicts only: the Bot Framework turns the library's objects into strings.
    return {"type": data["type"], **data} if "type" in data else dict(data)


@cache
def _known(kind: type) -> frozenset[str]:
    return frozenset(
        name for base in kind.__mro__ for name, value in vars(base).items() if isinstance(value, PropertyType)
    )


class Packs(Protocol):
    """What a button sends: a payload of cards.actions."""

    verb: ClassVar[str]

    def pack(self) -> dict[str, str]: ...


# ---- parts ----------------------------------------------------------------------------------


def text_run(text: str, *, bold: bool = False, subtle: bool = False, size: str = "", color: str = "") -> Json:
    """Text that is shown character by character, with one look."""
    weight = "Bolder" if bold else ""
    return element(TextRun, text=texts.shown(text), weight=weight, isSubtle=subtle, size=size, color=color)


def line(*parts: Json | str, spacing: str = "") -> Json:
    """A line of text that wraps. A bare string is text with the default look."""
    runs = [text_run(part) if isinstance(part, str) else part for part in parts]
    shown = [run for run in runs if run.get("text")]
    return element(RichTextBlock, inlines=shown, spacing=spacing)


def box(items: Sequence[Json], *, style: str = "", spacing: str = "") -> Json:
    """Parts that belong together; a style sets them off."""
    return element(Container, items=list(items), style=style, spacing=spacing)


def columns(*parts: Json, spacing: str = "") -> Json:
    """Columns side by side."""
    return element(ColumnSet, columns=list(parts), spacing=spacing)


def column(*items: Json, width: int) -> Json:
    """One of them; `width` is its weight among the others."""
    return element(_Column, items=list(items), width=width)


def image(data: str, words: str, width: int) -> Json:
    """A picture that the card holds itself, as data URI. `words` say what it shows; `width` is in pixels."""
    return element(
        _Image,
        url=data,
        altText=texts.brief(words, 2_000),
        width=f"{width}px",
        msteams={"allowExpand": True},
    )


def button(title: str, payload: Packs, *, style: str = "", inputs: bool = False) -> Json:
    """A button that calls the bot, with the inputs of the card or without them."""
    return element(
        _Execute,
        title=title,
        verb=payload.verb,
        data=payload.pack(),
        style=style,
        associated_inputs="auto" if inputs else "none",
    )


def buttons(actions: Iterable[Json], *, spacing: str = "") -> Json:
    """Buttons in one row, or one below the other where there is no room."""
    return element(ActionSet, actions=list(actions), spacing=spacing)


def text_input(id: str, label: str, *, value: str = "", placeholder: str = "", max_length: int) -> Json:
    """An input for several lines. `max_length` is a wish; some clients ignore it."""
    return element(
        _TextInput,
        id=id,
        label=label,
        value=texts.clean(value),
        placeholder=placeholder,
        max_length=max_length,
        is_multiline=True,
    )


def choice_input(
    id: str, label: str, choices: Iterable[tuple[str, str]], *, error: str, required: bool = True
) -> Json:
    """One choice of several (title, value), all visible."""
    # Titles are the only texts in the body that render Markdown.
    options = [{"title": texts.plain(title, 400), "value": value} for title, value in choices]
    return element(
        _ChoiceSet,
        id=id,
        label=label,
        choices=options,
        style="expanded",
        wrap=True,
        is_required=required,
        error_message=error,
    )


def tick_input(id: str, label: str, choices: Iterable[tuple[str, str]]) -> Json:
    """Boxes to tick, (title, value) each; what is ticked arrives with commas between."""
    options = [{"title": texts.plain(title, 400), "value": value} for title, value in choices]
    return element(
        _ChoiceSet, id=id, label=label, choices=options, style="expanded", wrap=True, is_multi_select=True
    )


def person_input(id: str, label: str, *, error: str) -> Json:
    """The people picker of Teams, which gives the Entra object id of whom one chooses."""
    return element(
        _PeoplePicker,
        id=id,
        label=label,
        choices=[],
        query={"type": "Data.Query", "dataset": "graph.microsoft.com/users"},
        placeholder="Name",
        is_required=True,
        error_message=error,
    )


def card(body: Sequence[Json], summary: str) -> Json:
    """A whole card. The summary is for clients that cannot show it, and for notifications."""
    return element(
        _UniversalCard,
        version="1.5",  # the library says 1.2, where Action.Execute is unknown
        body=list(body),
        fallback_text=texts.plain(summary, 500),
        lang="en",
        msteams={"width": "full"},
    )


def refreshed(drawn: Json, payload: Packs, people: Sequence[str]) -> Json:
    """Return the card, which asks for a card of their own for each of these Teams addresses.

    Teams does so for 60 people at most; all others keep the card as it is.
    """
    if not people:
        return drawn
    action = button("Refresh", payload)
    return {**drawn, "refresh": {"action": action, "userIds": list(people)[:MOST_REFRESHED]}}


def size(part: Json | Sequence[Json]) -> int:
    """Bytes of the JSON in UTF-8."""
    return len(json.dumps(part, ensure_ascii=False).encode())
