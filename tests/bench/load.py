"""So many people who have one run after the other, without a pause, until this process is stopped.

python -m tests.bench.load --bot URL --people 100 [--within 3]
"""

import argparse
import asyncio
import contextlib
import signal

from tests.bench.people import Chat, People


async def _endlessly(chat: Chat, pause: float) -> None:
    await asyncio.sleep(pause)
    while True:
        await chat.whole_run()


async def work(bot: str, count: int, within: float) -> None:
    """Let everybody begin within so many seconds, not all at once, and go on until SIGTERM."""
    async with People() as people:
        chats = enumerate(people.chats(bot, count, "load"))
        everybody = asyncio.gather(*(_endlessly(chat, within * number / count) for number, chat in chats))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, everybody.cancel)
        print(f"{count} people talk to {bot}", flush=True)  # noqa: T201 - whoever started this waits for it
        with contextlib.suppress(asyncio.CancelledError):
            await everybody


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Load for benchmarks")
    parser.add_argument("--bot", required=True, help="its address")
    parser.add_argument("--people", type=int, required=True)
    parser.add_argument("--within", type=float, default=3.0, help="seconds in which they begin")
    asked = parser.parse_args()
    asyncio.run(work(asked.bot, asked.people, asked.within))
