"""What the demo model reads in requests for events, and what it makes of them."""

import json
from decimal import Decimal

import pytest
from agent_framework import Agent, Message

from orchestration.agents.demo import DemoChatClient
from orchestration.agents.demo.events.reading import wanted
from orchestration.agents.demo.events.talk import with_article
from orchestration.workflows.event_planning import prompts
from orchestration.workflows.event_planning.plan import AUTHORS
from orchestration.workflows.event_planning.sections import (
    Budget,
    Catering,
    EventBrief,
    Logistics,
    Summary,
    Venue,
)

TEAM = {
    prompts.UNDERSTAND: EventBrief,
    prompts.FIND_VENUE: Venue,
    prompts.WORK_OUT_BUDGET: Budget,
    prompts.PLAN_CATERING: Catering,
    prompts.PLAN_LOGISTICS: Logistics,
    prompts.SUM_UP: Summary,
}


async def planned(request: str) -> dict[type, str]:
    """What each agent answers in turn."""
    talk, said = [Message("user", [request])], {}
    for instructions, section in TEAM.items():
        agent = Agent(client=DemoChatClient(), instructions=instructions)
        said[section] = (await agent.run(talk)).text
        talk = [*talk, Message("assistant", [said[section]], author_name=AUTHORS[section])]
    return said


@pytest.mark.parametrize(
    ("request_", "people", "budget", "currency"),
    [
        ("Plan a corporate holiday party for 50 people with a budget of $5000", 50, "5000", "USD"),
        ("a dinner for twenty-five colleagues, £12.5k", 25, "12500", "GBP"),
        ("team offsite, two dozen people, 3.500,50 euros", 24, "3500.50", "EUR"),
        ("a 120-person conference, budget USD60,000", 120, "60000", "USD"),
        ("Plan a kick-off with 5 thousand dollars for a hundred and twenty employees", 120, "5000", "USD"),
        ("Party for 30 adults and 10 children, 1,500.75 CHF", 40, "1500.75", "CHF"),
        ("a picnic, \u20ac40 per person, for 25 guests", 25, "1000", "EUR"),
        ("We have a budget of 5 000 \u20ac and are 35 people", 35, "5000", "EUR"),
        ("a party for 40-50 people on 12 June 2026 at 6pm, we can spend up to 2000", 50, "2000", ""),
        ("Plan a workshop for 12 on 17.12.2026", 12, None, ""),
        ("Plan a birthday on December 17", None, None, ""),
        ("Wedding for 1e3 guests, budget -5000 EUR", None, None, ""),
        ("Party for 20 people, budget \u22125000 EUR", 20, None, ""),
        (f"a party for {'9' * 30} people with ${'9' * 30}", None, None, ""),
    ],
)
def test_people_and_money_are_read_in_the_ways_people_write_them(request_, people, budget, currency):
    read = wanted(request_)
    assert read.people == people
    assert read.budget == (Decimal(budget) if budget else None)
    assert read.currency == currency


@pytest.mark.parametrize(
    ("request_", "kind", "date", "place"),
    [
        ("Organise a summer picnic in Munich on 12 June 2026", "summer picnic", "12 June 2026", "Munich"),
        ("We need a wedding dinner near New York next May", "wedding dinner", "next May", "New York"),
        ("Plan a party at our office on Friday", "party", "Friday", "our office"),
        ("500 dollars, team lunch for 50 people, 2026-12-17", "team lunch", "2026-12-17", ""),
        ("A dinner in Berlin on 12 March, 3000 EUR", "dinner", "12 March", "Berlin"),
        ("A dinner in Berlin on 12 March, 2000 EUR", "dinner", "12 March", "Berlin"),
        ("Something nice", "event", "", ""),
    ],
)
def test_kind_date_and_place_are_read(request_, kind, date, place):
    read = wanted(request_)
    assert (read.kind, read.date, read.place) == (kind, date, place)


def test_diets_and_wishes_are_read_in_several_phrasings():
    read = wanted(
        "5 vegetarians, 2 vegans, one coeliac, no pork, allergic to nuts; a DJ and a wheelchair user"
    )
    assert read.diets == ("Vegetarian", "Vegan", "Gluten-free", "Without nuts", "Without pork")
    assert read.wishes == ("music", "step-free access")
    assert not read.chooses
    assert wanted("Let me choose the venue").chooses


@pytest.mark.parametrize("people", [1, 3, 7, 33, 50, 999])
@pytest.mark.parametrize("budget", ["99999.99 EUR", "98765432 JPY", "1000000.01 USD", "777777.77 SEK"])
async def test_whatever_the_numbers_everything_adds_up_to_the_cent(people, budget):
    request = f"Plan a gala for {people} people with {budget} and music, vegan and halal"
    said = await planned(request)
    sections = {kind: kind.model_validate_json(text) for kind, text in said.items()}  # they check themselves
    brief, plan, food = sections[EventBrief], sections[Budget], sections[Catering]
    assert (plan.available, plan.total, plan.over) == (brief.budget, brief.budget, 0)
    assert plan.of("venue") == sections[Venue].choice.price
    assert food.total <= plan.of("catering")
    assert {row.diet for row in food.diets} == set(brief.diets) == {"Vegan", "Halal"}
    assert said == await planned(request)


async def test_two_venues_that_suit_the_wish_equally_are_a_choice():
    talk = [Message("user", ["A party outdoors for 50 people in Berlin, 5000 EUR"])]
    brief = await Agent(client=DemoChatClient(), instructions=prompts.UNDERSTAND).run(talk)
    talk += [Message("assistant", [brief.text])]
    answer = await Agent(client=DemoChatClient(), instructions=prompts.FIND_VENUE).run(talk)
    call = next(content for message in answer.messages for content in message.contents)
    assert call.name == "request_user_input"
    assert json.loads(call.arguments)["options"] == ["Garden Pavilion", "Rooftop Terrace"]


async def test_a_budget_without_a_currency_is_in_that_of_the_city_or_asked_for():
    async def asked(request: str) -> str:
        answer = await Agent(client=DemoChatClient(), instructions=prompts.UNDERSTAND).run(request)
        calls = [content for message in answer.messages for content in message.contents if content.name]
        return calls[0].arguments if calls else answer.text

    assert json.loads(await asked("A dinner in Zurich for 12 people, budget 900"))["currency"] == "CHF"
    assert "Which currency" in await asked("A dinner for 12 people, budget 900")


@pytest.mark.parametrize(("kind", "words"), [("event", "an event"), ("team dinner", "a team dinner")])
def test_a_kind_has_its_article(kind, words):
    assert with_article(kind) == words
