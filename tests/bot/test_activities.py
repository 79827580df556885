"""What is read from inbound activities."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.activities import Mention, inbound, spoken
from orchestration.errors import InvalidInputError
from orchestration.model import Person, Profile
from tests.fakes import teams
from tests.fakes.teams import ALICE, BOB

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_only_the_mention_of_the_bot_is_removed_and_not_its_name():
    body = teams.message("tell Signoff that the Signoffs broke", where=teams.group())
    assert spoken(body) == "tell Signoff that the Signoffs broke"


def test_a_mention_with_attributes_and_entities_in_the_text_is_read_as_plain_text():
    body = teams.message("x", where=teams.group())
    body["text"] = '<at id="0">Signoff</at>&nbsp;run release-notes Q&amp;A for 3 &lt; 4'
    body["entities"][0]["text"] = '<at id="0">Signoff</at>'
    assert spoken(body) == "run release-notes Q&A for 3 < 4"


def test_the_mention_of_another_person_stays_readable():
    body = teams.message("ask <at>Bob</at>", where=teams.group())
    body["entities"].append({"type": "mention", "text": "<at>Bob</at>", "mentioned": {"id": "29:bob"}})
    assert spoken(body) == "ask @Bob"


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


def test_mentioned_people_are_named_as_in_the_text_without_bots_and_channels():
    body = teams.message(
        "ask <at>Bob</at>, <at id='1'>Zoë&nbsp;Q&amp;A</at> and <at>General</at>", where=teams.group()
    )
    body["entities"] += [
        teams.mention(BOB, "<at>Bob</at>"),
        {"type": "mention", "text": "<at id='1'>Zoë&nbsp;Q&amp;A</at>", "mentioned": {"id": "29:zoe"}},
        {"type": "mention", "text": "<at>General</at>", "mentioned": {"id": "19:general@thread.tacv2"}},
        {"type": "mention", "text": "<at></at>", "mentioned": {"id": "29:nameless"}},
        {"type": "mention", "mentioned": "29:odd", "text": 7},
    ]
    who = inbound(body, NOW)
    assert who.text == "ask @Bob, @Zoë Q&A and @General"
    assert who.mentions == (Mention(BOB.id, "Bob"), Mention("29:zoe", "Zoë Q&A"))


def test_a_person_mentioned_in_two_parts_is_mentioned_once():
    body = teams.message("deputy <at>Bob</at> <at>Builder</at>", where=teams.group())
    body["entities"] += [teams.mention(BOB, "<at>Bob</at>"), teams.mention(BOB, "<at>Builder</at>")]
    assert inbound(body, NOW).mentions == (Mention(BOB.id, "Bob"),)


def test_the_profile_of_the_sender_has_address_and_time_zone():
    person = Person(teams.TENANT, ALICE.entra_id, ALICE.name)
    assert inbound(teams.message("hi"), NOW).profile == Profile(person, ALICE.id, "Europe/Berlin")
    del (body := teams.message("hi"))["from"]["name"]
    assert inbound(body, NOW).profile.person.name == ""


@pytest.mark.parametrize(
    ("local", "client", "zone"),
    [
        ("Europe/Berlin", "Asia/Dubai", "Europe/Berlin"),
        (None, "Asia/Dubai", "Asia/Dubai"),
        ("W. Europe Standard Time", "Asia/Dubai", "Asia/Dubai"),
        ("../../etc/passwd", None, ""),
        ("right/Europe/Berlin", "localtime", ""),
        ("Europe", 7, ""),
        ("x" * 5000, "a\0b", ""),
    ],
)
def test_only_a_time_zone_that_exists_is_taken(local, client, zone):
    body = teams.message("hi") | {"localTimezone": local}
    body["entities"][0]["timezone"] = client
    assert inbound(body, NOW).zone == zone
