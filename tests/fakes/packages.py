"""Packages with workflows, installed into a folder as pip would: modules and a .dist-info beside them."""

from pathlib import Path
from textwrap import dedent

GREETING = """
    from dataclasses import dataclass

    from agent_framework import (
        Executor, WorkflowBuilder, WorkflowContext, handler, register_checkpoint_type, response_handler
    )
    from orchestration.messages import APPROVE, Answer, Question, Result
    from orchestration.model import Step
    from orchestration.workflows.definition import Definition

    @dataclass(frozen=True)
    class Greeting:
        text: str

    register_checkpoint_type(Greeting)

    class Compose(Executor):
        @handler
        async def compose(self, name: str, ctx: WorkflowContext[Greeting]) -> None:
            await ctx.send_message(Greeting(f"Hello, {name}!"))

    class Ask(Executor):
        def __init__(self, means):
            super().__init__(id="ask")
            self._rule = means.usual_rule

        @handler
        async def ask(self, greeting: Greeting, ctx: WorkflowContext) -> None:
            question = Question("Send this greeting?", greeting.text, rule=self._rule)
            await ctx.request_info(question, Answer, request_id="ask-1")

        @response_handler
        async def answered(
            self, question: Question, answer: Answer, ctx: WorkflowContext[Greeting, Result]
        ) -> None:
            await ctx.yield_output(Result(question.text, accepted=answer.verdict == APPROVE))

    def build(means):
        compose, ask = Compose(id="compose"), Ask(means)
        builder = WorkflowBuilder(name="greet@1", start_executor=compose, output_from=[ask])
        return builder.add_edge(compose, ask).build()

    DEFINITION = Definition(
        name="greet", version=1, title="A greeting", example="Ada",
        steps=(Step("compose", "Compose the greeting"), Step("ask", "Ask whether to send it")),
        build=build, about="Greets somebody.",
    )
"""


def install(folder: Path, name: str, source: str, *values: str) -> Path:
    """Install a package of one module with these entry points; return the folder to import from."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / f"{name}.py").write_text(dedent(source))
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    points = "\n".join(f"point{number} = {value}" for number, value in enumerate(values))
    (info / "entry_points.txt").write_text(f"[signoff.workflows]\n{points}\n")
    return folder
