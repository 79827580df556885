"""The configuration table: every environment variable that the program reads for itself."""

from collections.abc import Mapping
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
    Variable(
        "SIGNOFF_REMIND_AFTER_HOURS",
        "After how long an open question is asked again, three times at most; 0: never",
        "24",
    ),
    Variable("SIGNOFF_EXPIRE_AFTER_HOURS", "When an open question counts as rejected; 0: never", "0"),
    Variable(
        "SIGNOFF_POLICY",
        "TOML file that says who decides what, and when people work; see below",
        "any approver decides",
    ),
    Variable(
        "SIGNOFF_MODELS",
        "TOML file that says which models write for whom, and how much they may be asked; see below",
        "one model, of the variables below",
    ),
    Variable("SIGNOFF_KEEP_DAYS", "How long ended runs are kept, 1 to 3650", "30"),
    Variable("SIGNOFF_MEMORY_HOURS", "How long agents keep a note for later runs, 1 to 8760", "24"),
    Variable("SIGNOFF_MEMORY_ENTRIES", "How many notes an agent keeps in a tenant, 1 to 2000", "1000"),
    Variable("SIGNOFF_MEMORY_MEGABYTES", "How much an agent keeps in a tenant, 1 to 1000", "100"),
    Variable(
        "SIGNOFF_CHECKPOINT_KEYS",
        "Secrets that sign saved states, 32 characters or more each, comma-separated; the first one signs",
        "required with Cosmos DB; else a file beside the database",
    ),
    Variable("AZURE_COSMOS_ENDPOINT", "Cosmos DB account", "a SQLite file"),
    Variable("AZURE_COSMOS_DATABASE", "Cosmos DB database", "required with the endpoint"),
    Variable("AZURE_COSMOS_KEY", "Key of a local Cosmos DB emulator; never of a real account", "none"),
    Variable("AZURE_CLIENT_ID", "Managed identity for Azure services", "the system-assigned one"),
    Variable(
        "TICKET_SERVICE_URL",
        "Ticket system of `ticket-triage`: https, or http on this machine",
        "sample data in local mode; else the workflow says so",
    ),
    Variable("TICKET_SERVICE_KEY", "Bearer token for it", "none"),
    Variable("CUSTOMER_SERVICE_URL", "Its customer system, which also makes refunds", "as above"),
    Variable("CUSTOMER_SERVICE_KEY", "Bearer token for it", "none"),
    Variable("PORT", "Port to listen on; 0: any free one", "3978"),
)


MODEL_VARIABLES = (  # read where the models are, orchestration.agents.models
    Variable("LOCAL_MODEL_BASE_URL", "Address of an OpenAI-compatible local server, such as Ollama", "none"),
    Variable("LOCAL_MODEL", "Its model", "required with the address"),
    Variable("LOCAL_MODEL_API_KEY", "Its key, if it wants one", "none"),
    Variable("OPENAI_API_KEY", "Key of OpenAI", "none"),
    Variable("OPENAI_MODEL", "Model of OpenAI", "required with the key"),
    Variable("OPENAI_BASE_URL", "Another address that speaks OpenAI's language", "OpenAI itself"),
    Variable("OPENAI_ORG_ID", "Organisation at OpenAI", "that of the key"),
    Variable("OPENAI_PROJECT_ID", "Project at OpenAI", "that of the key"),
    Variable("AZURE_OPENAI_ENDPOINT", "Azure OpenAI resource; signs in with Entra ID", "none"),
    Variable("AZURE_OPENAI_MODEL", "Its deployment", "required with the endpoint"),
    Variable("AZURE_OPENAI_API_KEY", "Its key, in place of Entra ID", "none"),
    Variable("AZURE_OPENAI_API_VERSION", "Use the dated interface of this version", "the v1 interface"),
    Variable("MODEL_TIMEOUT_SECONDS", "How long one call of a model may take, 1 to 600", "60"),
    Variable("DEMO_MODEL_DELAY_SECONDS", "How long the offline demo model pretends to think", "0"),
)


def only_models(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without what is set for the bot, but with what is set for models."""
    own = {row.name for row in VARIABLES} - {"SIGNOFF_MODELS"}
    return {name: value for name, value in environ.items() if name not in own}


def describe() -> tuple[Variable, ...]:
    """Return the configuration table."""
    return VARIABLES + MODEL_VARIABLES
