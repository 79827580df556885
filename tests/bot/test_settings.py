"""What the environment must say, and what is said about it when it does not."""

import re
from datetime import timedelta

import pytest

from bot.settings import App, AppType, Cosmos, ServiceAddress, Settings, SettingsError, describe
from orchestration.checkpoints.keyring import Keyring
from orchestration.model import MemoryLimits

APP = "00000000-0000-4000-8000-0000000000b0"
TENANT = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
SECRET = "s3cr3t-value-of-the-app"  # noqa: S105 - not one
COMPLETE = {
    "MicrosoftAppId": APP,
    "MicrosoftAppType": "SingleTenant",
    "MicrosoftAppTenantId": TENANT,
    "MicrosoftAppPassword": SECRET,
}
KEYS = "0123456789abcdef0123456789abcdef, fedcba9876543210fedcba9876543210"
COSMOS = {
    "AZURE_COSMOS_ENDPOINT": "https://x.documents.azure.com:443/",
    "AZURE_COSMOS_DATABASE": "signoff",
    "SIGNOFF_CHECKPOINT_KEYS": KEYS,
}
EMULATOR = {
    "AZURE_COSMOS_ENDPOINT": "http://localhost:8081/",
    "AZURE_COSMOS_DATABASE": "signoff",
    "AZURE_COSMOS_KEY": "a-key",
    "SIGNOFF_CHECKPOINT_KEYS": KEYS,
}


def problems(environ: dict[str, str], *, local: bool = False) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        Settings.local(environ) if local else Settings.from_environ(environ)
    return raised.value.problems


def test_credentials_are_enough() -> None:
    settings = Settings.from_environ(COMPLETE)
    assert settings.app == App(APP, AppType.SINGLE_TENANT, TENANT, SECRET)
    assert settings.tenants == {TENANT}
    assert settings.service_hosts == {"smba.trafficmanager.net", "smba.infra.gcc.teams.microsoft.com"}
    assert (settings.port, settings.max_revisions, settings.cosmos, settings.notes) == (3978, 5, None, ())
    assert settings.approvers == settings.administrators == frozenset()


def test_everything_can_be_set() -> None:
    settings = Settings.from_environ(
        {
            **COMPLETE,
            **COSMOS,
            "SIGNOFF_TENANTS": f" {TENANT.upper()} ,{OTHER},",
            "SIGNOFF_APPROVERS": APP,
            "SIGNOFF_ADMINISTRATORS": f"{APP},{OTHER}",
            "SIGNOFF_SERVICE_HOSTS": "Proxy.Example",
            "AZURE_CLIENT_ID": OTHER,
            "PORT": "8080",
            "SIGNOFF_MAX_REVISIONS": "50",
            "SIGNOFF_REMIND_AFTER_HOURS": "0",
            "SIGNOFF_EXPIRE_AFTER_HOURS": "72",
            "SIGNOFF_KEEP_DAYS": "400",
            "SIGNOFF_MEMORY_HOURS": "48",
            "SIGNOFF_MEMORY_ENTRIES": "5",
            "SIGNOFF_MEMORY_MEGABYTES": "2",
        }
    )
    assert settings.tenants == {TENANT, OTHER}
    assert settings.approvers == {APP}
    assert settings.administrators == {APP, OTHER}
    assert "proxy.example" in settings.service_hosts
    assert settings.cosmos == Cosmos(COSMOS["AZURE_COSMOS_ENDPOINT"], "signoff")
    assert (settings.azure_client_id, settings.port, settings.max_revisions) == (OTHER, 8080, 50)
    assert (settings.remind_after, settings.expire_after) == (timedelta(), timedelta(days=3))
    assert settings.checkpoint_keys == Keyring.parse(KEYS)
    assert settings.keep == timedelta(days=400)
    assert settings.memory == MemoryLimits(timedelta(hours=48), 5, 2 * 1024 * 1024)


@pytest.mark.parametrize(
    ("credential", "value"),
    [
        ("MicrosoftAppPassword", SECRET),
        ("MicrosoftAppCertificatePath", "/run/bot.pem"),
        ("MicrosoftAppFederatedClientId", OTHER),
    ],
)
def test_a_single_tenant_bot_needs_one_credential_of_three(credential: str, value: str) -> None:
    rest = {name: text for name, text in COMPLETE.items() if name != "MicrosoftAppPassword"}
    assert Settings.from_environ(rest | {credential: value}).app
    [problem] = problems(rest)
    assert credential in problem


def test_two_credentials_are_one_too_many() -> None:
    [problem] = problems(COMPLETE | {"MicrosoftAppCertificatePath": "/run/bot.pem"})
    assert (
        problem
        == "MicrosoftAppPassword and MicrosoftAppCertificatePath are set: keep one and remove the rest."
    )


def test_a_managed_identity_needs_no_credential_and_allows_none() -> None:
    msi = COMPLETE | {"MicrosoftAppType": "UserAssignedMSI"}
    [problem] = problems(msi)
    assert problem.startswith("MicrosoftAppPassword is set")
    app = Settings.from_environ(msi | {"MicrosoftAppPassword": ""}).app
    assert app == App(APP, AppType.MANAGED_IDENTITY, TENANT)


@pytest.mark.parametrize("kind", ["MultiTenant", "singletenant", "SingleTenants", "UserAssignedMsi"])
def test_another_type_of_app_is_refused(kind: str) -> None:
    [problem] = problems(COMPLETE | {"MicrosoftAppType": kind})
    assert "set it to SingleTenant or UserAssignedMSI." in problem


def test_all_problems_are_reported_at_once() -> None:
    found = problems(
        {
            "MicrosoftAppId": "bot",
            "MicrosoftAppTenantId": "contoso.onmicrosoft.com",
            "SIGNOFF_TENANTS": "contoso",
            "SIGNOFF_APPROVERS": f"mia@contoso.com,{APP}",
            "SIGNOFF_ADMINISTRATORS": "me",
            "SIGNOFF_SERVICE_HOSTS": "https://smba.example/",
            "AZURE_COSMOS_ENDPOINT": "https://[broken",
            "AZURE_COSMOS_KEY": "key",
            "AZURE_CLIENT_ID": "x",
            "PORT": "eighty",
            "SIGNOFF_MAX_REVISIONS": "0",
            "SIGNOFF_REMIND_AFTER_HOURS": "soon",
            "SIGNOFF_EXPIRE_AFTER_HOURS": "-1",
            "SIGNOFF_KEEP_DAYS": "0",
            "SIGNOFF_MEMORY_HOURS": "0",
            "SIGNOFF_MEMORY_ENTRIES": "2001",
            "SIGNOFF_MEMORY_MEGABYTES": "lots",
        }
    )
    assert "MicrosoftAppType is not set: set it to SingleTenant or UserAssignedMSI." in found
    named = [
        *("MicrosoftAppId", "MicrosoftAppTenantId", "SIGNOFF_TENANTS", "SIGNOFF_APPROVERS"),
        *("SIGNOFF_ADMINISTRATORS", "SIGNOFF_SERVICE_HOSTS", "AZURE_COSMOS_ENDPOINT", "AZURE_COSMOS_KEY"),
        *("AZURE_COSMOS_DATABASE", "AZURE_CLIENT_ID", "PORT", "SIGNOFF_MAX_REVISIONS"),
        *("SIGNOFF_MEMORY_HOURS", "SIGNOFF_MEMORY_ENTRIES", "SIGNOFF_MEMORY_MEGABYTES"),
        *("SIGNOFF_REMIND_AFTER_HOURS", "SIGNOFF_EXPIRE_AFTER_HOURS", "SIGNOFF_KEEP_DAYS"),
    ]
    assert all(any(problem.startswith(name) for problem in found) for name in named)
    assert all(problem.endswith(".") for problem in found)
    with pytest.raises(SettingsError, match="PORT must be a number from 0 to 65535, not 'eighty'"):
        Settings.from_environ({"PORT": "eighty"})


def test_nothing_set_or_only_empty_values_is_refused() -> None:
    assert len(problems({})) == 3
    assert problems({}) == problems(dict.fromkeys(COMPLETE, " "))


@pytest.mark.parametrize("text", ["-1", "65536", "8080.5", "1e3", "\u0663", "9" * 5000])
def test_a_port_is_a_port(text: str) -> None:
    [problem] = problems(COMPLETE | {"PORT": text})
    assert problem.startswith("PORT")


def test_a_secret_is_never_shown() -> None:
    certificate = COMPLETE | {"MicrosoftAppPassword": "", "MicrosoftAppCertificatePath": "/x.pem"}
    for environ in (COMPLETE, certificate | {"MicrosoftAppCertificatePassword": SECRET}):
        assert SECRET not in repr(Settings.from_environ(environ | EMULATOR | {"AZURE_COSMOS_KEY": SECRET}))
    wrong = problems(COMPLETE | {"MicrosoftAppId": SECRET, "MicrosoftAppType": SECRET, "PORT": SECRET})
    assert not any(SECRET in problem for problem in wrong)


def test_what_lies_in_cosmos_is_signed_with_a_key_of_ours() -> None:
    [problem] = problems({**COMPLETE, **COSMOS, "SIGNOFF_CHECKPOINT_KEYS": ""})
    assert problem.startswith("SIGNOFF_CHECKPOINT_KEYS is not set")
    [problem] = problems({**COMPLETE, **COSMOS, "SIGNOFF_CHECKPOINT_KEYS": "too-short-to-be-one"})
    assert "32" in problem
    assert "too-short" not in problem


def test_a_key_is_only_for_an_emulator() -> None:
    [problem] = problems(COMPLETE | COSMOS | {"AZURE_COSMOS_KEY": "key"})
    assert problem.startswith("AZURE_COSMOS_KEY")
    assert Settings.from_environ(COMPLETE | EMULATOR).cosmos == Cosmos(
        "http://localhost:8081/", "signoff", "a-key"
    )


@pytest.mark.parametrize("name", ["AZURE_COSMOS_DATABASE", "AZURE_COSMOS_KEY"])
def test_half_of_a_database_is_refused(name: str) -> None:
    [problem] = problems(COMPLETE | {name: "x"})
    assert problem.startswith(f"{name} is set without AZURE_COSMOS_ENDPOINT")


def test_local_mode_needs_nothing() -> None:
    settings = Settings.local({})
    assert (settings.app, settings.tenants, settings.notes) == (None, frozenset(), ())
    assert settings.service_hosts == {"localhost", "127.0.0.1"}


def test_local_mode_ignores_credentials_and_says_so() -> None:
    settings = Settings.local(COMPLETE | {"MicrosoftAppType": "nonsense"})
    assert settings.app is None
    assert "MicrosoftAppPassword is set, but local mode does not use it." in settings.notes
    assert SECRET not in repr(settings)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.9", "[::1]"])
def test_local_mode_may_use_an_emulator(host: str) -> None:
    assert Settings.local(EMULATOR | {"AZURE_COSMOS_ENDPOINT": f"https://{host}:8081"}).cosmos


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://x.documents.azure.com:443/",
        "https://localhost.evil.example/",
        "https://localhost@evil.example/",
        "http://10.0.0.1/",
        "localhost:8081",
        "https://[::1",
    ],
)
def test_local_mode_refuses_another_database(endpoint: str) -> None:
    found = problems(EMULATOR | {"AZURE_COSMOS_ENDPOINT": endpoint}, local=True)
    assert any("AZURE_COSMOS_ENDPOINT is not on localhost" in problem for problem in found)


@pytest.mark.parametrize("url", ["https://desk.example/api", "http://127.0.0.1:8080", "http://localhost"])
def test_a_service_is_https_or_on_this_machine(url: str) -> None:
    settings = Settings.from_environ(COMPLETE | {"TICKET_SERVICE_URL": url, "TICKET_SERVICE_KEY": SECRET})
    assert settings.tickets == ServiceAddress(url, SECRET)
    assert settings.customers is None
    assert SECRET not in repr(settings)


@pytest.mark.parametrize("url", ["http://desk.example", "desk.example", "ftp://127.0.0.1", "https://"])
def test_another_address_of_a_service_is_refused(url: str) -> None:
    (problem,) = problems(COMPLETE | {"CUSTOMER_SERVICE_URL": url})
    assert problem == "CUSTOMER_SERVICE_URL must be an https address, or be on this machine."


def test_a_key_without_its_service_is_refused() -> None:
    (problem,) = problems(COMPLETE | {"TICKET_SERVICE_KEY": SECRET})
    assert problem == "TICKET_SERVICE_KEY is set without TICKET_SERVICE_URL: set both."


def test_every_variable_is_described_once() -> None:
    rows = describe()
    names = [row.name for row in rows]
    assert len(set(names)) == len(names)
    assert all(row.meaning and row.default for row in rows)
    assert all(re.fullmatch(r"[A-Za-z_]+", name) for name in names)
