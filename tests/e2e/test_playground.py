"""What people see when they talk to the bot through Microsoft's own client for it, the Agents Playground."""

import asyncio

import aiohttp

from tests.e2e.playground import Message, Playground
from tests.e2e.process import Bot
from tests.e2e.seeing import ASK, CARD, DECIDING, MESSAGE, before, card, cards, quiet, signoff, told, updated
from tests.fakes.openai import FakeOpenAI, refuse, say
from tests.fakes.signoff import buttons, text_of
from tests.fakes.teams import BOB, CAROL, DAVE

NOTICE_SECONDS = 5.0


async def test_a_question_survives_the_death_of_the_bot(records, tmp_path):
    async with signoff(tmp_path, **records) as (bot, chat):
        await chat.say(ASK)
        first = await card(chat, "Publish these release notes?", "Revision 1 of 5", "Dark mode")
        answer = await chat.execute(first, "Request changes", {"comment": "mention the price"})
        assert answer["type"] == CARD
        assert "mention the price" in text_of(answer["value"])
        second = await card(chat, "Publish these release notes?", "Revision 2 of 5", "price")
        await quiet(chat)
        await bot.kill()
        await bot.start()
        answer = await chat.execute(second, "Approve")
        assert "Approved" in text_of(answer["value"])
        assert "Alice Admin" in text_of(answer["value"])
        await card(chat, "Completed", "What is new", "Dark mode", "price")
        await card(chat, "Completed", "✓ Publish")
        await quiet(chat)
        assert len(cards(chat, chat.personal)) == 4  # the run, two questions and the result: none twice
        assert not any(DECIDING & buttons(message.card or {}).keys() for message in chat.history())


async def test_a_click_may_reach_another_replica_than_the_one_that_asked(records, tmp_path):
    async with signoff(tmp_path, **records) as (_, chat), Bot(tmp_path, **records) as replica:
        await replica.ready()
        await chat.say(ASK, chat.group)
        question = await card(chat, "Revision 1 of 5", where=chat.group)
        click = await chat.click_activity(question, "Approve", user=BOB.id)
        async with aiohttp.ClientSession() as http, http.post(replica.endpoint, json=click) as response:
            assert "Approved" in text_of((await response.json())["value"])
        await card(chat, "Approved", BOB.name, where=chat.group)
        await card(chat, "Completed", "What is new", where=chat.group)
        await card(chat, "Completed", "✓ Publish", where=chat.group)
        await quiet(chat)
        assert len(cards(chat, chat.group)) == 3


async def test_a_run_whose_bot_died_at_work_goes_on_by_itself(tmp_path):
    async with signoff(tmp_path, DEMO_MODEL_DELAY_SECONDS="1.5") as (bot, chat):
        await chat.say(ASK)
        await card(chat, "Running", "● Write the draft")
        await bot.kill()
        await bot.start()
        await card(chat, "Publish these release notes?", "Revision 1 of 5", "Dark mode")
        await card(chat, "Waiting for an answer")


async def test_in_a_group_only_approvers_decide_and_everybody_sees_what_was_decided(tmp_path):
    async with signoff(tmp_path, SIGNOFF_APPROVERS=f"{BOB.entra_id},{CAROL.entra_id}") as (_, chat):
        await chat.say(ASK, chat.group)
        question = await card(
            chat, "Revision 1 of 5", f"{BOB.name} or {CAROL.name} may decide", where=chat.group
        )
        refused = await chat.execute(question, "Approve", user=DAVE.id)
        assert refused["type"] == MESSAGE
        assert "not one of the approvers" in refused["value"]
        assert "Approve" in buttons(question.card or {})

        await chat.execute(question, "Approve", user=BOB.id)
        seen_by_all = await updated(chat, question, "Approved", BOB.name)
        assert not DECIDING & buttons(seen_by_all).keys()
        late = await chat.execute_unchecked(before(question), "Reject", user=CAROL.id)
        assert "Approved" in text_of(late["body"]["value"])
        assert BOB.name in text_of(late["body"]["value"])
        await card(chat, "Completed", "What is new", where=chat.group)


async def test_a_thread_in_a_channel_is_a_conversation_of_its_own(tmp_path):
    async with signoff(tmp_path) as (_, chat):
        asked = await chat.say(ASK, chat.channels["Alerts"])
        thread = asked.conversation
        await card(chat, "Revision 1 of 5", "Whoever sees this may decide", where=thread)
        await chat.say_as(BOB.id, thread, "mention the price")
        read = await card(chat, f"{BOB.name}, I read this as: Request changes", where=thread)
        await chat.execute(read, "Confirm", {"comment": "mention the price"}, user=BOB.id)
        await card(chat, "Revision 2 of 5", "price", where=thread)
        await chat.say_as(CAROL.id, thread, "Approve!")
        await card(chat, "Approved", CAROL.name, where=thread)
        await card(chat, "Completed", "What is new", "price", where=thread)
        assert {message.conversation for message in chat.history()} == {thread}


async def test_a_failure_is_told_in_the_chat_and_in_the_channel_and_the_run_can_be_resumed(tmp_path):
    broken = refuse(400, "The prompt is too long.")
    async with FakeOpenAI(broken, say("A title\n\n- Dark mode")) as server:
        model = {"LOCAL_MODEL_BASE_URL": f"{server.url}/v1", "LOCAL_MODEL": "small"}
        async with signoff(tmp_path, **model) as (_, chat):
            await _notices_in(chat, "Alerts")
            await chat.say_as(BOB.id, chat.group, ASK)
            async with asyncio.timeout(NOTICE_SECONDS):
                failure = await card(chat, "failed at step 2 of 4", BOB.name, where=chat.group)
                notice = await _posted_in(chat, "Alerts", "failed at step 2 of 4", BOB.name)
            assert {"Resume", "Retry"} <= buttons(failure.card or {}).keys()
            assert notice.conversation != failure.conversation

            answer = await chat.execute(failure, "Resume", user=BOB.id)
            assert f"Resumed by {BOB.name}" in _joined(answer["value"])
            question = await card(chat, "Revision 1 of 5", "Dark mode", where=chat.group)
            await updated(chat, notice, "Resumed", BOB.name)
            await chat.execute(question, "Approve", user=CAROL.id)
            await card(chat, "Completed", "A title", where=chat.group)
            assert len(server.asked) == 2


async def _notices_in(chat: Playground, channel: str) -> None:
    asked = await chat.say("notify here", chat.channels[channel])
    await told(chat, "Failure notices of all runs are posted here", asked.conversation)


async def _posted_in(chat: Playground, channel: str, *words: str) -> Message:
    def fits(message: Message) -> bool:
        here = message.conversation.startswith(chat.channels[channel])
        return here and message.card is not None and all(word in text_of(message.card) for word in words)

    return await chat.wait(fits)


def _joined(shown) -> str:
    return " ".join(text_of(shown).split())


async def test_the_bot_answers_what_people_type(tmp_path):
    async with signoff(tmp_path) as (_, chat):
        await chat.install()
        await card(chat, "Hello, I am Signoff", "run release-notes")
        await chat.say("help")
        await card(chat, "What I can do", "run release-notes", "notify here", "Demo")
        await chat.say("runs")
        await card(chat, "No runs yet")
        for typed, answer in (
            ("status", "There are no runs here yet."),
            ("cancel", "There is no run here to cancel."),
            ("run", "Type “workflows” for what can be run"),
            ("run release-notes", "Please say what it is about"),
            ("run payroll for May", "There is no workflow called “payroll”. Known: event-planning, "),
            ("status abcd1234", "There is no run “abcd1234” that you can see here."),
            ("good morning", "“good morning” is no command"),
        ):
            mark = chat.mark
            await chat.say(typed)
            await told(chat, answer, after=mark)
        await chat.say(ASK)
        await card(chat, "Revision 1 of 5")
        await chat.say("runs")
        await card(chat, "Runs", "Waiting for an answer at step 3 of 4")
        await quiet(chat)
        mark = chat.mark
        await chat.say("status")
        status = await chat.wait(
            lambda message: message.card and "○ Publish" in text_of(message.card), after=mark
        )
        assert "Waiting for an answer" in text_of(status.card or {})
        await chat.say("cancel")
        await told(chat, "is cancelled.")
        await card(chat, "Stopped", "■ Review")
