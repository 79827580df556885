"""The models of a file at work: a client for each, its limit and its health."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from agent_framework import SupportsChatGetResponse

from orchestration.agents.clients import PlainSpokenClient
from orchestration.agents.demo import DemoChatClient
from orchestration.agents.health import Health
from orchestration.agents.models import AsyncTokenCredential, Model, choose
from orchestration.agents.portions import Portion
from orchestration.agents.roles import Instance
from orchestration.agents.usage import Metering

_SETTINGS = ("MODEL_TIMEOUT_SECONDS", "DEMO_MODEL_DELAY_SECONDS")
_VARIABLES: Mapping[str, tuple[str, str, str]] = {
    "local": ("LOCAL_MODEL_BASE_URL", "LOCAL_MODEL", "LOCAL_MODEL_API_KEY"),
    "openai": ("OPENAI_BASE_URL", "OPENAI_MODEL", "OPENAI_API_KEY"),
    "azure": ("AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_MODEL", "AZURE_OPENAI_API_KEY"),
    "demo": ("", "", ""),
}
"""What an instance would be called if it were the only model, and came from the environment."""


@dataclass(frozen=True)
class Running:
    """A model that can be asked."""

    name: str
    able: frozenset[str]
    """Its capabilities."""
    client: SupportsChatGetResponse[Any]
    portion: Portion
    health: Health


def model_of(
    name: str,
    instance: Instance,
    environ: Mapping[str, str],
    *,
    azure_credential: Callable[[], AsyncTokenCredential] | None,
    alone: bool,
) -> Model:
    """Return one model of the file. Its answers bear its name in the file, by which it is priced.

    `alone`: no other model can take its place, so a call is repeated here. Raises InvalidInputError.
    """
    model = choose(_as_only_one(instance, environ), azure_credential=azure_credential)
    client = cast("PlainSpokenClient | DemoChatClient", model.client)
    client.chat_middleware = [
        Metering(name) if isinstance(each, Metering) else each for each in client.chat_middleware
    ]
    # Tools run once, around the choice of a model.
    client.function_invocation_configuration["enabled"] = False
    match client:
        case PlainSpokenClient():
            client.recorded = name
            if not alone:
                client.client.max_retries = 0  # another model answers sooner than this one recovers
        case DemoChatClient():
            client.model = name
    return model


def _as_only_one(instance: Instance, environ: Mapping[str, str]) -> Mapping[str, str]:
    address, model, key = _VARIABLES[instance.provider]
    secret = environ.get(instance.key_variable, "") if instance.key_variable else ""
    known = {address: instance.address, model: instance.model, key: secret}
    known["AZURE_OPENAI_API_VERSION"] = instance.api_version
    return {**known, **{each: environ[each] for each in _SETTINGS if each in environ}}
