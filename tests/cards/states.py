"""Every state of every card, made from records as small as they can be. Tests draw, compare and read them."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from cards import (
    absence,
    approval,
    confirm,
    elsewhere,
    failure,
    handover,
    inbox,
    lists,
    memory,
    pages,
    result,
    run,
    stats,
    usage,
    workflows,
)
from cards.actions import Confirm
from cards.pictures import picture
from cards.view import View
from orchestration.limits import USUAL
from orchestration.messages import BUDGET, DATA, DECISION, INPUT, PLAN, REPLY, REQUESTER, TOOL, Option, Rule
from orchestration.model import (
    Approval,
    ApprovalStatus,
    Decision,
    Failure,
    Graph,
    Handover,
    Memory,
    MemoryLimits,
    Node,
    Note,
    Person,
    Remedy,
    Run,
    RunStatus,
    Saved,
    Share,
    Step,
    Usage,
    Verdict,
    used,
)
from orchestration.prices import Money
from orchestration.statistics import Figures, Scope, Spending
from tests.cards.samples import BEGUN, CALL, CUSTOMER, NEW, TRIP

NOON = datetime(2026, 11, 21, 14, 2, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)

MIA = Person("tenant-1", "entra-mia", "Mia Chen")
BEN = Person("tenant-1", "entra-ben", "Ben Okafor")

STEPS = (
    Step("gather", "Gather the changes"),
    Step("write", "Write the draft"),
    Step("ask", "Ask for sign-off"),
    Step("publish", "Publish"),
)

DRAFT = """Payments API 4.2

Faster refunds and fewer surprises for people who integrate.

- Refunds are confirmed in seconds instead of minutes.
- Webhooks are delivered again for three days after a failure.
  Older versions gave up after one hour.
- The field "amount_due" is deprecated; use "amount".

Nothing else changes for existing integrations."""

RUN = Run(
    tenant="tenant-1",
    id="run-20261121-ab12cd34",
    workflow="release-notes",
    workflow_version=1,
    workflow_title="Release notes",
    title="Payments API",
    steps=STEPS,
    requester=MIA,
    conversation="19:team",
    started=NOON,
    changed=NOON,
    model="gpt",
    status=RunStatus.WAITING,
    step="ask",
)

QUESTION = Approval(
    id="5f0c9a52-0001",
    tenant="tenant-1",
    run=RUN.id,
    title="Publish these release notes?",
    text=DRAFT,
    step="ask",
    asked=LATER,
    conversation="19:team",
    revision=2,
    last_revision=5,
)

FAILURE = Failure(
    id="failure-1",
    step="write",
    step_title="Write the draft",
    position=2,
    total=4,
    reason="The model did not answer within 60 seconds.",
    cause="TimeoutError",
    at=LATER,
    kept="Saved: everything up to step 1, Gather the changes.",
)


ANN, CARA, DAN = (
    Person("tenant-1", f"entra-{name.split()[0].lower()}", name)
    for name in ("Ann Lindqvist", "Cara Diaz", "Dan Novak")
)
NAMES = {person.id: person.name for person in (MIA, BEN, ANN, CARA, DAN)}
VIEW = View(names=NAMES)
QUORUM = replace(
    QUESTION,
    title="Pay Contoso 12,400 EUR?",
    text="Invoice 2026-117, due on 30 November.\nThe order and the delivery note fit.",
    revision=1,
    last_revision=0,
    approvers=(BEN.id, ANN.id, CARA.id),
    needed=2,
    excluded=MIA.id,
    expires=LATER + timedelta(days=2),
    on_expiry="reject",
)
VOTED = replace(
    QUORUM, votes=(Decision(Verdict.APPROVE, "Checked against the order.", BEN, LATER, "click-1"),)
)
HANDED = replace(VOTED, approvers=(BEN.id, CARA.id, DAN.id), handovers=(Handover(ANN.id, DAN, ANN, LATER),))
ESCALATED = replace(QUORUM, superiors=(DAN.id,), reminded=LATER)
CHOICE = replace(
    QUESTION,
    kind=DECISION,
    title="Where shall we meet Contoso?",
    text="Both places are free on Friday.",
    revision=1,
    last_revision=0,
    options=(
        Option("berlin", "Berlin", "by train, 4 hours"),
        Option("rome", "Rome", "by plane, two nights"),
        Option("online", "Online"),
    ),
)


TOOL_CALL = replace(
    QUESTION,
    kind=TOOL,
    title="Send this message to Contoso?",
    text="The customer asked for an offer. The agent has written one.",
    subject="send_mail",
    proposed=json.dumps(CALL),
    revision=1,
    last_revision=0,
)
DATA_REVIEW = replace(
    TOOL_CALL,
    kind=DATA,
    title="Change this customer?",
    text="The customer wrote on Friday.",
    before=json.dumps(CUSTOMER),
    proposed=json.dumps(NEW),
    schema=json.dumps({"properties": {"credit_limit": {"type": "number", "maximum": 9000}}}),
)
TRIP_FORM = replace(TOOL_CALL, kind=INPUT, title="Where to?", text="", proposed="", schema=json.dumps(TRIP))
FILLED_IN = replace(TRIP_FORM).decided(
    Decision(Verdict.APPROVE, "", BEN, LATER, "click-1", values=json.dumps(BEGUN))
)
PLANNED = replace(
    QUESTION,
    kind=PLAN,
    title="Work like this?",
    text="1. Read the ticket\n2. Look the customer up\n3. Write an answer",
    revision=1,
    last_revision=0,
)

TALK = replace(
    QUESTION,
    kind=REPLY,
    title="Billing",
    text="I have written down INV-4711. What amount is it about, and how did you pay? Please look at the "
    "statement of your card: the last two charges are the ones that matter, with the day of each of them.",
    revision=1,
    last_revision=0,
    approvers=(MIA.id,),
    options=(Option("done", "I am done"),),
)
DESK = replace(
    RUN,
    workflow="support",
    workflow_title="Support",
    title="I was charged twice for my invoice",
    steps=(
        Step("triage", "First contact", role=True),
        Step("technical", "Technical support", role=True),
        Step("billing", "Billing", role=True),
        Step("sales", "Sales", role=True),
        Step("summary", "Sum up"),
    ),
    step="billing",
    status=RunStatus.WAITING,
    spent=(("triage", 2.0), ("billing", 41.0)),
)


def started(status: RunStatus, step: str = "ask", **changes: Any) -> Run:
    ended = {"ended": LATER} if status in {"completed", "rejected", "failed", "cancelled"} else {}
    return replace(RUN, status=status, step=step, **ended, **changes)


def answered(verdict: Verdict, comment: str = "") -> Approval:
    return QUESTION.decided(Decision(verdict, comment, BEN, LATER, "click-1"))


FAILED = started(RunStatus.FAILED, "write")
DEMO = replace(RUN, model="demo")
LONG = "\n\n".join(f"Paragraph {number}. " + "Nothing in it is a surprise. " * 20 for number in range(1, 60))
REMEDIED = replace(FAILURE, remedy=Remedy.RESUMED, remedied_by=BEN, remedied_at=LATER)
ELSEWHERE = replace(
    QUESTION, id="5f0c9a52-0002", run="run-20261121-ef56ab78", title="Send this offer to Contoso?"
)
WORKFLOWS = [
    ("release-notes", "Write release notes and publish them after sign-off", "payments API"),
    ("offer", "Draft an offer, two people sign it off", "Contoso, 20 seats"),
]

EXPIRED = Decision(Verdict.REJECT, "Nobody answered in time.", Person("tenant-1", "", "Signoff"), LATER, "x")
AWAY = "The model gpt could not be reached, or the connection broke."
SPARE = tuple(replace(step, fallback="A plain list of the changes") for step in STEPS)

SAVED = [
    Saved(
        7, 4, LATER, "Ask for sign-off", ("Publish these release notes?",), "Payments API 4.2 Faster refunds"
    ),
    Saved(5, 3, LATER, "Ask for sign-off", (), ""),
    Saved(1, 0, NOON, "Gather the changes", (), ""),
]

SPENT = (("gather", 3.2), ("write", 41.7), ("ask", 0.01))
FIGURES = Figures(
    runs=43,
    statuses=(
        (RunStatus.RUNNING, 1),
        (RunStatus.WAITING, 4),
        (RunStatus.COMPLETED, 31),
        (RunStatus.REJECTED, 2),
        (RunStatus.FAILED, 3),
        (RunStatus.CANCELLED, 2),
    ),
    answers=38,
    usual=timedelta(minutes=4),
    longest=timedelta(days=2, hours=3),
    failed_steps=(("Write the draft", 4), ("Publish", 1)),
    causes=(("ModelAwayError", 3), ("StepTimeoutError", 1), ("ValueError", 1)),
)
MANY = Figures(
    runs=500,
    more=True,
    statuses=((RunStatus.TRYING_AGAIN, 1), (RunStatus.COMPLETED, 482), (RunStatus.FAILED, 17)),
    answers=1,
    usual=timedelta(seconds=48),
    longest=timedelta(seconds=48),
    failed_steps=tuple(
        (f"Check number {number} of everything (Release notes)", 9 - number) for number in range(1, 8)
    ),
    causes=(("Expired", 17),),
)


def share(step: str, model: str, calls: int, tokens: tuple[int, int], cost: str) -> Share:
    return Share(step, model, calls, *tokens, Decimal(cost), "EUR" if cost != "0" else "")


SHARES = (
    share("gather", "qwen-local", 2, (3_100, 240), "0"),
    share("write", "gpt-5.2", 9, (26_800, 3_260), "0.41"),
    share("ask", "gpt-5.2-mini", 1, (520, 80), "0.0013"),
)
USED = {"usage": used(SHARES), "shares": SHARES}
EUROS = Money(Decimal("2.50"), "EUR")
BUDGETED = replace(
    QUESTION,
    kind=BUDGET,
    title="This run has used EUR 2.61 of the EUR 2.50 it may. Go on?",
    text=(
        "It has made 41 calls to models, with 214,000 tokens in all.\n\n"
        "If it goes on, it may use EUR 2.50 more before this is asked again. If not, it ends here. "
        "What it has is saved: “retry ab12cd34 from 7” starts again from there."
    ),
    revision=1,
    last_revision=0,
    grants=EUROS,
)
PAID = replace(
    FIGURES,
    usage=Usage(412, 1_904_000, 230_000),
    costs=(Money(Decimal("31.07"), "EUR"),),
    spenders=(
        Spending("Mia Chen", Usage(301, 1_500_000, 180_000), (Money(Decimal("24.8"), "EUR"),)),
        Spending("Ben Okafor", Usage(104, 400_000, 49_000), (Money(Decimal("6.2699"), "EUR"),)),
        Spending("Ann Lindqvist", Usage(7, 4_000, 1_000), (Money(Decimal("0.0001"), "EUR"),)),
    ),
)
MEMORIES = (
    Memory(
        "tenant-1",
        "writer",
        (
            Note("19:team", "tone", 90, 1, NOON, LATER),
            Note("", "names", 61_000, 2, NOON, LATER),
        ),
        hits=12,
        expired=3,
        evicted=1,
    ),
    Memory(
        "tenant-1",
        "researcher",
        tuple(Note("", f"source {number}", 212_000, 1, NOON, LATER) for number in range(16)),
        hits=1,
    ),
    Memory("tenant-1", "reviewer"),
)

Card = dict[str, Any]

CATALOG = [
    workflows.Entry(
        "release-notes",
        "Release notes",
        "Writes release notes from a few points, and asks people about each draft.",
        "Faster search, dark mode and a fix for sign-in on iOS",
        STEPS,
    ),
    workflows.Entry(
        "plan-an-event",
        "Plan an event",
        "",
        "A dinner for twelve people in Lisbon",
        (
            Step("read", "Read the request"),
            Step("venue", "Find a venue"),
            Step("food", "Plan the food"),
            Step("travel", "Book travel and hotel", fallback="ask the travel office"),
            Step("budget", "Approve the budget"),
            Step("invite", "Send the invitations"),
        ),
    ),
]
LOOP = Graph(
    tuple(Node(step.id, step.title, asks=step.id == "ask") for step in STEPS),
    (("gather", "write"), ("write", "ask"), ("ask", "write"), ("ask", "publish")),
)
FAN = Graph(
    tuple(Node(step.id, step.title, asks=step.id == "budget") for step in CATALOG[1].steps),
    (
        *(("read", each) for each in ("venue", "food", "travel")),
        *((each, "budget") for each in ("venue", "food", "travel")),
        *(("budget", "venue"), ("budget", "invite")),
    ),
)
LARGE = Graph(
    tuple(Node(f"s{n}", f"Look at part {n} of the contract", asks=n in {4, 17}) for n in range(20)),
    (
        *((f"s{n}", f"s{n + 1}") for n in (*range(2), *range(11, 19))),
        *(("s2", f"s{n}") for n in range(3, 11)),
        *((f"s{n}", "s11") for n in range(3, 11)),
        *(("s17", "s12"), ("s18", "s0"), ("s12", "s16")),
    ),
)
STRICT = Rule(
    approvers=("group:finance", BEN.id, ANN.id),
    needed=2,
    comment_on_reject=True,
    remind_after=4 * 3600,
    escalate_after=86400,
    escalate_to=((CARA.id,),),
    expires_after=3 * 86400,
    working_time=True,
)


def explained(entry: workflows.Entry, graph: Graph, rule: Rule = STRICT, **more: Any) -> Card:
    return workflows.shown(
        entry, graph=graph, picture=picture(graph), rule=rule, approvers=(), limits=USUAL, view=VIEW, **more
    )


def large() -> Card:
    steps = tuple(Step(node.id, node.title) for node in LARGE.nodes)
    return explained(workflows.Entry("contract", "Check a contract", "x " * 300, "y " * 300, steps), LARGE)


STATES: dict[str, Callable[[], Card]] = {
    "approval-pending": lambda: approval.card(QUESTION, RUN),
    "approval-pending-demo": lambda: approval.card(
        replace(QUESTION, last_revision=0, approvers=(MIA.id,)), DEMO
    ),
    "approval-pending-last-revision": lambda: approval.card(
        replace(QUESTION, revision=5, approvers=("a", "b")), RUN
    ),
    "approval-pending-long": lambda: approval.card(replace(QUESTION, text=LONG), RUN),
    "approval-held": lambda: approval.card(QUESTION, started(RunStatus.FAILED)),
    "approval-quorum": lambda: approval.card(QUORUM, RUN, VIEW),
    "approval-quorum-voted": lambda: approval.card(VOTED, RUN, VIEW),
    "approval-quorum-handed-over": lambda: approval.card(HANDED, RUN, VIEW),
    "approval-quorum-unnamed": lambda: approval.card(QUORUM, RUN),
    "approval-escalated": lambda: approval.card(ESCALATED, RUN, VIEW),
    "approval-for-approver": lambda: approval.card(VOTED, RUN, replace(VIEW, more=False, hand_over=True)),
    "approval-for-requester": lambda: approval.card(
        VOTED, RUN, replace(VIEW, decide=False, more=False, hand_over=True, remind=True, withdraw=True)
    ),
    "approval-for-others": lambda: approval.card(VOTED, RUN, replace(VIEW, decide=False, more=False)),
    "approval-quorum-approved": lambda: approval.card(
        replace(
            VOTED, votes=(*VOTED.votes, Decision(Verdict.APPROVE, "", DAN, LATER, "click-2", seat=ANN.id))
        ).decided(Decision(Verdict.APPROVE, "", DAN, LATER, "click-2", seat=ANN.id)),
        RUN,
        VIEW,
    ),
    "budget": lambda: approval.card(BUDGETED, RUN, VIEW),
    "budget-approved": lambda: approval.card(
        BUDGETED.decided(Decision(Verdict.APPROVE, "", BEN, LATER, "click-1")), RUN, VIEW
    ),
    "budget-rejected": lambda: approval.card(
        BUDGETED.decided(Decision(Verdict.REJECT, "It goes round in circles.", BEN, LATER, "click-1")), RUN
    ),
    "choice": lambda: approval.card(CHOICE, RUN, VIEW),
    "choice-made": lambda: approval.card(
        CHOICE.decided(Decision(Verdict.APPROVE, "", BEN, LATER, "click-1", option="rome")), RUN, VIEW
    ),
    "tool-call": lambda: approval.card(TOOL_CALL, RUN, VIEW),
    "tool-call-rejected": lambda: approval.card(
        TOOL_CALL.decided(Decision(Verdict.REJECT, "Attach the price list.", BEN, LATER, "click-1")), RUN
    ),
    "data-review": lambda: approval.card(DATA_REVIEW, RUN, VIEW),
    "data-review-editing": lambda: approval.editing(DATA_REVIEW, RUN, VIEW),
    "form": lambda: approval.card(TRIP_FORM, RUN, VIEW),
    "form-filled-in": lambda: approval.card(FILLED_IN, RUN, VIEW),
    "reply": lambda: approval.card(TALK, DESK, VIEW),
    "reply-without-end": lambda: approval.card(replace(TALK, options=()), DESK, VIEW),
    "reply-answered": lambda: approval.card(
        TALK.decided(Decision(Verdict.APPROVE, "49 euros, by card, on Friday", MIA, LATER, "click-1")), DESK
    ),
    "reply-answered-short": lambda: approval.card(
        replace(TALK, text="Which invoice?").decided(Decision(Verdict.APPROVE, "The last", MIA, LATER, "1")),
        DESK,
    ),
    "reply-ended": lambda: approval.card(
        TALK.decided(Decision(Verdict.REJECT, "", MIA, LATER, "click-1")), DESK
    ),
    "reply-too-late": lambda: approval.card(
        TALK.expired(Decision(Verdict.REJECT, "Nobody answered in time.", MIA, LATER, "1"), LATER), DESK
    ),
    "reply-confirm": lambda: confirm.reading(
        TALK, Confirm(RUN.id, TALK.id, Verdict.APPROVE, MIA.id, "49 euros"), MIA
    ),
    "run-roles": lambda: run.card(DESK, LATER),
    "run-roles-completed": lambda: run.card(
        replace(DESK, status=RunStatus.COMPLETED, step="summary", ended=LATER), LATER
    ),
    "plan": lambda: approval.card(PLANNED, RUN, VIEW),
    "away": lambda: absence.form("You are not away.", away=False),
    "away-set": lambda: absence.form(
        "You are away until the end of Tue, 1 Dec 2026 (CET). Ben Okafor can answer for you until then.",
        away=True,
    ),
    "hand-over": lambda: handover.card_of(QUORUM, RUN, replace(VIEW, person=MIA.id)),
    "confirm": lambda: confirm.reading(
        QUESTION,
        Confirm(RUN.id, QUESTION.id, Verdict.REQUEST_CHANGES, MIA.id, "Please mention the price."),
        MIA,
    ),
    "confirm-yes": lambda: confirm.reading(
        QUESTION, Confirm(RUN.id, QUESTION.id, Verdict.APPROVE, MIA.id), MIA
    ),
    "inbox": lambda: inbox.page(
        [inbox.Waiting(each, RUN) for each in (QUORUM, ELSEWHERE, CHOICE)], more=True, first=True
    ),
    "inbox-empty": lambda: inbox.page([], more=False, first=True),
    "inbox-results": lambda: inbox.results(
        [
            inbox.Result(
                QUORUM.title, RUN.id, "Recorded. 2 must approve; more answers are needed.", done=True
            ),
            inbox.Result(
                ELSEWHERE.title,
                ELSEWHERE.run,
                "Nothing was changed: it was settled already, rejected by Ben Okafor.",
                done=False,
            ),
        ]
    ),
    "approval-approved": lambda: approval.card(answered(Verdict.APPROVE), RUN),
    "approval-changes-requested": lambda: approval.card(
        answered(Verdict.REQUEST_CHANGES, "Say which version.\nAnd name the date."), RUN
    ),
    "approval-rejected": lambda: approval.card(answered(Verdict.REJECT, "Not before the audit."), RUN),
    "approval-cancelled": lambda: approval.card(QUESTION.cancelled(LATER), started(RunStatus.CANCELLED)),
    "approval-timed-out": lambda: approval.card(
        replace(QUESTION, status=ApprovalStatus.TIMED_OUT, closed=LATER), RUN
    ),
    "approval-expired": lambda: approval.card(QUESTION.expired(EXPIRED, LATER), RUN),
    "approval-pending-reminder": lambda: approval.card(
        replace(QUESTION, reminded=LATER, expires=NOON + timedelta(days=2)), RUN
    ),
    "run-trying-again": lambda: run.card(
        started(RunStatus.TRYING_AGAIN, "write", trouble=AWAY, again=LATER), NOON + timedelta(minutes=4)
    ),
    "run-fallback": lambda: run.card(
        started(RunStatus.RUNNING, "ask", steps=SPARE, diverted=("write",)), LATER
    ),
    "run-queued": lambda: run.card(started(RunStatus.QUEUED, ""), NOON),
    "run-running": lambda: run.card(started(RunStatus.RUNNING, "write"), NOON + timedelta(minutes=2)),
    "run-running-left": lambda: run.card(
        started(RunStatus.RUNNING, "write", spent=SPENT[:1], since=NOON + timedelta(seconds=4)),
        NOON + timedelta(seconds=50),
        timedelta(seconds=95),
    ),
    "run-waiting": lambda: run.card(RUN, LATER),
    "run-waiting-since": lambda: run.card(replace(RUN, spent=SPENT, since=NOON), LATER),
    "run-completed-times": lambda: run.card(
        started(RunStatus.COMPLETED, "publish", spent=(*SPENT, ("publish", 4.5))), LATER
    ),
    "run-failed-times": lambda: run.card(replace(FAILED, spent=SPENT[:2]), LATER),
    "run-completed-cost": lambda: run.card(
        started(RunStatus.COMPLETED, "publish", spent=SPENT, **USED), LATER
    ),
    "run-waiting-usage": lambda: run.card(
        replace(RUN, usage=Usage(1, 700, 50), shares=(Share("write", "m", 1, 700, 50),)), LATER
    ),
    "usage": lambda: usage.card(started(RunStatus.COMPLETED, "publish", **USED)),
    "usage-none": lambda: usage.card(DEMO),
    "run-waiting-demo": lambda: run.card(DEMO, LATER),
    "run-completed": lambda: run.card(started(RunStatus.COMPLETED, "publish"), LATER),
    "run-rejected": lambda: run.card(started(RunStatus.REJECTED), LATER),
    "run-failed": lambda: run.card(FAILED, LATER),
    "run-cancelled": lambda: run.card(started(RunStatus.CANCELLED), LATER),
    "result": lambda: result.card(started(RunStatus.COMPLETED, "publish"), DRAFT),
    "failure": lambda: failure.card(FAILURE, FAILED),
    "failure-not-resumable": lambda: failure.card(
        replace(FAILURE, resumable=False, reason="x " * 300), FAILED
    ),
    "failure-resumed": lambda: failure.card(REMEDIED, started(RunStatus.RUNNING)),
    "failure-retried": lambda: failure.card(
        replace(REMEDIED, remedy=Remedy.RETRIED, successor="run-20261121-ef56ab78"), FAILED
    ),
    "page": lambda: pages.page(RUN, QUESTION.id, QUESTION.title, LONG, 2),
    "help": lambda: lists.help(WORKFLOWS, demo=True, commands=[("runs", "Show what runs and what waits")]),
    "welcome": lambda: lists.welcome(WORKFLOWS, demo=False),
    "runs": lambda: lists.runs([RUN, FAILED, started(RunStatus.COMPLETED, "publish")], LATER),
    "saved": lambda: lists.saved(started(RunStatus.FAILED, "write"), SAVED),
    "saved-none": lambda: lists.saved(started(RunStatus.QUEUED, ""), []),
    "stats": lambda: stats.card(Scope.HERE, FIGURES),
    "stats-cost": lambda: stats.card(Scope.ALL, PAID),
    "stats-cost-here": lambda: stats.card(Scope.HERE, PAID),
    "stats-many": lambda: stats.card(Scope.ALL, MANY),
    "stats-none": lambda: stats.card(Scope.OWN, Figures()),
    "workflows": lambda: workflows.listed(CATALOG),
    "workflows-problems": lambda: workflows.listed(
        CATALOG * 5,
        [f"Workflows of the package acme{number} (acme:ALL) are left out, because…" for number in range(7)],
    ),
    "workflow": lambda: explained(CATALOG[0], LOOP, Rule()),
    "workflow-rule": lambda: explained(CATALOG[1], FAN),
    "workflow-started": lambda: explained(CATALOG[0], LOOP, Rule(approvers=(REQUESTER,)), started=RUN),
    "workflow-large": large,
    "memory": lambda: memory.card(MEMORIES, MemoryLimits()),
    "memory-none": lambda: memory.card([], MemoryLimits()),
    "runs-none": lambda: lists.runs([], NOON),
    "approval-elsewhere": lambda: elsewhere.explained(approval.card(QUESTION, RUN)),
    "moved": lambda: lists.moved(RUN),
    "failure-stopped": lambda: failure.card(
        replace(REMEDIED, remedy=Remedy.CANCELLED), started(RunStatus.CANCELLED)
    ),
    "which": lambda: lists.which([QUESTION, ELSEWHERE], Verdict.REQUEST_CHANGES, "shorter please"),
}


def parts(node: Any) -> Iterator[dict[str, Any]]:
    """Every part of a card, the card itself first."""
    if isinstance(node, dict):
        if "type" in node:
            yield node
        for value in node.values():
            yield from parts(value)
    elif isinstance(node, list):
        for value in node:
            yield from parts(value)
