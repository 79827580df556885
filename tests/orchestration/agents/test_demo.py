"""What the demo model writes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from agent_framework import Agent, Content, Message, tool

from orchestration.agents.demo import DemoChatClient, Rule

BRIEF = "Faster search, dark mode and a fix for sign-in on iOS"
DRAFT = """\
What is new: Faster search and more

A new release is here. It brings 3 changes. First among them: Faster search.

- Faster search
- Dark mode
- A fix for sign-in on iOS

Try it today and tell us what you think."""


def talk(brief: str, *guidance: str) -> list[Message]:
    messages = [Message("user", [f"Write the release notes for this brief:\n\n{brief}"])]
    for words in guidance:
        messages += [Message("assistant", ["A draft."]), Message("user", [f"Please change this: {words}"])]
    return messages


async def written(brief: str, *guidance: str) -> str:
    agent = Agent(client=DemoChatClient(), instructions="You write release notes for a product.")
    return (await agent.run(talk(brief, *guidance))).text


def points(text: str) -> list[str]:
    return [line.removeprefix("- ") for line in text.splitlines() if line.startswith("- ")]


# ---- the draft ----------------------------------------------------------------------------


async def test_a_draft_has_a_title_sentences_points_and_a_call_to_action() -> None:
    assert await written(BRIEF) == DRAFT


async def test_the_words_before_a_colon_are_the_subject() -> None:
    text = await written(
        "payments API: faster refunds; new webhook. Fixes rounding in invoices, which we regret."
    )
    assert text.startswith(
        "What is new: payments API\n\nThis release is about payments API. It brings 3 changes."
    )
    assert points(text) == ["Faster refunds", "New webhook", "Fixes rounding in invoices, which we regret"]


async def test_a_brief_of_one_thing_is_about_that_thing() -> None:
    text = await written("payments API")
    assert "This release is about Payments API. It brings one change" in text
    assert points(text) == ["Payments API"]


@pytest.mark.parametrize(
    ("brief", "expected"),
    [
        ("🎉🚀", ["🎉🚀"]),
        ("Neue Suche, Export und ein Fehler weniger", ["Neue Suche", "Export", "Ein Fehler weniger"]),
        ("検索が速くなりました。ダークモードに対応。", ["検索が速くなりました", "ダークモードに対応"]),
        ("بحث أسرع", ["بحث أسرع"]),
        ("Faster, up to 1.234,56 EUR, 2,500 users", ["Faster", "Up to 1.234,56 EUR", "2,500 users"]),
        ("...", []),
        ("", []),
        ("a\n\n- b\n- c", ["A", "B", "C"]),
    ],
    ids=["emoji", "German", "Japanese", "Arabic", "numbers", "dots", "nothing", "a list"],
)  # fmt: skip
async def test_a_brief_may_be_in_any_language_or_none(brief: str, expected: list[str]) -> None:
    text = await written(brief)
    assert points(text) == expected
    assert text.endswith("Try it today and tell us what you think.")


@pytest.mark.parametrize(
    "brief", ["word " * 20_000, "x" * 100_000, " , " * 30_000, "a, " * 30_000, "\n" * 100_000]
)
async def test_a_long_brief_gives_a_short_text_at_once(brief: str) -> None:
    began = time.perf_counter()
    assert len(await written(brief, brief)) < 3_000
    assert time.perf_counter() - began < 2


# ---- revisions ----------------------------------------------------------------------------


async def test_shorter_means_fewer_points_and_fewer_sentences() -> None:
    text = await written(BRIEF, "Make it shorter, please")
    assert points(text) == ["Faster search"]
    assert "It brings" not in text


@pytest.mark.parametrize(
    "words", ["mention the rollback plan", "Please add the rollback plan.", "include the rollback plan!"]
)
async def test_what_shall_be_mentioned_is_mentioned(words: str) -> None:
    assert points(await written(BRIEF, words))[-1] == "The rollback plan"


@pytest.mark.parametrize(
    "words", ["title: Search & shine", "Change the title to 'Search & shine'.", "call it 'Search & shine'"]
)
async def test_the_title_is_as_asked(words: str) -> None:
    assert (await written(BRIEF, words)).startswith("Search & shine\n")


@pytest.mark.parametrize(
    "words", ["remove faster search", "Don\u2019t mention faster search!", "please leave out Faster search."]
)
async def test_what_shall_go_is_gone(words: str) -> None:
    text = await written(BRIEF, words)
    assert "faster search" not in text.casefold()
    assert points(text) == ["Dark mode", "A fix for sign-in on iOS"]


async def test_a_word_is_replaced_by_another() -> None:
    text = await written(BRIEF, "Replace 'dark mode' with 'night mode'")
    assert "Night mode" in points(text) or "night mode" in points(text)
    assert "dark" not in text.casefold()


@pytest.mark.parametrize(
    "words", ["warmer tone for admins", "👍", "Bitte freundlicher", "change the tone to friendly"]
)
async def test_other_guidance_becomes_a_point(words: str) -> None:
    text = await written(BRIEF, words)
    assert len(points(text)) == 4
    assert points(text)[-1].startswith("As asked: ")
    assert words.rsplit(maxsplit=1)[-1] in points(text)[-1]


async def test_several_wishes_in_one_sentence_are_all_followed() -> None:
    text = await written(BRIEF, "Make it shorter and mention the rollback plan. Title: Search")
    assert text.startswith("Search\n")
    assert points(text) == ["Faster search", "The rollback plan"]


async def test_later_guidance_keeps_what_earlier_guidance_changed() -> None:
    text = await written(BRIEF, "title: Search", "mention the API", "remove dark mode")
    assert text.startswith("Search\n")
    assert points(text) == ["Faster search", "A fix for sign-in on iOS", "The API"]


# ---- the client ---------------------------------------------------------------------------


def test_every_process_writes_the_same() -> None:
    code = (
        "from agent_framework import Message;"
        "from orchestration.agents.demo.release_notes import release_notes;"
        "said = [Message('user', ['Search: faster, dark mode']), Message('user', ['shorter and add 🎉'])];"
        "print(ascii(release_notes(said, {})))"
    )
    texts = {
        subprocess.run(  # noqa: S603 - our own interpreter, our own code
            [sys.executable, "-c", code],
            cwd=Path(__file__).parents[3],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1
    assert "Search" in texts.pop()


async def test_a_streamed_text_is_the_same_text() -> None:
    agent = Agent(client=DemoChatClient(), instructions="You write release notes.")
    stream = agent.run(talk(BRIEF), stream=True)
    pieces = [update.text async for update in stream]
    assert "".join(pieces) == (await stream.get_final_response()).text == DRAFT
    assert len(pieces) > 20


async def test_a_workflow_without_a_rule_gets_the_last_words_back() -> None:
    agent = Agent(client=DemoChatClient(), instructions="You plan trips.")
    assert (await agent.run("Oslo in May")).text == "Understood: Oslo in May."
    text = (await agent.run("Book a hotel. Find a flight!")).text
    assert points(text) == ["Book a hotel", "Find a flight"]
    assert (await agent.run("")).text == "Understood."


async def test_a_rule_can_call_tools() -> None:
    def plan(messages: list[Message], _options: object) -> str | list[Content]:
        results = [
            content
            for message in messages
            for content in message.contents
            if content.type == "function_result"
        ]
        if results:
            return f"Booked: {results[0].result}"
        return [Content.from_function_call(call_id="1", name="book", arguments='{"seats": 80}')]

    @tool(approval_mode="never_require")
    def book(seats: int) -> str:
        """Book seats."""
        return f"{seats} seats"

    rule: Rule = plan  # type: ignore[assignment]
    agent = Agent(client=DemoChatClient(rules={"trips": rule}), instructions="You plan trips.", tools=[book])
    assert (await agent.run("Book it.")).text == "Booked: 80 seats"


async def test_the_demo_model_takes_its_time_if_told_to() -> None:
    began = time.perf_counter()
    await Agent(client=DemoChatClient(delay=0.2)).run("Hello")
    assert time.perf_counter() - began >= 0.2
