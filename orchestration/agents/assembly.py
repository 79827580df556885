"""The models of a file, put together: a client for each role, and portions of limits over all workers."""

import asyncio
import secrets
from collections.abc import Callable, Mapping

from orchestration.agents.assignment import AssignedClient
from orchestration.agents.choosing import Chooser
from orchestration.agents.health import Health
from orchestration.agents.holding import USUAL, Pace
from orchestration.agents.instances import Running, model_of
from orchestration.agents.models import AsyncTokenCredential, Model
from orchestration.agents.portions import Portion
from orchestration.agents.roles import USUAL_ROLE, Models, Quota, Role
from orchestration.clock import Clock
from orchestration.ports import Loads

NO_TENANT = "-"
"""Models belong to no tenant."""


class Portions:
    """Makes the portions of one worker, and gives all of them back."""

    def __init__(self, loads: Loads, clock: Clock, pace: Pace = USUAL) -> None:
        self._loads, self._clock, self._pace = loads, clock, pace
        self._worker = f"models-{secrets.token_hex(8)}"
        self._made: dict[tuple[str, str], Portion] = {}

    def portion(self, tenant: str, name: str, quota: Quota) -> Portion:
        """Return this worker's portion of a limit, always the same one."""
        if (tenant, name) not in self._made:
            self._made[tenant, name] = Portion(
                self._loads,
                tenant=tenant,
                name=name,
                quota=quota,
                worker=self._worker,
                clock=self._clock,
                pace=self._pace,
            )
        return self._made[tenant, name]

    async def close(self) -> None:
        """Give everything back."""
        await asyncio.gather(*(portion.close() for portion in self._made.values()))


def assigned(
    models: Models,
    environ: Mapping[str, str],
    *,
    azure_credential: Callable[[], AsyncTokenCredential] | None,
    loads: Loads,
    clock: Clock,
    pace: Pace = USUAL,
) -> Model:
    """Return what writes for all roles, as a file says it. Connects to nothing yet.

    `environ` has the keys that the file names. Raises InvalidInputError. Close it before the store.
    """
    portions = Portions(loads, clock, pace)
    single = {
        name: model_of(name, each, environ, azure_credential=azure_credential, alone=_alone(name, models))
        for name, each in models.instances.items()
    }
    running = {name: _running(name, model, models, portions, clock) for name, model in single.items()}

    def quota(tenant: str) -> Portion:
        return portions.portion(tenant, "quota", models.quota_of(tenant))

    def client(name: str, role: Role) -> AssignedClient:
        return AssignedClient(
            name, Chooser([running[each] for each in role.models], role.choose, role.needs), quota
        )

    async def close() -> None:
        await portions.close()
        await asyncio.gather(*(model.aclose() for model in single.values()))

    clients = {name: client(name, role) for name, role in models.roles.items()}
    return Model(
        name=_recorded(models),
        provider="demo" if all(model.provider == "demo" for model in single.values()) else "several",
        describe=f"{', '.join(single)} ({len(single)} in the file)",
        client=clients[USUAL_ROLE],
        aclose=close,
        clients=clients,
    )


def _running(name: str, model: Model, models: Models, portions: Portions, clock: Clock) -> Running:
    instance = models.instances[name]
    portion = portions.portion(NO_TENANT, f"model-{name}", Quota(at_once=instance.at_once))
    return Running(name, instance.capabilities, model.client, portion, Health(clock))


def _alone(name: str, models: Models) -> bool:
    """Whether no other model can take the place of this one in any of its roles."""
    return all(len(role.models) == 1 for role in models.roles.values() if name in role.models)


def _recorded(models: Models) -> str:
    """Return what runs record: all that may write for them. Where canned text may come, cards must say so."""
    if any(instance.provider == "demo" for instance in models.instances.values()):
        return "demo"
    return ", ".join(dict.fromkeys(name for role in models.roles.values() for name in role.models))
