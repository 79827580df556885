"""The command `signoff try`: a run at the machine, without Teams, that is answered by itself.

Its records are in a folder that is gone afterwards. What its steps do outside of Signoff, they do.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from bot.rehearsal import Rehearsal
from bot.resources import means_of, model_of, services_of, store_of
from bot.settings import Settings, only_models
from bot.signing import keyring_of
from orchestration.agents.models import Model
from orchestration.catalog import WORKFLOWS, Catalog
from orchestration.clock import system_clock
from orchestration.core import Surroundings, at_work, core_on
from orchestration.discovery import known
from orchestration.groups import ConfiguredGroups
from orchestration.model import RunKey
from orchestration.ports import Store
from orchestration.questions import Whom

WORKER = "worker-try"


def arguments(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("try", help="run a workflow here, without Teams, and answer its questions")
    parser.add_argument("workflow", help="its name")
    parser.add_argument("input", nargs="?", default="", help="what it is about (else its example)")
    parser.add_argument(
        "--answer",
        action="append",
        default=[],
        metavar="ANSWER",
        help="approve, reject, “reject: why”, “changes: what”, an option, JSON for a form, or what to write; "
        "once for each question in turn; the others are approved, with the first option or simple values",
    )


async def attempt(asked: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run the workflow and print what happens; return the status: 1 if the run fails.

    Raises SignoffError when it cannot begin, or when an answer does not fit its question.
    """
    workflows = known(WORKFLOWS)
    for problem in workflows.problems:
        print(problem, file=sys.stderr)  # noqa: T201 - for the person at the terminal
    # The configuration of the model counts; that of a store and of people does not.
    names = [workflow.name for workflow in workflows.definitions]
    local = Settings.local(only_models(environ), workflows=names)
    settings = replace(local, remind_after=timedelta(), expire_after=timedelta())
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="signoff-try-")))
        store = store_of(settings, folder / "signoff.db")
        stack.push_async_callback(store.close)
        model = model_of(settings, environ, stack, store)
        await store.open()
        # Nobody else is here to be asked, so the workflow counts as harmless: one decides alone.
        trials = [replace(each, harmless=True) for each in workflows.definitions]
        http = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        services = await services_of(settings, http, stack)
        catalog = Catalog(means_of(settings, model, services), trials)
        rehearsal = await stack.enter_async_context(_rehearsing(settings, store, catalog, model, folder))
        return await rehearsal.play(asked.workflow, asked.input, asked.answer, model.describe)


@asynccontextmanager
async def _rehearsing(
    settings: Settings, store: Store, catalog: Catalog, model: Model, folder: Path
) -> AsyncGenerator[Rehearsal]:
    """Yield what can run a workflow: as in the bot, only that no cards are shown."""
    changed = asyncio.Event()

    def noticed(_: RunKey) -> None:
        changed.set()

    around = Surroundings(
        worker=WORKER,
        clock=system_clock,
        keyring=keyring_of(settings, folder / "signoff.db"),
        whom=Whom(ConfiguredGroups(settings.policy.groups), settings.policy.calendar),
        model=model.name,
    )
    core = core_on(store, catalog, around, changed=noticed, show=noticed)
    async with at_work(core.dispatcher):
        yield Rehearsal(
            store=store, runs=core.runs, approvals=core.approvals, catalog=catalog, changed=changed
        )
