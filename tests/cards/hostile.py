"""Records whose every text was written by somebody who means harm, or by a model that went wrong."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from cards import approval, failure, lists, memory, pages, result, run, stats, workflows
from cards.pictures import picture
from cards.view import View
from orchestration.limits import USUAL
from orchestration.messages import Rule
from orchestration.model import (
    Approval,
    Decision,
    Failure,
    Graph,
    Memory,
    MemoryLimits,
    Node,
    Person,
    Run,
    RunStatus,
    Step,
    Verdict,
)
from orchestration.statistics import Scope
from tests.cards.states import FAILURE, FIGURES, LATER, NOON, QUESTION, RUN

MARKUP = [
    "[click](https://evil.example)",
    "![look](https://evil.example/pixel.png)",
    "<at>Ben Okafor</at>",
    "<b>bold</b><script>alert(1)</script>",
    "**bold** __bold__ *slanted* _slanted_",
    "- a list",
    "1. a list",
    "# a heading",
    "`code` ~~gone~~ &lt;at&gt;Ben&lt;/at&gt;",
    "<https://evil.example>",
    "\\[click](https://evil.example)",
    "\\*\\*bold\\*\\*",
    "evoh\u202etxt.exe\u202c",
    "{{DATE(2026-11-21T00:00:00Z, LONG)}}",
]

VERDICTS = tuple(Verdict)


def person(text: str) -> Person:
    return Person("tenant-1", "entra-x", text)


def asked(text: str, **changes: Any) -> Approval:
    return replace(QUESTION, title=text, text=text, **changes)


def answered(text: str, verdict: Verdict = Verdict.REJECT) -> Approval:
    return asked(text).decided(Decision(verdict, text[:4000], person(text), LATER, "click-1"))


def running(text: str, status: RunStatus = RunStatus.WAITING, steps: int = 20) -> Run:
    made = tuple(Step(f"step-{number}", text) for number in range(steps))
    return replace(
        RUN, title=text, workflow_title=text, steps=made, step="step-3", requester=person(text), status=status
    )


def failed(text: str) -> Failure:
    return replace(FAILURE, reason=text, kept=text, step_title=text)


def _entry(text: str) -> workflows.Entry:
    return workflows.Entry("a-workflow", text, text, text, running(text).steps)


def cards(text: str, now: datetime = NOON) -> dict[str, dict[str, Any]]:
    """Every kind of card, with `text` in every place that somebody else can fill."""
    waiting, over = running(text), running(text, RunStatus.FAILED)
    graph = Graph(tuple(Node(f"step-{number}", text, asks=True) for number in range(4)), ())
    return {
        "pending": approval.card(asked(text, approvers=("entra-x",)), waiting),
        "held": approval.card(asked(text), over),
        "decided": approval.card(answered(text), waiting),
        "cancelled": approval.card(asked(text).cancelled(LATER), waiting),
        "run": run.card(waiting, now),
        "result": result.card(running(text, RunStatus.COMPLETED), text),
        "failure": failure.card(failed(text), over),
        "page": pages.page(waiting, "result", text, text, 2),
        "runs": lists.runs([waiting, over] * 8, now),
        "stats": stats.card(Scope.ALL, replace(FIGURES, failed_steps=((text, 3),) * 9, causes=((text, 1),))),
        "memory": memory.card([Memory("t", text)] * 30, MemoryLimits()),
        "which": lists.which([asked(text)] * 12, Verdict.REJECT, text),
        "workflows": workflows.listed([_entry(text)] * 20, [text] * 9),
        "workflow": workflows.shown(
            _entry(text),
            graph=graph,
            picture=picture(graph),
            rule=Rule(approvers=("entra-x", f"group:{text}"), needed=2),
            approvers=(),
            limits=USUAL,
            view=View(names={"entra-x": text}),
        ),
        "help": lists.help([(text, text, text)] * 20, demo=True, commands=[(text, text)]),
    }
