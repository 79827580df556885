"""Conversations, plans and budgets in the Agents Playground; the bot dies while each question waits."""

from pathlib import Path

from tests.e2e.playground import Playground
from tests.e2e.seeing import card, power_cut, signoff, updated
from tests.fakes.openai import FakeOpenAI, say
from tests.fakes.signoff import buttons, text_of

MODELS = """
currency = "EUR"
budget_per_run = "2.50"

[models.house]
provider = "local"
address = "{url}/v1"
model = "m"
price = {{ read = "1", written = "10" }}

[roles.default]
models = ["house"]
"""
LARGE = (2_000_000, 61_000)
"""Tokens that cost EUR 2.61."""


async def test_a_conversation_goes_on_after_each_power_cut_until_it_is_done(tmp_path):
    async with signoff(tmp_path) as (bot, chat):
        await chat.say("run support I cannot sign in, there is an error")
        turns = (
            ("Technical support", "Which device do you use", "A phone, version 5"),
            ("Technical support", "What exactly do you see", "reject it"),
            ("Technical support", "Does it work now?", "yes"),
            ("Technical support", "Good, then it was the old sign-in", "One more thing: my invoice"),
            ("Billing", "What is the number of the invoice?", "No thanks, that is all"),
        )
        for who, asks, reply in turns:
            asked = await card(chat, who, asks)
            await card(chat, "Waiting for an answer", f"● {who} , waiting")
            await power_cut(bot, chat)
            await chat.say(reply)
            shown = await updated(chat, asked, f"Alice Admin: {reply}")
            assert "Send" not in buttons(shown)
        await card(chat, "Completed", "Helped by: Technical support, Billing. Answers: 5.")
        run = await card(chat, "✓ Billing", "○ Sales , not needed")
        assert "so far" not in text_of(run.card or {})


async def test_a_plan_is_changed_and_approved_after_power_cuts_and_the_report_arrives(records, tmp_path):
    async with signoff(tmp_path, **records) as (bot, chat):
        await chat.say("run research Should our team move to a four-day week?", chat.group)
        plan = await card(chat, "Work by this plan?", "The analyst weighs it", where=chat.group)
        await power_cut(bot, chat)
        wish = {"comment": "Ask customers too. Leave out the analyst."}
        answer = await chat.execute(plan, "Request changes", wish)
        assert wish["comment"] in text_of(answer["value"])
        again = await card(chat, "Work by this plan?", "As asked: Ask customers too", where=chat.group)
        assert "The analyst weighs it" not in text_of(again.card or {})
        await power_cut(bot, chat)
        await chat.say("approve", chat.group)
        await updated(chat, again, "✓ Approved by Alice Admin")
        await card(chat, "Completed", "Answer: try it for six weeks", where=chat.group)
        await card(chat, "✓ Write the report", "○ Weigh the facts , not needed", where=chat.group)


async def test_a_run_over_its_budget_waits_through_a_power_cut_and_goes_on_when_it_may(tmp_path):
    async with (
        FakeOpenAI(say("A title\n\n- Dark mode", tokens=LARGE)) as server,
        signoff(tmp_path, **_models(tmp_path, server.url)) as (bot, chat),
    ):
        await chat.say("run release-notes Dark mode.")
        over = await card(chat, "This run has used EUR 2.61 of the EUR 2.50 it may. Go on?")
        await power_cut(bot, chat)
        answer = await chat.execute(over, "Go on")
        assert "✓ Goes on by Alice Admin" in text_of(answer["value"])
        await _published(chat)
        await card(chat, "Completed", "1 model call, 2,061,000 tokens, about EUR 2.61.")
        assert len(server.asked) == 1


async def _published(chat: Playground) -> None:
    draft = await card(chat, "Publish these release notes?", "Dark mode")
    await chat.execute(draft, "Approve")
    await card(chat, "Completed", "A title")


def _models(folder: Path, url: str) -> dict[str, str]:
    file = folder / "models.toml"
    file.write_text(MODELS.format(url=url))
    return {"SIGNOFF_MODELS": str(file)}
