"""What the program is told from outside, by environment variables. Pure: the environment is passed in.

Every mistake is a sentence that names the variable and says what to do, and all of them are reported at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from bot.settings.reader import Reader
from bot.settings.values import App, AppType, Cosmos, SettingsError
from bot.settings.variables import SERVICE_HOSTS, Variable, describe
from orchestration.checkpoints.keyring import Keyring

__all__ = ["App", "AppType", "Cosmos", "Settings", "SettingsError", "Variable", "describe"]

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
    port: int
    max_revisions: int
    remind_after: timedelta
    expire_after: timedelta
    keep: timedelta
    notes: tuple[str, ...] = ()

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Return the settings to serve Teams with. Raises SettingsError unless they are complete."""
        read = Reader(environ)
        app = read.app()
        hosts = frozenset(SERVICE_HOSTS) | read.hosts()
        return read.checked(read.settings(cls, app, hosts, read.tenants() or frozenset({app.tenant})))

    @classmethod
    def local(cls, environ: Mapping[str, str]) -> Self:
        """Return the settings for a bot that nobody but this machine can reach. Raises SettingsError.

        No credentials are needed, and none are used.
        """
        read = Reader(environ, local=True)
        return read.checked(read.settings(cls, None, frozenset(LOCAL_HOSTS), read.tenants()))
