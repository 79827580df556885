"""What the program is told from outside, by environment variables and the files that they name.

Pure: the environment is passed in, and so is what reads a file.

Every mistake is a sentence that names the variable, or the place in the file, and says what to do. All are
reported at once.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from bot.settings.policy import Policy, contents
from bot.settings.reader import Reader
from bot.settings.values import App, AppType, Cosmos, ServiceAddress, SettingsError
from bot.settings.variables import SERVICE_HOSTS, Variable, describe, only_models
from orchestration.agents.roles import Models
from orchestration.checkpoints.keyring import Keyring
from orchestration.model import MemoryLimits

__all__ = [
    "App",
    "AppType",
    "Cosmos",
    "Policy",
    "ServiceAddress",
    "Settings",
    "SettingsError",
    "Variable",
    "describe",
    "only_models",
]

LOCAL_HOSTS = ("127.0.0.1", "localhost")


@dataclass(frozen=True)
class Settings:
    """All settings. `app` is None in local mode, and only there. `notes` are remarks for the log."""

    app: App | None
    tenants: frozenset[str]
    """Empty: every tenant; only in local mode."""
    approvers: frozenset[str]
    administrators: frozenset[str]
    service_hosts: frozenset[str]
    cosmos: Cosmos | None
    checkpoint_keys: Keyring | None
    """None: they are in a file beside the database."""
    azure_client_id: str
    tickets: ServiceAddress | None
    """The ticket system; None: it is not configured."""
    customers: ServiceAddress | None
    port: int
    max_revisions: int
    remind_after: timedelta
    expire_after: timedelta
    keep: timedelta
    policy: Policy
    memory: MemoryLimits
    models: Models
    """What the file about models says; empty without one."""
    notes: tuple[str, ...] = ()

    @classmethod
    def from_environ(
        cls,
        environ: Mapping[str, str],
        *,
        workflows: Collection[str] = (),
        read: Callable[[Path], bytes] = contents,
    ) -> Self:
        """Return the settings to serve Teams with. Raises SettingsError unless they are complete.

        `workflows` are the names that the policy file may use.
        """
        given = Reader(environ, read, workflows)
        app = given.app()
        hosts = frozenset(SERVICE_HOSTS) | given.hosts()
        return given.checked(given.settings(cls, app, hosts, given.tenants() or frozenset({app.tenant})))

    @classmethod
    def local(
        cls,
        environ: Mapping[str, str],
        *,
        workflows: Collection[str] = (),
        read: Callable[[Path], bytes] = contents,
    ) -> Self:
        """Return the settings for a bot that nobody but this machine can reach. Raises SettingsError.

        No credentials are needed, and none are used.
        """
        given = Reader(environ, read, workflows, local=True)
        return given.checked(given.settings(cls, None, frozenset(LOCAL_HOSTS), given.tenants()))
