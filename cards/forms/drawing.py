"""A form as the inputs of a card."""

from dataclasses import replace

from cards import inputs as draw
from cards.elements import Json, line, size, text_run
from cards.forms.start import NO_CHOICE, drawn_as, shown, toggles
from cards.inputs import said
from cards.phrases import note
from cards.text import brief, cost
from orchestration.forms import LONGEST_TITLE, Field, Form, Kind

ROOM = 20_000
"""Bytes of card JSON."""

_FEW, _SHORT_HINT, _HINT, _WORTH_CUTTING = 4, 50, 300, 200

_ASKED = {
    Kind.NUMBER: "a number",
    Kind.WHOLE: "a whole number",
    Kind.DATE: "a date",
    Kind.TIME: "a time",
    Kind.CHOICE: "one of the choices",
    Kind.JSON: "JSON",
}


def inputs(form: Form, room: int = ROOM) -> list[Json]:
    """Return the inputs in at most `room` bytes of card JSON.

    Where that is not enough the longest values stay as they are and cannot be changed; then hints go.
    """
    fields = list(form.all)
    kept = set[str]()
    for longest in sorted(fields, key=lambda field: -cost(shown(field))):
        parts = _parts(fields, kept)
        if size(parts) <= room or cost(shown(longest)) < _WORTH_CUTTING:
            break
        kept.add(longest.id)
    parts = _parts(fields, kept)
    return parts if size(parts) <= room else _parts([replace(field, hint="") for field in fields], kept)


def _parts(fields: list[Field], kept: set[str]) -> list[Json]:
    return [part for field in fields for part in (_kept(field) if field.id in kept else _input(field))]


def _kept(field: Field) -> list[Json]:
    """A value that is too long for the card. No input, nothing comes back: it stays."""
    words = f"{len(shown(field)):,} characters: too long to change on a card. It stays as it is."
    title = text_run(brief(_title(field), LONGEST_TITLE), bold=True)
    return [line(title, spacing="Medium"), note(words, spacing="None")]


def _input(field: Field) -> list[Json]:
    # A placeholder vanishes behind a value, and a long one is cut off on a phone.
    fits = len(field.hint) <= _SHORT_HINT and not shown(field) and drawn_as(field) in _WITH_PLACEHOLDER
    hint = [] if fits or not field.hint else [note(brief(field.hint, _HINT), spacing="None")]
    say = said(_title(field), hint=field.hint if fits else "", error=_error(field), required=_needed(field))
    return [_drawn(field, say), *hint]


_WITH_PLACEHOLDER = {Kind.TEXT, Kind.LONG_TEXT, Kind.NUMBER, Kind.WHOLE, Kind.JSON}


def _title(field: Field) -> str:
    return f"{brief(field.title, LONGEST_TITLE - 7)} (JSON)" if field.kind is Kind.JSON else field.title


def _drawn(field: Field, say: Json) -> Json:
    text = shown(field)
    match drawn_as(field):
        case Kind.NUMBER | Kind.WHOLE:
            start = field.start if isinstance(field.start, int | float) else None
            return draw.number(field.id, say, value=start, least=field.least, most=field.most)
        case Kind.DATE:
            return draw.day(field.id, say, value=text)
        case Kind.TIME:
            return draw.hour(field.id, say, value=text)
        case Kind.YES_NO if toggles(field):
            return draw.tick(field.id, say, value=text)
        case Kind.YES_NO:
            choices = [("Yes", "true"), ("No", "false"), ("No answer", NO_CHOICE)]
            return draw.choice(field.id, say, choices=choices, value=text, several=False, expanded=True)
        case Kind.CHOICE | Kind.CHOICES:
            return _choice(field, say, text)
        case kind:
            return _words(field, say, text, lines=kind is not Kind.TEXT)


def _choice(field: Field, say: Json, text: str) -> Json:
    several = field.kind is Kind.CHOICES
    choices = [(choice.title, str(place)) for place, choice in enumerate(field.choices)]
    if not several and not _needed(field):
        choices.append(("No choice", NO_CHOICE))
    expanded = several or len(choices) <= _FEW
    return draw.choice(field.id, say, choices=choices, value=text, several=several, expanded=expanded)


def _words(field: Field, say: Json, text: str, *, lines: bool) -> Json:
    most = field.max_length if field.max_length >= len(text) else 0  # a client would cut it
    return draw.words(field.id, say, value=text, lines=lines, max_length=most)


def _needed(field: Field) -> bool:
    """Whether a client may refuse to send it empty."""
    empty = field.nullable or field.start == "" or field.kind in {Kind.YES_NO, Kind.CHOICES}
    return field.required and not empty


def _error(field: Field) -> str:
    if field.kind in {Kind.YES_NO, Kind.CHOICES} or not (_needed(field) or field.kind in _ASKED):
        return ""
    asked = _ASKED.get(field.kind, "")
    return f"{field.title}: {asked}{_range(field)}." if asked else f"{field.title} is needed."


def _range(field: Field) -> str:
    words = [f"at least {field.least:g}"] if field.least is not None else []
    words += [f"at most {field.most:g}"] if field.most is not None else []
    return f", {', '.join(words)}" if words else ""
