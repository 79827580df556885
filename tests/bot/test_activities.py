"""What is read from inbound activities."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.activities import inbound, spoken
from orchestration.errors import InvalidInputError
from tests.fakes import teams
from tests.fakes.teams import ALICE

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_only_the_mention_of_the_bot_is_removed_and_not_its_name():
    body = teams.message("tell Signoff that the Signoffs broke", where=teams.group())
    assert spoken(body) == "tell Signoff that the Signoffs broke"


def test_a_mention_with_attributes_and_entities_in_the_text_is_read_as_plain_text():
    body = teams.message("x", where=teams.group())
    body["text"] = '<at id="0">Signoff</at>&nbsp;run release-notes Q&amp;A for 3 &lt; 4'
    body["entities"][0]["text"] = '<at id="0">Signoff</at>'
    assert spoken(body) == "run release-notes Q&A for 3 < 4"


def test_the_mention_of_another_person_stays():
    body = teams.message("ask <at>Bob</at>", where=teams.group())
    body["entities"].append({"type": "mention", "text": "<at>Bob</at>", "mentioned": {"id": "29:bob"}})
    assert spoken(body) == "ask <at>Bob</at>"


def test_control_characters_and_text_direction_overrides_are_dropped():
    assert spoken(teams.message("a\u202eb\u0000c\nd\te\u200d")) == "abc\nd\te\u200d"


def test_a_message_without_text_is_empty():
    body = teams.message("x")
    del body["text"]
    assert spoken(body) == ""


def test_who_says_it_is_known_by_tenant_and_entra_id():
    who = inbound(teams.message("hi", timestamp="2026-11-20T09:30:00.1234567Z"), NOW)
    assert (who.person.tenant, who.person.id, who.person.name) == (teams.TENANT, ALICE.entra_id, ALICE.name)
    assert who.at == datetime(2026, 11, 20, 9, 30, 0, 123456, tzinfo=UTC)
    assert who.personal


@pytest.mark.parametrize("missing", ["aadObjectId", "tenant"])
def test_somebody_without_an_entra_id_or_tenant_is_refused(missing):
    body = teams.message("hi")
    if missing == "tenant":
        body["channelData"] = {}
    else:
        del body["from"]["aadObjectId"]
    with pytest.raises(InvalidInputError, match="work or school account"):
        inbound(body, NOW)


@given(st.text(), st.sampled_from(["plain", "xml", "markdown", ""]))
def test_any_text_can_be_read(text, text_format):
    spoken(teams.message(text) | {"textFormat": text_format})
