"""The offline demo model: a client that answers by rules, and the rules of each workflow."""

from orchestration.agents.demo.client import DemoChatClient
from orchestration.agents.demo.rule import Rule
from orchestration.agents.demo.rules import RULES

__all__ = ["RULES", "DemoChatClient", "Rule"]
