"""Reads variables and collects what is wrong with them, one sentence for each mistake."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from bot.settings.models import Around, models_at
from bot.settings.policy import Policy, Surroundings, policy_at
from bot.settings.texts import guid, hint, host, is_https, is_loopback
from bot.settings.values import App, AppType, Cosmos, ServiceAddress, SettingsError
from bot.settings.variables import VARIABLES
from orchestration.agents.roles import Models
from orchestration.checkpoints.keyring import Keyring
from orchestration.errors import InvalidInputError
from orchestration.messages import Rule
from orchestration.model import MemoryLimits
from orchestration.sizes import MB

_A_YEAR = range(365 * 24)
"""Hours; no run lives longer."""
_T = TypeVar("_T")
_CREDENTIALS = ("MicrosoftAppPassword", "MicrosoftAppCertificatePath", "MicrosoftAppFederatedClientId")
_NOT_LOCAL = (
    *(row.name for row in VARIABLES if row.name.startswith("MicrosoftApp")),
    "SIGNOFF_SERVICE_HOSTS",
)
_HELP = {
    "MicrosoftAppId": "set it to the application (client) id of the bot's app registration",
    "MicrosoftAppType": "set it to SingleTenant or UserAssignedMSI",
    "MicrosoftAppTenantId": "set it to the id of the tenant in which the bot is registered",
}


class Reader:
    """The values of one environment, and what is wrong with them."""

    def __init__(
        self,
        environ: Mapping[str, str],
        read: Callable[[Path], bytes],
        workflows: Collection[str],
        *,
        local: bool = False,
    ) -> None:
        self._environ = environ
        self._values = {row.name: environ.get(row.name, "").strip() for row in VARIABLES}
        self._problems: list[str] = []
        self._read, self._workflows, self._local = read, workflows, local

    def checked(self, settings: _T) -> _T:
        if self._problems:
            raise SettingsError(self._problems)
        return settings

    def settings(
        self, make: Callable[..., _T], app: App | None, hosts: frozenset[str], tenants: frozenset[str]
    ) -> _T:
        approvers = self.names("SIGNOFF_APPROVERS", guid)
        remind = timedelta(hours=self._number("SIGNOFF_REMIND_AFTER_HOURS", 24, _A_YEAR))
        expire = timedelta(hours=self._number("SIGNOFF_EXPIRE_AFTER_HOURS", 0, _A_YEAR))
        return make(
            app=app,
            tenants=tenants,
            approvers=approvers,
            administrators=self.names("SIGNOFF_ADMINISTRATORS", guid),
            service_hosts=hosts,
            cosmos=self._cosmos(),
            checkpoint_keys=self._checkpoint_keys(),
            azure_client_id=self._guid("AZURE_CLIENT_ID"),
            tickets=self._service("TICKET"),
            customers=self._service("CUSTOMER"),
            port=self._number("PORT", 3978, range(65536)),
            max_revisions=self._number("SIGNOFF_MAX_REVISIONS", 5, range(1, 51)),
            remind_after=remind,
            expire_after=expire,
            policy=self._policy(approvers, remind, expire),
            models=self._models(),
            keep=timedelta(days=self._number("SIGNOFF_KEEP_DAYS", 30, range(1, 3651))),
            memory=self._memory(),
            notes=tuple(self._notes()),
        )

    def tenants(self) -> frozenset[str]:
        return self.names("SIGNOFF_TENANTS", guid)

    def hosts(self) -> frozenset[str]:
        return self.names("SIGNOFF_SERVICE_HOSTS", host)

    def names(self, name: str, parse: Callable[[str], str]) -> frozenset[str]:
        words = [word.strip() for word in self._values[name].split(",") if word.strip()]
        return frozenset(found for word in words if (found := self._parsed(name, word, parse)))

    def app(self) -> App:
        names = ("MicrosoftAppId", "MicrosoftAppType", "MicrosoftAppTenantId")
        self._problems += [f"{name} is not set: {_HELP[name]}." for name in names if not self._values[name]]
        return App(
            id=self._guid("MicrosoftAppId"),
            type=self._app_type(),
            tenant=self._guid("MicrosoftAppTenantId"),
            secret=self._values["MicrosoftAppPassword"],
            certificate_path=self._values["MicrosoftAppCertificatePath"],
            certificate_password=self._values["MicrosoftAppCertificatePassword"],
            federated_client_id=self._guid("MicrosoftAppFederatedClientId"),
        )

    def _app_type(self) -> AppType:
        text = self._values["MicrosoftAppType"]
        if text in set(AppType):
            self._problems += self._credential_problems(AppType(text))
            return AppType(text)
        if text:
            self._problems.append(f"MicrosoftAppType is '{hint(text)}': {_HELP['MicrosoftAppType']}.")
        return AppType.SINGLE_TENANT

    def _credential_problems(self, kind: AppType) -> Iterable[str]:
        given = [name for name in _CREDENTIALS if self._values[name]]
        if kind is AppType.MANAGED_IDENTITY:
            yield from (f"{name} is set, but UserAssignedMSI has no use for it: remove it." for name in given)
        elif not given:
            yield f"The bot has no credential: set one of {', '.join(_CREDENTIALS)}."
        elif len(given) > 1:
            yield f"{' and '.join(given)} are set: keep one and remove the rest."
        if self._values["MicrosoftAppCertificatePassword"] and "MicrosoftAppCertificatePath" not in given:
            yield "MicrosoftAppCertificatePassword is set without MicrosoftAppCertificatePath: set both."

    def _cosmos(self) -> Cosmos | None:
        endpoint, key, database = (
            self._values[f"AZURE_COSMOS_{it}"] for it in ("ENDPOINT", "KEY", "DATABASE")
        )
        if endpoint:
            self._problems += self._cosmos_problems(endpoint, key, database)
            return Cosmos(endpoint, database, key)
        for name in ("AZURE_COSMOS_KEY", "AZURE_COSMOS_DATABASE"):
            if self._values[name]:
                self._problems.append(f"{name} is set without AZURE_COSMOS_ENDPOINT: set both, or remove it.")
        return None

    def _service(self, which: str) -> ServiceAddress | None:
        url, key = (self._values[f"{which}_SERVICE_{it}"] for it in ("URL", "KEY"))
        if url and not (is_https(url) or is_loopback(url)):
            self._problems.append(f"{which}_SERVICE_URL must be an https address, or be on this machine.")
        if key and not url:
            self._problems.append(f"{which}_SERVICE_KEY is set without {which}_SERVICE_URL: set both.")
        return ServiceAddress(url, key) if url else None

    def _policy(self, approvers: Collection[str], remind: timedelta, expire: timedelta) -> Policy:
        path = self._values["SIGNOFF_POLICY"]
        if not path:
            return Policy()
        usual = Rule(remind_after=remind.total_seconds(), expires_after=expire.total_seconds())
        around = Surroundings(self._workflows, approvers, usual)
        return policy_at(Path(path), self._read, around, self._problems)

    def _memory(self) -> MemoryLimits:
        return MemoryLimits(
            life=timedelta(hours=self._number("SIGNOFF_MEMORY_HOURS", 24, range(1, 365 * 24 + 1))),
            notes=self._number("SIGNOFF_MEMORY_ENTRIES", 1_000, range(1, 2_001)),
            size=self._number("SIGNOFF_MEMORY_MEGABYTES", 100, range(1, 1_001)) * MB,
        )

    def _models(self) -> Models:
        path = self._values["SIGNOFF_MODELS"]
        if not path:
            return Models()
        return models_at(Path(path), self._read, Around(self._environ, self._workflows), self._problems)

    def _checkpoint_keys(self) -> Keyring | None:
        text = self._values["SIGNOFF_CHECKPOINT_KEYS"]
        if not text:
            if self._values["AZURE_COSMOS_ENDPOINT"] and not self._local:
                self._problems.append(
                    "SIGNOFF_CHECKPOINT_KEYS is not set: with Cosmos DB it signs what is saved. "
                    "`openssl rand -hex 32` makes a good one."
                )
            return None
        try:
            return Keyring.parse(text)
        except InvalidInputError as error:
            self._problems.append(f"SIGNOFF_CHECKPOINT_KEYS: {error}")
            return None

    def _cosmos_problems(self, endpoint: str, key: str, database: str) -> Iterable[str]:
        loopback = is_loopback(endpoint)
        if not loopback and not is_https(endpoint):
            yield "AZURE_COSMOS_ENDPOINT must be an address like https://name.documents.azure.com:443/."
        if not loopback and self._local:
            yield "AZURE_COSMOS_ENDPOINT is not on localhost: local mode uses only an emulator."
        if not loopback and key:
            yield "AZURE_COSMOS_KEY is only for an emulator: remove it and grant the identity a role."
        if not database:
            yield "AZURE_COSMOS_DATABASE is not set: name the database of AZURE_COSMOS_ENDPOINT."

    def _guid(self, name: str) -> str:
        return self._parsed(name, self._values[name], guid) if self._values[name] else ""

    def _parsed(self, name: str, word: str, parse: Callable[[str], str]) -> str:
        try:
            return parse(word)
        except ValueError as error:
            self._problems.append(f"{name}: '{hint(word)}' {error}.")
            return ""

    def _number(self, name: str, default: int, allowed: range) -> int:
        text = self._values[name]
        if not text:
            return default
        number = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1
        if number not in allowed:
            wanted = f"a number from {allowed[0]} to {allowed[-1]}"
            self._problems.append(f"{name} must be {wanted}, not '{hint(text)}'.")
        return number

    def _notes(self) -> Iterable[str]:
        ignored = [name for name in _NOT_LOCAL if self._values[name]] if self._local else []
        return [f"{name} is set, but local mode does not use it." for name in ignored]
