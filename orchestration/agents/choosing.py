"""Which of several models is asked first, and what a call needs of a model. No call is made here."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from agent_framework import Message

from orchestration.agents.instances import Running
from orchestration.agents.roles import SIGHT, Choice

BYTES_PER_TOKEN = 3
"""Fewer than most languages have, so that rather too much is set aside than too little."""
MOST_WRITTEN = 1_000
"""Tokens set aside for an answer whose length nobody has limited."""


class Chooser:
    """Puts the models of one role in order, anew for each call."""

    def __init__(self, models: Sequence[Running], choose: Choice, needs: Collection[str] = ()) -> None:
        self._models = [model for model in models if model.able.issuperset(needs)]
        self._choose, self._turns = choose, 0

    def order(self, needs: frozenset[str]) -> list[Running]:
        """Return the models that can do what is needed, the best one first."""
        first, self._turns = self._turns % len(self._models), self._turns + 1
        turned = [*self._models[first:], *self._models[:first]]
        match self._choose:
            case Choice.ROUND_ROBIN:
                return turned
            case Choice.LEAST_LOADED:
                return sorted(turned, key=lambda model: model.portion.busy)
            case Choice.CAPABILITY:
                return [model for model in self._models if model.able >= needs]


def needs_of(messages: Sequence[Message]) -> frozenset[str]:
    """Return the capabilities without which a model cannot read these messages."""
    kinds = [content.media_type or "" for message in messages for content in message.contents]
    return frozenset({SIGHT} if any(kind.startswith("image/") for kind in kinds) else ())


def tokens_of(messages: Sequence[Message], options: Mapping[str, Any]) -> int:
    """Return about how many tokens a call takes; it is known when the answer is there."""
    texts = [content.text or "" for message in messages for content in message.contents]
    texts += [str(content.arguments or content.result or "") for m in messages for content in m.contents]
    read = sum(
        len(text.encode(errors="replace")) for text in (*texts, str(options.get("instructions") or ""))
    )
    return read // BYTES_PER_TOKEN + int(options.get("max_tokens") or MOST_WRITTEN)
