"""The least that a bot on the Bot Framework SDK can do: it answers an invoke with what it was sent.

    python -m tests.bench.echo

No token is checked, nothing is stored, and no card is drawn: a floor, not a rival.
"""

import asyncio
import signal
from contextlib import AsyncExitStack
from http import HTTPStatus
from types import SimpleNamespace

from aiohttp import web
from botbuilder.core import InvokeResponse, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
from botbuilder.schema import Activity

ANONYMOUS = SimpleNamespace(APP_ID="", APP_PASSWORD="", APP_TYPE="MultiTenant", APP_TENANTID="")


async def echo(turn: TurnContext) -> None:
    answer = InvokeResponse(status=HTTPStatus.OK, body={"statusCode": 200, "value": turn.activity.value})
    await turn.send_activity(Activity(type="invokeResponse", value=answer))


async def serve() -> None:
    """Serve until SIGTERM."""
    adapter = CloudAdapter(ConfigurationBotFrameworkAuthentication(ANONYMOUS))
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)

    async def messages(request: web.Request) -> web.Response:
        activity = Activity().deserialize(await request.json())
        answer = await adapter.process_activity("", activity, echo)
        return web.json_response(answer.body, status=answer.status)

    async def readyz(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ready"})

    application = web.Application()
    application.add_routes([web.post("/api/messages", messages), web.get("/readyz", readyz)])
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=5)
    async with AsyncExitStack() as stack:
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)  # noqa: T201 - who started it reads this
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve())
