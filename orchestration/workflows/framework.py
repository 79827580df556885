"""The framework's own orchestrations in our words: what they ask, and what they take for an answer."""

import logging
from dataclasses import replace
from functools import partial
from types import GenericAlias
from typing import cast

from agent_framework import AgentResponse, AgentResponseUpdate, Content, register_checkpoint_type
from agent_framework_orchestrations import (
    HandoffAgentUserRequest,
    MagenticPlanReviewRequest,
    MagenticPlanReviewResponse,
)

from orchestration.errors import StepError
from orchestration.messages import APPROVE, PLAN, REJECT, REPLY, TOOL, Answer, Option, Question, Result
from orchestration.values import canonical, titled
from orchestration.workflows.definition import Means
from orchestration.workflows.translation import Translation

# The type of a handoff's answer is list[Message]. Unregistered, no question of it could be saved.
register_checkpoint_type(cast(type, GenericAlias))

# The builders tell of each graph they make, and a graph is made for each attempt on a run.
logging.getLogger("agent_framework_orchestrations").setLevel(logging.WARNING)

DONE = Option("done", "I am done")
"""The way out of a conversation."""
_GAVE_UP = "Workflow terminated due to reaching maximum"


def translation(means: Means) -> Translation:
    """Return the translation for graphs that HandoffBuilder and MagenticBuilder make."""
    return Translation(partial(question, means), answer, ending, result)


def question(means: Means, asked: object) -> Question:
    """Return a request of the framework as a question. Raises StepError if no card can show it."""
    match asked:
        case Question():
            return asked
        case HandoffAgentUserRequest():
            return replace(_reply(asked), rule=means.requester_rule)
        case MagenticPlanReviewRequest():
            return replace(_plan(asked), rule=means.usual_rule)
        case Content(type="function_approval_request"):
            return replace(_tool(asked), rule=means.usual_rule)
        case _:
            raise StepError(f"The workflow asks with {type(asked).__name__}, which no card can show.")


def _reply(asked: HandoffAgentUserRequest) -> Question:
    said = asked.agent_response
    name = next((each.author_name for each in reversed(said.messages) if each.author_name), "")
    return Question(f"{name} asks" if name else "Your turn", said.text, kind=REPLY, options=(DONE,))


def _plan(asked: MagenticPlanReviewRequest) -> Question:
    if asked.is_stalled:
        return Question("The work does not get on. Go on with this new plan?", asked.plan.text, kind=PLAN)
    return Question("Work by this plan?", asked.plan.text, kind=PLAN)


def _tool(asked: Content) -> Question:
    call = asked.function_call
    if call is None or not asked.id:
        raise StepError("The workflow asks whether a tool may be used, and does not say which.")
    # Without a schema nobody can edit: the framework would do what the model wanted, not what was approved.
    values = canonical(call.parse_arguments() or {})
    return Question(f"{titled(str(call.name))}?", "", kind=TOOL, subject=str(call.name), proposed=values)


def answer(asked: object, given: Answer) -> object:
    """Return what the framework takes for an answer to its request."""
    match asked:
        case HandoffAgentUserRequest():
            return HandoffAgentUserRequest.create_response(given.comment)
        case MagenticPlanReviewRequest() if given.verdict == APPROVE:
            return MagenticPlanReviewResponse.approve()
        case MagenticPlanReviewRequest():
            return MagenticPlanReviewResponse.revise(given.comment)
        case Content():
            # A reason would be lost, and with other open calls the whole answer: a plain no always arrives.
            return asked.to_function_approval_response(given.verdict == APPROVE)
        case _:
            return given


def ending(asked: object, given: Answer) -> Result | None:
    """Return what ends the run: the person has had enough of a conversation, or does not want the plan."""
    if given.verdict != REJECT:
        return None
    match asked:
        case HandoffAgentUserRequest():
            return Result(asked.agent_response.text)
        case MagenticPlanReviewRequest():
            return Result(asked.plan.text, accepted=False)
        case _:
            return None


def result(given: object) -> Result | None:
    """Return the text of an output. Raises StepError when it says that a limit was reached."""
    match given:
        case Result():
            return given
        case AgentResponse() | AgentResponseUpdate() if given.text.startswith(_GAVE_UP):
            raise StepError(
                "The team has used all its rounds without a finished answer. Everything said so far is kept. "
                "Retry starts again; a smaller question helps."
            )
        case AgentResponse() | AgentResponseUpdate() if given.text.strip():
            return Result(given.text)
        case _:
            return None
