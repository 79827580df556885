"""Research: a manager plans, people approve the plan, and a team works by it until there is an answer."""

from dataclasses import dataclass

from agent_framework import Workflow
from agent_framework_orchestrations import MagenticBuilder

from orchestration.model import Step
from orchestration.workflows import framework
from orchestration.workflows.definition import Definition, Means

MOST_ROUNDS, MOST_STALLS, MOST_PLANS = 20, 2, 3
"""Without limits the framework lets a team go on for ever."""

_MANAGER = (
    "You lead a small research team. Plan in few steps, give each member clear and complete tasks, and stop "
    "as soon as the question is answered. Write in plain words."
)


@dataclass(frozen=True)
class Member:
    """Somebody in the team: what for, and the instructions."""

    what: str
    instructions: str


TEAM = {
    "researcher": Member(
        "gathers facts and says where they are from",
        "You are the researcher of a research team. Gather the facts you are asked for, as a short list. "
        "Say of each where it is from, and say what you do not know.",
    ),
    "analyst": Member(
        "weighs facts and works out what follows from them",
        "You are the analyst of a research team. Weigh the facts found so far: what follows from them, what "
        "speaks against it, and how sure it is.",
    ),
    "writer": Member(
        "writes the report",
        "You are the writer of a research team. Write a short report from what the others found: an answer "
        "first, then the reasons. Add no facts of your own.",
    ),
}
_PLAN = "{plan}\n\nWhat is known so far:\n{facts}\n\nWho works on it:\n{team}\n\nThe question:\n{task}"
"""What people approve, so the plan comes first. The manager reads it as well."""


def build(means: Means) -> Workflow:
    """Return a fresh workflow. Raises nothing; the models are only asked when it runs."""
    team = [means.agent(name, member.instructions, description=member.what) for name, member in TEAM.items()]
    return MagenticBuilder(
        name="research@1",
        participants=team,
        manager_agent=means.agent("manager", _MANAGER),
        task_ledger_full_prompt=_PLAN,
        enable_plan_review=True,
        max_round_count=MOST_ROUNDS,
        max_stall_count=MOST_STALLS,
        max_reset_count=MOST_PLANS,
    ).build()


DEFINITION = Definition(
    name="research",
    version=1,
    title="Research",
    example="Should our team move to a four-day week?",
    steps=(
        Step("magentic_orchestrator", "Plan and lead", role=True),
        Step("researcher", "Gather facts", role=True),
        Step("analyst", "Weigh the facts", role=True),
        Step("writer", "Write the report", role=True),
    ),
    build=build,
    about="A manager plans how to answer your question. When somebody approves the plan, a researcher, an "
    "analyst and a writer work by it.",
    harmless=True,
    translation=framework.translation,
)
