"""What agents remember, as administrators see and delete it in chat."""

from dataclasses import replace

import pytest

from orchestration.catalog import WORKFLOWS
from orchestration.memory import Remembering
from orchestration.model import Owner
from orchestration.workflows import release_notes
from tests.fakes import teams
from tests.fakes.clock import MovableClock
from tests.fakes.signoff import signoff, text_of
from tests.fakes.teams import ALICE, BOB, CAROL

REMEMBERS = [replace(WORKFLOWS[0], remembers=("writer",), memory_scope="tenant")]
WRITER = Owner(teams.TENANT, "writer")
ELSEWHERE = Owner(teams.OTHER_TENANT, "writer")


@pytest.fixture
def remembering(store) -> Remembering:
    return Remembering(store, MovableClock())


async def test_an_administrator_sees_how_much_is_remembered_and_can_have_it_forgotten(store, remembering):
    for number in range(2):
        await remembering.remember(WRITER, f"{number}", "Mia is on leave.")
    await remembering.remember(replace_project(WRITER), "2", "Ben, too.")
    await remembering.remember(ELSEWHERE, "3", "Not ours.")
    async with signoff(store, definitions=REMEMBERS, SIGNOFF_ADMINISTRATORS=CAROL.entra_id) as it:
        chat = teams.personal(CAROL)
        await it.say("memory", by=CAROL, where=chat)
        card = await it.card("What agents remember", "writer", "3 notes", where=chat)
        assert "leave" not in text_of(card)
        await it.say("forget memory of Writer", by=CAROL, where=chat)
        await it.told("writer has forgotten everything: 3 notes.", where=chat)
        await it.say("memory", by=CAROL, where=chat)
        await it.card("What agents remember", "writer : no notes", where=chat)
    assert await remembering.recall(WRITER, "0") is None
    assert await remembering.recall(ELSEWHERE, "3")


@pytest.mark.parametrize("words", ["memory", "forget memory of writer"])
async def test_nobody_else_does(store, remembering, words):
    await remembering.remember(WRITER, "0", "Kept.")
    async with signoff(store, definitions=REMEMBERS, SIGNOFF_ADMINISTRATORS=CAROL.entra_id) as it:
        await it.say(words, by=BOB, where=teams.group())
        await it.told("Only an administrator of this bot can look after", where=teams.group())
    assert await remembering.recall(WRITER, "0")


async def test_in_local_mode_everybody_does_and_unknown_agents_are_named(store, remembering):
    async with signoff(store, definitions=REMEMBERS) as it:
        await it.say("memory", by=ALICE)
        await it.card("What agents remember", "no notes")
        await it.say("forget memory of nobody", by=ALICE)
        await it.told("There is no agent called “nobody” that remembers. Known: writer.")


async def test_without_any_agent_that_remembers_the_card_says_so(store):
    async with signoff(store, definitions=(release_notes.DEFINITION,)) as it:
        await it.say("memory")
        await it.card("No agent keeps notes.")
        await it.say("forget memory of writer")
        await it.told("No agent remembers anything.")


def replace_project(owner: Owner) -> Owner:
    return owner._replace(project="19:there")
