"""Workflows as the framework's builders make them, for what our own workflows do not use."""

from agent_framework import Workflow, tool
from agent_framework_orchestrations import HandoffBuilder

from orchestration.limits import Limits
from orchestration.model import Step
from orchestration.workflows import framework
from orchestration.workflows.definition import Definition, Means

ROLES = ("triage", "billing", "sales")


def definition(name: str = "handoff", *, tools: tuple[object, ...] = ()) -> Definition:
    """Return a handoff between three agents; those but the first have the tools."""

    def build(means: Means) -> Workflow:
        agents = {
            role: means.agent(
                role,
                f"You are {role} in a handoff.",
                require_per_service_call_history_persistence=True,
                tools=list(tools) if role != "triage" else [],
            )
            for role in ROLES
        }
        builder = HandoffBuilder(name=f"{name}@1", participants=[*agents.values()])
        builder = builder.with_start_agent(agents["triage"]).enable_return_to_previous()
        return builder.build()

    return Definition(
        name=name,
        version=1,
        title="Handoff",
        example="x",
        steps=tuple(Step(role, role.title(), role=True) for role in ROLES),
        build=build,
        limits=Limits(supersteps=10_000),
        translation=framework.translation,
    )


def refunding(done: list[str]):
    """Return a tool that needs an approval, and writes down what it did."""

    @tool(approval_mode="always_require")
    def refund(amount: int) -> str:
        """Pay money back."""
        done.append(f"{amount}")
        return f"Paid {amount} back."

    return refund
