"""The two systems that ticket-triage cannot do without."""

from orchestration.agents.services import Service, Services
from orchestration.errors import InvalidInputError


def configured(services: Services) -> tuple[Service, Service]:
    """Return the ticket system and the customer system. Raises InvalidInputError with what to set."""
    if services.tickets is None or services.customers is None:
        raise InvalidInputError(
            "ticket-triage needs a ticket system and a customer system: set TICKET_SERVICE_URL and "
            "CUSTOMER_SERVICE_URL, and restart the bot."
        )
    return services.tickets, services.customers
