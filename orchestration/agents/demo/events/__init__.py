"""What the demo model says in the planning of events. Its venues and prices are invented."""

from collections.abc import Mapping

from orchestration.agents.demo.events.budget import work_out_budget
from orchestration.agents.demo.events.coordinator import sum_up, understand
from orchestration.agents.demo.events.day import plan_catering, plan_logistics
from orchestration.agents.demo.events.venue import find_venue
from orchestration.agents.demo.rule import Rule

RULES: Mapping[str, Rule] = {
    "takes requests for events": understand,
    "you are the venue specialist": find_venue,
    "you are the budget analyst": work_out_budget,
    "you are the catering coordinator": plan_catering,
    "you are the logistics manager": plan_logistics,
    "sums up plans of events": sum_up,
}
"""By words in the instructions of the agents."""
