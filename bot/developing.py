"""The command `signoff devui`: the workflows in the window that developers know."""

import argparse
import logging
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

from bot.resources import means_of, model_of, store_of
from bot.settings import Settings
from orchestration import devui
from orchestration.catalog import WORKFLOWS
from orchestration.discovery import known


def serve(asked: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Serve until the process is stopped. Raises SignoffError when it cannot begin."""
    workflows, settings = known(WORKFLOWS), Settings.local({})
    for problem in workflows.problems:
        print(problem, file=sys.stderr)  # noqa: T201 - for the person at the terminal
    for name in ("agent_framework_devui", "opentelemetry"):
        logging.getLogger(name).setLevel(logging.ERROR)
    # What the model holds ends with the process: DevUI runs a loop of its own until then.
    # The store is never opened: it is for the limits in a file about models, which is not read here.
    store = store_of(settings, Path())
    means = means_of(settings, model_of(settings, environ, AsyncExitStack(), store))
    devui.serve([definition.build(means) for definition in workflows.definitions], asked.port)
    return 0
