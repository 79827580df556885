"""Release notes: prepare the brief, write, have a person review, revise until approved, publish."""

from typing import Any

from agent_framework import (
    Executor,
    Workflow,
    WorkflowBuilder,
    WorkflowContext,
    handler,
    response_handler,
)

from orchestration.agents.step import AgentStep
from orchestration.errors import StepError
from orchestration.messages import APPROVE, REJECT, Answer, Conversation, Question, Result
from orchestration.model import Step
from orchestration.workflows.definition import Definition, Means

INSTRUCTIONS = (
    "You write release notes for a product. Write a title line, two or three sentences and a short list "
    "of what is new, in plain words, warm and precise. When you are asked for changes, answer with the "
    "complete new text and nothing else."
)


class PrepareBrief(Executor):
    """Turns what a person typed into the task for the writer."""

    @handler
    async def prepare(self, brief: str, ctx: WorkflowContext[Conversation]) -> None:
        task = f"Write the release notes for this brief:\n\n{_tidy(brief)}"
        await ctx.send_message(Conversation().saying("user", task))


class Review(Executor):
    """Asks people about each draft, and sends it back to the writer as often as they wish, up to a limit."""

    def __init__(self, id: str, means: Means) -> None:
        super().__init__(id=id)
        self._last, self._revision, self._talk = means.max_revisions, 0, Conversation()
        self._expire, self._remind = means.expire_after.total_seconds(), means.remind_after.total_seconds()
        self._rule = means.rule

    @handler
    async def drafted(self, talk: Conversation, ctx: WorkflowContext) -> None:
        self._revision, self._talk = self._revision + 1, talk
        question = Question(
            "Publish these release notes?",
            talk.messages[-1].text,
            self._revision,
            last_revision=self._last,
            expires_after=self._expire,
            remind_after=self._remind,
            rule=self._rule,
        )
        await ctx.request_info(question, Answer, request_id=f"review-{self._revision}")

    @response_handler
    async def reviewed(
        self, question: Question, answer: Answer, ctx: WorkflowContext[Conversation | Result, Result]
    ) -> None:
        if answer.verdict == APPROVE:
            await ctx.send_message(Result(question.text), target_id="publish")
        elif answer.verdict == REJECT:
            await ctx.yield_output(Result(question.text, accepted=False))
        else:
            await self._send_back(answer.comment, ctx)

    async def _send_back(self, comment: str, ctx: WorkflowContext[Conversation | Result, Result]) -> None:
        if self._revision >= self._last:
            raise StepError(
                f"Changes were requested {self._last} times, which is the most this workflow allows. "
                "Every draft and comment is kept. Retry starts again with the same brief."
            )
        talk, self._talk = self._talk, Conversation()  # it travels in the message now; once is enough
        await ctx.send_message(talk.saying("user", f"Please change this: {comment}"), target_id="write")

    async def on_checkpoint_save(self) -> dict[str, Any]:
        return {"revision": self._revision, "talk": self._talk}

    async def on_checkpoint_restore(self, state: dict[str, Any]) -> None:
        self._revision, self._talk = state["revision"], state["talk"]


class Publish(Executor):
    """Ends the run with the approved text."""

    @handler
    async def publish(self, approved: Result, ctx: WorkflowContext[Any, Result]) -> None:
        await ctx.yield_output(approved)


def build(means: Means) -> Workflow:
    """Return a fresh workflow. Raises nothing; the model is only asked when it runs."""
    brief, publish = PrepareBrief(id="brief"), Publish(id="publish")
    write = AgentStep("write", means.agent("writer", INSTRUCTIONS))
    review = Review("review", means)
    return (
        WorkflowBuilder(name="release-notes@1", start_executor=brief, output_from=[review, publish])
        .add_edge(brief, write)
        .add_edge(write, review)
        .add_edge(review, write)
        .add_edge(review, publish)
        .build()
    )


def _tidy(brief: str) -> str:
    return "\n".join(" ".join(line.split()) for line in brief.strip().splitlines())


DEFINITION = Definition(
    name="release-notes",
    version=1,
    title="Release notes",
    example="Faster search, dark mode and a fix for sign-in on iOS",
    steps=(
        Step("brief", "Prepare the brief"),
        Step("write", "Write the draft"),
        Step("review", "Review"),
        Step("publish", "Publish"),
    ),
    build=build,
    about="Writes release notes from a few points, and asks people about each draft until one is approved.",
    harmless=True,
)
