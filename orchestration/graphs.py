"""Reads the graph that people see off a built workflow: only its steps, and what comes after what."""

from collections.abc import Iterable, Mapping, Sequence

from agent_framework import AgentExecutor, Executor, FunctionTool, Workflow, WorkflowExecutor

from orchestration.agents.turns import Turns
from orchestration.model import Graph, Node, Step


def graph_of(workflow: Workflow, steps: Sequence[Step]) -> Graph:
    """Return the graph of these steps. Executors that are no step are left out, and edges go through them."""
    known = {step.id for step in steps}
    targets = _targets(workflow)
    nodes = tuple(Node(step.id, step.title, _asks(workflow.executors.get(step.id))) for step in steps)
    first = _reached(workflow.start_executor_id, targets, known, itself=True)
    # The picture begins with the first node: that is where the work begins.
    nodes = tuple(sorted(nodes, key=lambda node: node.id not in first))
    edges = ((node.id, after) for node in nodes for after in _reached(node.id, targets, known))
    return Graph(nodes, tuple(edges))


def _targets(workflow: Workflow) -> Mapping[str, Sequence[str]]:
    found = dict[str, list[str]]()
    for edge in (edge for group in workflow.edge_groups for edge in group.edges):
        # Rounds of an agent within its step are nothing that people need to see.
        rounds = edge.source_id == edge.target_id and isinstance(
            workflow.executors.get(edge.source_id), Turns
        )
        if {edge.source_id, edge.target_id} <= workflow.executors.keys() and not rounds:
            found.setdefault(edge.source_id, []).append(edge.target_id)
    return found


def _reached(
    start: str, targets: Mapping[str, Sequence[str]], known: Iterable[str], *, itself: bool = False
) -> list[str]:
    """Return the steps right after an executor, through all that are none, each once and in order."""
    steps, seen, found = set(known), set[str](), list[str]()
    left = [start] if itself else list(targets.get(start, ()))
    while left:
        name = left.pop(0)
        if name in seen:
            continue
        seen.add(name)
        if name in steps:
            found.append(name)
        else:
            left += targets.get(name, ())
    return found


def _asks(executor: Executor | None) -> bool:
    """Whether it may put questions to people. A workflow inside one does when one of its executors does."""
    match executor:
        case None:
            return False
        case Turns():
            return executor.asks_people
        case WorkflowExecutor():
            return any(map(_asks, executor.workflow.executors.values()))
        case AgentExecutor() if type(executor) is AgentExecutor:
            return _has_guarded_tools(executor)
        case _:
            return executor.is_request_response_capable


def _has_guarded_tools(executor: AgentExecutor) -> bool:
    """The framework's own step for an agent always can ask; it does when a tool needs an approval."""
    tools = getattr(executor.agent, "default_options", {}).get("tools") or ()
    return any(isinstance(tool, FunctionTool) and tool.approval_mode == "always_require" for tool in tools)
