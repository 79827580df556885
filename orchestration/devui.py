"""DevUI, the framework's own window for developers, on the workflows of the catalog.

It is no part of the product: it knows no people and no policy, and keeps its states in memory.
"""

import secrets
from collections.abc import Iterable
from importlib.util import find_spec

from agent_framework import Workflow

from orchestration.errors import InvalidInputError

HOST = "127.0.0.1"
MISSING = "DevUI is not installed. Add it with “uv sync --extra devui”, or “pip install 'signoff[devui]'”."


def serve(workflows: Iterable[Workflow], port: int) -> None:
    """Show workflows on this machine until the process is stopped.

    Raises InvalidInputError with a sentence when DevUI is not installed, or for port 0.
    """
    if find_spec("agent_framework_devui") is None:
        raise InvalidInputError(MISSING)
    if not port:
        raise InvalidInputError("DevUI needs a port from 1 on. Choose one with --port.")
    from agent_framework_devui import serve as shown  # noqa: PLC0415 - installed with the extra only

    token = secrets.token_urlsafe(24)
    print(f"DevUI on http://{HOST}:{port} (token: {token})", flush=True)  # noqa: T201 - for the person
    shown(entities=list(workflows), host=HOST, port=port, auth_token=token)
