"""An event planned in chat: a choice and an approval on cards, and the plan at the end."""

from orchestration.model import RunStatus
from tests.fakes import teams
from tests.fakes.signoff import buttons, signoff, text_of
from tests.fakes.teams import ALICE, BOB

GROUP = teams.group()
PLENTY = "run event-planning Plan a corporate holiday party for 50 people with a budget of $5000"
LITTLE = "run event-planning A dinner with music for 20 people in Berlin, 900 EUR. Let me choose the venue."


async def test_a_complete_request_shows_the_plan_and_asks_nothing(any_store):
    async with signoff(any_store) as it:
        await it.say(PLENTY)
        card = await it.card("Completed", "Corporate holiday party for 50 people")
        said = text_of(card)
        places = [
            said.find(f"{title} ") for title in ("Venue", "Budget", "Catering", "Logistics and timeline")
        ]
        assert places[0] > -1
        assert places == sorted(places)
        await it.quiet()
        run = (await it.store.runs_of(teams.TENANT, ALICE.entra_id, 1))[0]
        assert run.status is RunStatus.COMPLETED
        assert await it.store.approvals(run.key) == []


async def test_the_requester_chooses_the_venue_and_signs_what_is_more_than_the_budget(store):
    async with signoff(store) as it:
        await it.say(LITTLE, where=GROUP)
    async with signoff(store) as it:
        run = (await store.runs_of(teams.TENANT, ALICE.entra_id, 1))[0]
        await it.say("status", where=GROUP)
        card = await it.card("Which venue shall it be?", "Old Mill Hall", where=GROUP)
        refused = await it.click(card, "Choose", {"option": "2"}, by=BOB, where=GROUP)
        assert (await store.read(run.key)).run.status is RunStatus.WAITING
        assert "Chosen" not in text_of(refused)
        answer = await it.click(card, "Choose", {"option": "2"}, where=GROUP)
        assert "Chosen" in text_of(answer["value"])
        card = await it.card("May the dinner cost", "Together: ", where=GROUP)
        assert {"Approve", "Reject"} <= buttons(card).keys()
        await it.click(card, "Approve", where=GROUP)
        said = text_of(await it.card("Completed", "Dinner for 20 people", where=GROUP))
        assert "more than the budget of 900.00 EUR" in said
