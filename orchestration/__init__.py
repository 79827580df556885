"""The core: runs, approvals, workflows and agents. Knows neither Teams nor a database."""
