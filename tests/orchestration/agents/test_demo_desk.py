"""The support desk and the research team of the demo model."""

import pytest
from agent_framework import Agent, Message

from orchestration.agents.colleagues import Colleague, spoken
from orchestration.agents.demo import DemoChatClient
from orchestration.agents.demo.support import summary
from orchestration.errors import StepError
from orchestration.messages import Conversation
from orchestration.workflows.support import ROLES

ALL = [Colleague(name, role.what) for name, role in ROLES.items()]


async def next_word(role: str, *said: str, colleagues=ALL):
    """Return what somebody at the desk comes to; what is said is by the person and by them in turn."""
    talk = Conversation()
    for number, words in enumerate(said):
        one = Message("assistant", [words], author_name=role) if number % 2 else Message("user", [words])
        talk = Conversation([*talk.messages, one])
    agent = Agent(client=DemoChatClient(), name=role, instructions=ROLES[role].instructions)
    return await spoken(agent, talk, [each for each in colleagues if each.id != role])


@pytest.mark.parametrize(
    ("words", "to"),
    [
        ("I want my money back", "billing"),
        ("Please refund invoice 4711", "billing"),
        ("The app crashes", "technical"),
        ("I cannot log in", "technical"),
        ("There is an error on the page", "technical"),
        ("What does an upgrade cost?", "sales"),
        ("Which plan is right for 12 people?", "sales"),
        ("Hello there", ""),
        ("My cat is ill", ""),
    ],
)
async def test_the_first_contact_hands_over_by_topic_and_else_asks(words, to):
    said = await next_word("triage", words)
    assert said.to == to
    assert bool(said.text) == (not to)


async def test_nobody_is_handed_over_to_who_is_not_there():
    said = await next_word("triage", "The app crashes", colleagues=[])
    assert said.text.endswith("?")


@pytest.mark.parametrize("words", ["Thanks, that's all", "No thank you", "Nothing else", "That is it. Bye!"])
@pytest.mark.parametrize("role", ROLES)
async def test_everybody_hears_when_it_is_done(role, words):
    assert (await next_word(role, words)).ends


@pytest.mark.parametrize(
    ("asked", "ends"), [("Noted. Is there anything else?", True), ("Does it work?", False)]
)
async def test_a_no_ends_the_talk_only_when_it_is_asked_whether_there_is_more(asked, ends):
    assert (await next_word("billing", "I was charged twice", asked, "no")).ends is ends


async def test_what_was_said_is_not_asked_again_and_numbers_are_written_down():
    first = await next_word("billing", "I was charged twice")
    second = await next_word("billing", "I was charged twice", first.text, "INV-4711")
    assert first.text != second.text
    assert "INV-4711" in second.text


@pytest.mark.parametrize(
    ("words", "outcome"), [("yes, it works", "then it was"), ("no, still the same", "engineers")]
)
async def test_whether_it_helped_is_heard(words, outcome):
    talk = ["The app crashes"]
    for answer in ("iPhone", "a white page", words):
        talk += [(await next_word("technical", *talk)).text, answer]
    assert outcome in (await next_word("technical", *talk)).text


def test_the_summary_says_what_it_was_about_and_whether_it_was_solved():
    talk = "Sum up this talk:\n\nPerson: The app crashes\n\nTechnical support: Which device?"
    text = summary([Message("user", [talk])], {})
    assert "The app crashes" in text
    assert "It was solved" not in text


async def test_an_agent_that_says_nothing_is_asked_three_times_and_then_given_up():
    asked = []

    def nothing(messages, _options):
        asked.append(len(messages))
        return " "

    agent = Agent(client=DemoChatClient(rules={"desk": nothing}), name="triage", instructions="desk")
    with pytest.raises(StepError, match="gave no usable answer 3 times"):
        await spoken(agent, Conversation().saying("user", "hello"), ALL)
    assert len(asked) == 3
