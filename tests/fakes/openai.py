"""An OpenAI-compatible server on loopback: OpenAI's route, Azure's v1 route and Azure's dated route.

It records what it is asked, without keys and tokens, and answers from a script; after the script, with an echo.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web

from tests.emulator.loopback import free_port

Answer = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]
