"""The graph that people see: steps only, in words, and what comes after what."""

from agent_framework import Agent, AgentExecutor, WorkflowBuilder, WorkflowExecutor, tool

from orchestration.agents.demo import DemoChatClient
from orchestration.agents.step import AgentStep
from orchestration.catalog import WORKFLOWS, Catalog
from orchestration.graphs import graph_of
from orchestration.messages import GoOn, Rule
from orchestration.model import Node, Step
from orchestration.workflows import release_notes
from orchestration.workflows.definition import Means
from tests.fakes.workflows import First, Gate, Last, Middle, Work, gated

MEANS = Means(client=DemoChatClient())


@tool
def pay(amount: int) -> str:
    """Pay."""
    return f"{amount} paid"


@tool(approval_mode="always_require")
def order(what: str) -> str:
    """Order."""
    return f"{what} ordered"


def test_the_release_notes_have_a_question_and_a_way_back():
    graph = Catalog(MEANS).graph(release_notes.DEFINITION)
    assert graph.nodes == (
        Node("brief", "Prepare the brief"),
        Node("write", "Write the draft"),
        Node("review", "Review", asks=True),
        Node("publish", "Publish"),
    )
    assert graph.edges == (
        ("brief", "write"),
        ("write", "review"),
        ("review", "write"),
        ("review", "publish"),
    )


def test_every_workflow_of_the_catalog_has_a_graph_in_which_all_steps_are_connected():
    catalog = Catalog(MEANS)
    for definition in WORKFLOWS:
        graph = catalog.graph(definition)
        connected = {step for edge in graph.edges for step in edge}
        assert {node.id for node in graph.nodes} == {step.id for step in definition.steps}
        assert connected == {node.id for node in graph.nodes} or len(graph.nodes) == 1


def test_executors_that_are_no_steps_are_left_out_and_edges_go_through_them():
    work = Work()
    first, one, other, last = (
        First("first", work),
        Middle("one", work),
        Middle("other", work),
        Last("last", work),
    )
    workflow = (
        WorkflowBuilder(name="w@1", start_executor=first, output_from=[last])
        .add_chain([first, one, other, last])
        .add_edge(other, one)
        .build()
    )
    graph = graph_of(workflow, [Step("last", "End"), Step("first", "Begin")])
    assert graph.nodes == (Node("first", "Begin"), Node("last", "End"))
    assert graph.edges == (("first", "last"),)


def test_an_agent_asks_when_it_has_guarded_tools_or_may_ask_and_its_own_rounds_are_no_edge():
    def asks(**how):
        agent = AgentStep("agent", Agent(client=DemoChatClient(), name="a", instructions=""), **how)
        last = Last("last", Work())
        builder = WorkflowBuilder(name="w@1", start_executor=agent, output_from=[last]).add_edge(agent, last)
        if agent.takes_rounds:
            builder = builder.add_edge(agent, agent, condition=lambda message: isinstance(message, GoOn))
        graph = graph_of(builder.build(), [Step("agent", "Agent"), Step("last", "Last")])
        assert graph.edges == (("agent", "last"),)
        return graph.nodes[0].asks

    assert not asks()
    assert not asks(tools=[pay])
    assert asks(guarded=[pay])
    assert asks(asks=Rule())


def test_the_frameworks_own_step_asks_when_a_tool_needs_an_approval():
    def asks(*tools):
        agent = Agent(client=DemoChatClient(), name="a", instructions="", tools=list(tools))
        workflow = WorkflowBuilder(name="w@1", start_executor=AgentExecutor(agent, id="a")).build()
        return graph_of(workflow, [Step("a", "Agent")]).nodes[0].asks

    assert not asks()
    assert not asks(pay)
    assert asks(pay, order)


def test_a_workflow_inside_a_workflow_asks_when_one_of_its_steps_does():
    inner = WorkflowExecutor(gated(Work()).build(MEANS), id="inner", propagate_request=True)
    workflow = WorkflowBuilder(name="w@1", start_executor=inner).build()
    assert graph_of(workflow, [Step("inner", "Inner")]).nodes == (Node("inner", "Inner", asks=True),)


def test_a_step_to_itself_that_people_cause_is_shown():
    work = Work()
    first, gate = First("first", work), Gate("gate", work)
    builder = WorkflowBuilder(name="w@1", start_executor=first, output_from=[gate])
    workflow = builder.add_edge(first, gate).add_edge(gate, gate).build()
    assert ("gate", "gate") in graph_of(workflow, [Step("first", "F"), Step("gate", "G")]).edges
