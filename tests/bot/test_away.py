"""Being away, in chat, through the endpoint."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestration.errors import SignoffError
from orchestration.model import Profile
from tests.fakes import teams
from tests.fakes.signoff import Signoff, signoff, text_of
from tests.fakes.teams import ALICE, BOB, CAROL, DAVE, TENANT, Person

GROUP = teams.group()


def now() -> datetime:
    return datetime.now(UTC)


async def met(it: Signoff, *people: Person) -> None:
    """They have written to the bot once."""
    for person in people:
        await it.say("help", by=person)


def deputy_mentioned(words: str, *people: Person, where: Any = GROUP) -> Any:
    """A message in a group whose words have "{}" for each mention."""
    text = words.format(*(f"<at>{person.name}</at>" for person in people))
    body = teams.message(text, where=where)
    body["entities"] += [teams.mention(person) for person in people]
    return body


async def represented(store, deputy: Person, at: datetime | None = None) -> Sequence[str]:
    return list(await store.represented(TENANT, deputy.entra_id, at or now()))


async def test_who_writes_is_known_with_name_address_and_time_zone(store):
    async with signoff(store) as it:
        await met(it, BOB)
        known = (await store.profiles(TENANT, [BOB.entra_id]))[BOB.entra_id]
        assert (known.person.name, known.address, known.zone) == (BOB.name, BOB.id, "Europe/Berlin")
        assert await store.addressed(TENANT, BOB.id) == known


async def test_who_clicks_is_known_and_a_new_zone_replaces_the_old_one(store):
    async with signoff(store) as it:
        await it.say("run release-notes Faster search.")
        card = await it.card("Publish these release notes?")
        await it.click(card, "Approve")
        await it.say("help", localTimezone="Asia/Dubai")
        known = (await store.profiles(TENANT, [ALICE.entra_id]))[ALICE.entra_id]
        assert known.zone == "Asia/Dubai"
        await it.say("help", localTimezone=None)
        assert (await store.profiles(TENANT, [ALICE.entra_id]))[ALICE.entra_id] == known


async def test_somebody_known_can_be_named_as_deputy_and_taken_back(store):
    async with signoff(store) as it:
        await met(it, BOB)
        await it.say("away for 3 days, deputy bob")
        said = await it.told("You are away until the end of ")
        assert "(CET). Bob Builder can answer for you until then. “back” ends it sooner." in said
        assert await represented(store, BOB) == [ALICE.entra_id]
        absence = await store.absence(TENANT, ALICE.entra_id, now())
        assert timedelta(days=2) <= absence.until - now() <= timedelta(days=3)
        await it.say("away")
        await it.card("Being away", "Bob Builder can answer for you until then.")
        await it.say("away", by=BOB, where=teams.personal(BOB))
        await it.card(
            "Being away", "You are not away. You answer for Alice Admin.", where=teams.personal(BOB)
        )
        await it.say("back")
        await it.told("Welcome back. Nobody answers for you now.")
        assert await represented(store, BOB) == []
        await it.say("back")
        await it.told("You are not away.")


async def test_a_day_ends_where_the_person_is_as_told_before(store):
    tomorrow = (now() + timedelta(days=2)).date().isoformat()
    async with signoff(store) as it:
        await met(it, BOB)
        await it.say("help", localTimezone="Asia/Dubai")
        await it.say(f"away until {tomorrow}, deputy Bob Builder", localTimezone=None)
        await it.told("(UTC+4)")
        absence = await store.absence(TENANT, ALICE.entra_id, now())
        assert absence.until.astimezone(UTC).hour == 20


async def test_a_deputy_can_be_mentioned_although_the_bot_never_met_them(store):
    async with signoff(store) as it:
        it.teams.members[GROUP["id"]] = [teams.member(person) for person in (ALICE, BOB, CAROL)]
        await it.send(deputy_mentioned("away until 2 december, deputy {}", BOB))
        await it.told("Bob Builder can answer for you", where=GROUP)
        assert await represented(store, BOB) == [ALICE.entra_id]


async def test_a_deputy_can_be_named_from_the_members_of_the_chat(store):
    async with signoff(store) as it:
        it.teams.members[GROUP["id"]] = [teams.member(person) for person in (ALICE, BOB, CAROL)]
        await it.say("away for 2 weeks, deputy carol", where=GROUP)
        await it.told("Carol Case can answer for you", where=GROUP)
        await it.say("away for 2 weeks, my deputy is Bob Builder", where=GROUP)
        await it.told("Bob Builder can answer for you", where=GROUP)
        assert (await represented(store, BOB), await represented(store, CAROL)) == ([ALICE.entra_id], [])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("away until friday", "Please say who answers for you, for example: away until friday, deputy @Ben"),
        ("away until christmas, deputy bob", "I do not know which day “until christmas” is."),
        ("away until 2020-01-01, deputy bob", "That day has passed already"),
        ("away for 100 weeks, deputy bob", "You can be away for a year at most."),
        ("away for 3 days, deputy Alice Admin", "You cannot be your own deputy"),
        ("away for 3 days, deputy zoe", "I know nobody called “zoe”."),
        ("away for 3 days, deputy @", "I know nobody called “”."),
        ("away for 3 days, deputy b", "Whom do you mean by “b”: Bo Peep, Bob Builder?"),
        ("away for 3 days, deputy Same", "2 people are called “Same”. Mention the one you mean with @"),
    ],
)
async def test_what_does_not_work_gets_a_sentence_and_changes_nothing(store, text, sentence):
    peep = Person("Bo Peep", "29:peep", "bbbbbbbb-0000-4000-8000-000000000001")
    twins = [Person("Same", f"29:same{n}", f"bbbbbbbb-0000-4000-8000-00000000001{n}") for n in range(2)]
    async with signoff(store) as it:
        await met(it, ALICE, BOB, peep, *twins)
        await it.say("away for 1 day, deputy carol")
        await it.say(text)
        await it.told(sentence)
        assert await store.absence(TENANT, ALICE.entra_id, now()) is None


async def test_a_refusal_leaves_an_earlier_absence_as_it_was(store):
    async with signoff(store) as it:
        await met(it, BOB, CAROL)
        await it.say("away for 3 days, deputy bob")
        await it.told("Bob Builder can answer")
        await it.say("away for 900 days, deputy carol")
        await it.told("a year at most")
        assert await represented(store, BOB) == [ALICE.entra_id]


@pytest.mark.parametrize(
    ("words", "people", "sentence"),
    [
        (
            "away for 3 days, deputy {} or {}",
            (BOB, CAROL),
            "Please name one person: Bob Builder, Carol Case?",
        ),
        ("away for 3 days, deputy {}", (DAVE,), "I do not know Dave Denied yet"),
    ],
)
async def test_a_mention_that_names_no_one_person_is_refused(store, words, people, sentence):
    async with signoff(store) as it:
        it.teams.members[GROUP["id"]] = [
            *(teams.member(person) for person in (ALICE, BOB, CAROL)),
            teams.member(DAVE, tenantId=teams.OTHER_TENANT),
        ]
        await it.send(deputy_mentioned(words, *people))
        await it.told(sentence, where=GROUP)
        assert await store.absence(TENANT, ALICE.entra_id, now()) is None


async def test_a_roster_that_cannot_be_read_leaves_those_who_are_known(store):
    async with signoff(store) as it:
        await met(it, BOB)
        await it.say("away for 3 days, deputy bob", where=GROUP)
        await it.told("Bob Builder can answer for you", where=GROUP)


async def test_a_whole_name_means_one_person_although_others_begin_with_it(store):
    longer = Person("Bob Builderson", "29:longer", "bbbbbbbb-0000-4000-8000-000000000002")
    async with signoff(store) as it:
        await met(it, BOB, longer)
        await it.say("away for 3 days, deputy bob builder")
        await it.told("Bob Builder can answer for you")
        assert await represented(store, BOB) == [ALICE.entra_id]


async def test_a_deputy_who_is_away_too_is_told(store):
    async with signoff(store) as it:
        await met(it, ALICE, BOB)
        await it.say("away for 3 days, deputy alice", by=BOB)
        await it.told("Alice Admin can answer for you", where=teams.personal(BOB))
        await it.say("away for 3 days, deputy bob")
        await it.told("Bob Builder is away too, until the end of ")


async def test_a_waiting_question_is_not_answered_by_going_away(store):
    async with signoff(store) as it:
        await met(it, BOB)
        await it.say("run release-notes Faster search.")
        await it.card("Publish these release notes?")
        await it.say("away until christmas, deputy bob")
        await it.told("I do not know which day")
        (run,) = await store.runs_of(TENANT, ALICE.entra_id, 10)
        (question,) = await store.approvals(run.key)
        assert question.pending


class Unreadable:
    """A store in which a newer version has written about people."""

    def __init__(self, store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def know(self, profile: Profile) -> None:
        raise SignoffError("a newer version of Signoff wrote it")


async def test_what_people_do_counts_although_their_profile_cannot_be_read(store):
    async with signoff(Unreadable(store)) as it:
        await it.say("help")
        await it.card("run release-notes")


class Writings:
    """A store that keeps what it is told of people."""

    def __init__(self, store) -> None:
        self._store, self.told = store, list[Profile]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def know(self, profile: Profile) -> None:
        self.told.append(profile)
        await self._store.know(profile)


async def test_the_store_is_told_of_a_person_once_until_something_is_new(store):
    writings = Writings(store)
    async with signoff(writings) as it:
        for _ in range(3):
            await met(it, ALICE, BOB)
        await it.say("help", localTimezone="Asia/Dubai")
        told = [(profile.person.name, profile.zone) for profile in writings.told]
        assert told == [
            (ALICE.name, "Europe/Berlin"),
            (BOB.name, "Europe/Berlin"),
            (ALICE.name, "Asia/Dubai"),
        ]


async def test_an_absence_is_said_and_ended_on_a_card(any_store):
    async with signoff(any_store) as it:
        await met(it, BOB)
        await it.say("away")
        card = await it.card("Being away", "You are not away.")
        none = await it.click(card, "Save", {"until": "", "deputy": BOB.entra_id})
        assert none["value"] == "Choose the last day first."
        own = await it.click(card, "Save", {"until": "2999-01-01", "deputy": ALICE.entra_id})
        assert "You cannot be your own deputy" in own["value"]
        last = (now() + timedelta(days=3)).date().isoformat()
        saved = await it.click(card, "Save", {"until": last, "deputy": BOB.entra_id})
        assert "Bob Builder can answer for you until then." in text_of(saved["value"])
        assert await represented(any_store, BOB) == [ALICE.entra_id]
        back = await it.click(saved["value"], "I am back")
        assert "You are not away." in text_of(back["value"])
        assert await represented(any_store, BOB) == []
