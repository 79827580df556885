"""Event planning: five agents plan an event one after the other, and ask when they have to.

They do not work side by side: the budget needs the price of the venue, the catering its share of the budget,
the timeline all of them. Each reads the whole conversation, and what is planned would differ otherwise.
"""

from agent_framework import Workflow, WorkflowBuilder

from orchestration.agents.turns import with_rounds
from orchestration.model import Step
from orchestration.workflows.definition import Definition, Means
from orchestration.workflows.event_planning import prompts
from orchestration.workflows.event_planning.sections import (
    Budget,
    Catering,
    EventBrief,
    Logistics,
    Section,
    Summary,
    Venue,
)
from orchestration.workflows.event_planning.steps import Compose, Planner, Understand


def build(means: Means) -> Workflow:
    """Return a fresh workflow. Raises nothing; the model is only asked when it runs."""

    def planner(
        id: str, name: str, instructions: str, section: type[Section], kind: type[Planner] = Planner
    ) -> Planner:
        return kind(id, means.agent(name, instructions), section, means.requester_rule)

    planners = (
        planner("understand", prompts.COORDINATOR, prompts.UNDERSTAND, EventBrief, Understand),
        planner("venue", prompts.VENUE, prompts.FIND_VENUE, Venue),
        planner("budget", prompts.BUDGET, prompts.WORK_OUT_BUDGET, Budget),
        planner("catering", prompts.CATERING, prompts.PLAN_CATERING, Catering),
        planner("logistics", prompts.LOGISTICS, prompts.PLAN_LOGISTICS, Logistics),
        planner("summary", prompts.COORDINATOR, prompts.SUM_UP, Summary),
    )
    compose = Compose(id="compose")
    builder = WorkflowBuilder(
        name="event-planning@1", start_executor=planners[0], output_from=[compose]
    ).add_chain([*planners, compose])
    return with_rounds(builder, *planners).build()


DEFINITION = Definition(
    name="event-planning",
    version=1,
    title="Event planning",
    example="Plan a corporate holiday party for 50 people with a budget of $5000",
    steps=(
        Step("understand", "Understand the request"),
        Step("venue", "Find a venue"),
        Step("budget", "Work out the budget"),
        Step("catering", "Plan the catering"),
        Step("logistics", "Plan the day"),
        Step("summary", "Sum up"),
        Step("compose", "Put the plan together"),
    ),
    build=build,
    about="Plans an event: venue, budget, catering and the day. Asks for what it cannot know.",
    harmless=True,
    asks_requester=True,
)
