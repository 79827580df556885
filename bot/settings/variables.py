"""The configuration table: every environment variable that the program reads for itself."""

from dataclasses import dataclass

SERVICE_HOSTS = ("smba.trafficmanager.net", "smba.infra.gcc.teams.microsoft.com")


@dataclass(frozen=True)
class Variable:
    """One row of the configuration table. `default` is what an unset or empty variable means."""

    name: str
    meaning: str
    default: str = ""


VARIABLES = (
    Variable("MicrosoftAppId", "Application (client) id of the bot", "required"),
    Variable("MicrosoftAppType", "`SingleTenant` or `UserAssignedMSI`", "required"),
    Variable("MicrosoftAppTenantId", "Tenant in which the bot is registered", "required"),
    Variable("MicrosoftAppPassword", "SingleTenant: client secret", "one of these three"),
    Variable("MicrosoftAppCertificatePath", "SingleTenant: PEM or PFX file", "one of these three"),
    Variable(
        "MicrosoftAppFederatedClientId",
        "SingleTenant: client id of the managed identity that is the app's federated credential",
        "one of these three",
    ),
    Variable("MicrosoftAppCertificatePassword", "Password of the certificate file", "none"),
    Variable("SIGNOFF_TENANTS", "Tenants whose people may use the bot, comma-separated", "the bot's tenant"),
    Variable("SIGNOFF_APPROVERS", "Entra object ids of those who may decide", "everyone in the chat"),
    Variable("SIGNOFF_ADMINISTRATORS", "Entra object ids of those who may see and stop every run", "nobody"),
    Variable(
        "SIGNOFF_SERVICE_HOSTS", "More hosts the bot may send to", f"only {' and '.join(SERVICE_HOSTS)}"
    ),
    Variable("SIGNOFF_MAX_REVISIONS", "How often changes can be requested, 1 to 50", "5"),
    Variable("AZURE_COSMOS_ENDPOINT", "Cosmos DB account", "a SQLite file"),
    Variable("AZURE_COSMOS_DATABASE", "Cosmos DB database", "required with the endpoint"),
    Variable("AZURE_COSMOS_KEY", "Key of a local Cosmos DB emulator; never of a real account", "none"),
    Variable("AZURE_CLIENT_ID", "Managed identity for Azure services", "the system-assigned one"),
    Variable("PORT", "Port to listen on; 0: any free one", "3978"),
)


def describe() -> tuple[Variable, ...]:
    """Return the configuration table."""
    return VARIABLES
