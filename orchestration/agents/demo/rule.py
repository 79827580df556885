"""A rule: what the demo model says in a conversation. The same conversation gets the same answer."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agent_framework import Content, Message

Rule = Callable[[Sequence[Message], Mapping[str, Any]], str | list[Content]]
"""What to say to (messages, options): a text, or contents, for instance calls of tools."""

NOTES = "notes"
"""The option that holds, as texts, what the agent's memory says of earlier runs."""
