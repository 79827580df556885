"""What people see in the Agents Playground, and how a test waits for it."""

import asyncio
from contextlib import asynccontextmanager

from tests.e2e.playground import Json, Message, Playground
from tests.e2e.process import Bot
from tests.fakes.signoff import text_of

ASK = "run release-notes Faster search. Dark mode."
DECIDING = {"Approve", "Request changes", "Reject", "Stop"}
CARD = "application/vnd.microsoft.card.adaptive"
MESSAGE = "application/vnd.microsoft.activity.message"
"""What the one who clicked is told, and nobody else."""
QUIET_SECONDS = 0.8
PATIENCE = 30.0
"""Seconds."""


@asynccontextmanager
async def signoff(folder, kind: type[Bot] = Bot, **variables):
    """The bot, and the Playground with its people. What it warned of is a mistake in a card."""
    async with kind(folder, **variables) as bot, Playground(bot.endpoint) as chat:
        await bot.ready()
        yield bot, chat
        assert chat.warnings() == []


async def card(chat: Playground, *words: str, where: str = "", within: float = PATIENCE) -> Message:
    """Wait for a card that shows all these words now, in the personal chat or in that conversation."""

    def shows(message: Message) -> bool:
        return message.card is not None and all(word in text_of(message.card) for word in words)

    return await chat.wait(shows, conversation=where or chat.personal, within=within)


async def told(chat: Playground, words: str, where: str = "", after: int = 0) -> Message:
    """Wait for a sentence of the bot."""
    return await chat.wait(
        lambda message: words in message.text,
        conversation=where or chat.personal,
        after=after,
        within=PATIENCE,
    )


async def updated(chat: Playground, message: Message, *words: str) -> Json:
    """Wait until the bot has put such a card in the place of this one, for all who can see it; return it."""
    end = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < end:
        for shown in reversed(_updates(chat, message)):
            if all(word in text_of(shown) for word in words):
                return shown
        await asyncio.sleep(0.1)
    raise AssertionError(f"the card was not updated with {words}; it shows: {message.card_text}")


def _updates(chat: Playground, message: Message) -> list[Json]:
    sent = [item["message"] for item in chat.stream if item["action"] == "updateMessage"]
    return [each["attachments"][0]["content"] for each in sent if each["messageId"] == message.id]


def before(message: Message) -> Message:
    """What somebody sees whose window has not caught up: the card as it was first."""
    return showing(message, message.versions[0]["attachments"][0]["content"])


def showing(message: Message, shown: Json) -> Message:
    """The message as somebody sees it whose window shows this card."""
    drawn = [{"contentType": CARD, "content": shown}]
    return Message(message.id, message.conversation, message.sender, attachments=drawn)


async def quiet(chat: Playground) -> None:
    """Wait until nothing has been said for a while, so that the bot has noted what it said."""
    seen = -1
    while seen != chat.mark:
        seen = chat.mark
        await asyncio.sleep(QUIET_SECONDS)


def cards(chat: Playground, where: str) -> list[Message]:
    """All messages of a conversation that are cards."""
    return [message for message in chat.history(where) if message.card]


async def power_cut(bot: Bot, chat: Playground) -> None:
    """What is asked has been said; then the bot dies without a word, and somebody starts it again."""
    await quiet(chat)
    await bot.kill()
    await bot.start()
