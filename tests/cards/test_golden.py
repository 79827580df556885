"""Every state of every card as JSON. SIGNOFF_GOLDEN=write writes the files anew; read the difference."""

import json
import os
import re
from pathlib import Path

import pytest
from microsoft_teams import cards as schema

from tests.cards.states import STATES, parts

GOLDEN = Path(__file__).parent / "golden"
PICTURE = re.compile(r"data:image/png;base64,[\w+/=]+")
"""Its bytes depend on how the machine packs them; how it looks is tested where it is drawn."""
WRITES = os.environ.get("SIGNOFF_GOLDEN") == "write"


@pytest.mark.parametrize("state", STATES)
def test_the_card_is_the_one_that_was_agreed_on(state):
    file = GOLDEN / f"{state}.json"
    text = PICTURE.sub("a picture", json.dumps(STATES[state](), indent=1, ensure_ascii=False)) + "\n"
    if WRITES:
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), "SIGNOFF_GOLDEN=write accepts the change"


def test_no_agreed_card_is_left_over():
    assert {file.stem for file in GOLDEN.glob("*.json")} == set(STATES)


KINDS = {
    "AdaptiveCard": schema.AdaptiveCard,
    "Container": schema.Container,
    "ColumnSet": schema.ColumnSet,
    "Column": schema.Column,
    "RichTextBlock": schema.RichTextBlock,
    "TextRun": schema.TextRun,
    "Image": schema.Image,
    "ActionSet": schema.ActionSet,
    "Action.Execute": schema.ExecuteAction,
    "Input.Text": schema.TextInput,
    "Input.ChoiceSet": schema.ChoiceSetInput,
    "Data.Query": schema.QueryData,
    "Input.Date": schema.DateInput,
    "Input.Time": schema.TimeInput,
    "Input.Number": schema.NumberInput,
    "Input.Toggle": schema.ToggleInput,
}


@pytest.mark.parametrize("state", STATES)
def test_microsofts_own_schema_accepts_the_card(state):
    # It validates no parts below the card's own properties, and keeps properties that it does not know.
    for part in parts(STATES[state]()):
        known = KINDS[part["type"]].model_validate(part)
        assert set(known.model_extra or ()) <= {"$schema"}


@pytest.mark.parametrize("state", STATES)
def test_every_card_says_what_it_is_about_in_plain_words(state):
    card = STATES[state]()
    assert card["fallbackText"]
    assert card["lang"] == "en"
    assert card["msteams"] == {"width": "full"}


@pytest.mark.parametrize("state", STATES)
def test_no_card_uses_the_words_of_the_framework(state):
    text = json.dumps(STATES[state]()).lower()
    assert not [word for word in ("superstep", "executor", "checkpoint") if word in text]
