"""Settings as values, and the one error about them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from orchestration.errors import SignoffError


class SettingsError(SignoffError):
    """The environment does not fit. `problems` has one sentence for each mistake."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


class AppType(StrEnum):
    """How the bot is registered in Entra. Azure no longer creates multi-tenant bots."""

    SINGLE_TENANT = "SingleTenant"
    MANAGED_IDENTITY = "UserAssignedMSI"


@dataclass(frozen=True)
class App:
    """The bot's own identity. A single-tenant app has exactly one of secret, certificate and federated id."""

    id: str
    type: AppType
    tenant: str
    secret: str = field(default="", repr=False)
    certificate_path: str = ""
    certificate_password: str = field(default="", repr=False)
    federated_client_id: str = ""


@dataclass(frozen=True)
class ServiceAddress:
    """Where a service is, and the bearer token for it, if it wants one."""

    url: str
    key: str = field(default="", repr=False)


@dataclass(frozen=True)
class Cosmos:
    """Which Cosmos DB database to use. Only an emulator on this machine has a key."""

    endpoint: str
    database: str
    key: str = field(default="", repr=False)
