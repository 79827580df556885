"""Which fields a form has for the values of a schema. How they look and are read is in cards."""

from orchestration.forms.fields import ABSENT, Choice, Field, Form, Kind
from orchestration.forms.making import LONGEST_CHOICE, LONGEST_TITLE, form_of
from orchestration.forms.sample import sample

__all__ = [
    "ABSENT",
    "LONGEST_CHOICE",
    "LONGEST_TITLE",
    "Choice",
    "Field",
    "Form",
    "Kind",
    "form_of",
    "sample",
]
