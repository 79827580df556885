"""The command line: signoff serve, try, devui, export, verify."""

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from aiohttp import web

from bot import developing, filing, interpreter, playground, trying
from bot.app import running
from bot.resources import model_of, store_of
from bot.settings import Settings
from bot.signing import keyring_of
from orchestration.catalog import WORKFLOWS
from orchestration.discovery import known
from orchestration.errors import SignoffError

MOST_PORTS = 65_535
DEVUI_PORT = 8080
DATABASE = Path(".signoff/signoff.db")
REFUNDS = "sample-refunds.jsonl"
"""Beside the database, where the sample systems are at work."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program. Ends with status 2 and a sentence when it cannot do what it should."""
    asked = _parser().parse_args(arguments)
    quiet = asked.command == "try"
    logging.basicConfig(
        level=logging.ERROR if quiet else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    for name in ("azure", "agent_framework", "httpx", "httpx2", "aiohttp.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        status = _done(asked)
    except SignoffError as problem:
        status = _complaint(str(problem))
    if status:
        sys.exit(status)


def _done(asked: argparse.Namespace) -> int:
    """Do what was asked for; return the status. 1: the evidence is not good, or a test run failed."""
    match asked.command:
        case "export":
            print(asyncio.run(filing.export(asked, os.environ)))  # noqa: T201 - for the person at the terminal
            return 0
        case "verify":
            good, found = filing.check(asked, os.environ)
            print(found)  # noqa: T201 - for the person at the terminal
            return 0 if good else 1
        case "try":
            return asyncio.run(trying.attempt(asked, os.environ))
        case "devui":
            return developing.serve(asked, os.environ)
        case _:
            asyncio.run(_serve(asked))
            return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="signoff", description="A Teams bot that waits for sign-offs.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="run the bot")
    serve.add_argument("--local", action="store_true", help="without credentials, on this machine only")
    serve.add_argument("--port", type=_port, help="port to listen on (else the variable PORT, else 3978)")
    serve.add_argument("--database", type=Path, default=DATABASE, help="SQLite file (else Cosmos DB, if set)")
    serve.add_argument("--playground", action="store_true", help="with a chat window; only with --local")
    filing.arguments(commands, DATABASE)
    trying.arguments(commands)
    devui = commands.add_parser("devui", help="show the workflows in DevUI, on this machine only")
    devui.add_argument("--port", type=_port, default=DEVUI_PORT, help="port to listen on")
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > MOST_PORTS:
        raise argparse.ArgumentTypeError(f"a number from 0 to {MOST_PORTS}, not {text}")
    return int(text)


async def _serve(asked: argparse.Namespace) -> None:
    settings_of = Settings.local if asked.local else Settings.from_environ
    workflows = known(WORKFLOWS)
    settings = settings_of(os.environ, workflows=[workflow.name for workflow in workflows.definitions])
    log = logging.getLogger("bot")
    for note in settings.notes:
        log.info(note)
    for problem in workflows.problems:
        log.warning(problem)
    port = settings.port if asked.port is None else asked.port
    host = "127.0.0.1" if asked.local else "0.0.0.0"  # noqa: S104 - Teams reaches it through an ingress
    stop = _stopped_by_signal()
    async with AsyncExitStack() as stack:
        bound = stack.enter_context(_bound(host, port))  # first: a second bot must not begin to work
        store = store_of(settings, asked.database)
        stack.push_async_callback(store.close)
        model = model_of(settings, os.environ, stack, store)  # first: what is half configured opens no store
        await store.open()
        keyring = keyring_of(settings, asked.database)
        application = await stack.enter_async_context(
            running(
                settings,
                store=store,
                model=model,
                keyring=keyring,
                definitions=workflows.definitions,
                problems=workflows.problems,
                address=_address(bound),
                refunds=asked.database.with_name(REFUNDS),
                prices=settings.models.prices,
                budgets=settings.models.spending,
            )
        )
        interpreter.prepare()
        address = await stack.enter_async_context(_listening(application, bound))
        print(f"Signoff listens on {address}. Model: {model.describe}.", flush=True)  # noqa: T201 - for the person
        if asked.playground and asked.local:
            await stack.enter_async_context(playground.beside(address))
        await stop.wait()


def _stopped_by_signal() -> asyncio.Event:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    return stop


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket of this port. Raises SignoffError when it is taken."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise SignoffError(
            f"Port {port} cannot be used ({error.strerror}). Choose another with --port."
        ) from None
    return bound


def _address(bound: socket.socket) -> str:
    host, port = bound.getsockname()
    return f"http://{host}:{port}"


@asynccontextmanager
async def _listening(application: web.Application, bound: socket.socket) -> AsyncGenerator[str]:
    """Serve HTTP; yield the address."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=5)
    await runner.setup()
    try:
        await web.SockSite(runner, bound).start()
        yield _address(bound)
    finally:
        await runner.cleanup()


def _complaint(sentence: str) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201 - for the person at the terminal
    return 2


if __name__ == "__main__":
    main()
