"""The tool with which an agent asks people, and how its calls become questions."""

from typing import Any, Final, cast

from agent_framework import FunctionTool

from orchestration.agents.tools import Call, faulty
from orchestration.messages import (
    APPROVE,
    DECISION,
    REPLY,
    REQUEST_CHANGES,
    REVIEW,
    SKIP,
    Answer,
    Option,
    Question,
    Rule,
)

NAME: Final = "request_user_input"
APPROVED: Final = "Approved."
"""How the answer to a question of yes or no begins when it is yes."""
MOST_OPTIONS, MOST_TITLE, MOST_DETAILS = 10, 300, 4_000

UNANSWERED: Final = "No answer. Do without it."
"""What the agent hears when somebody leaves a question in words."""

TOOL = FunctionTool(
    name=NAME,
    description=(
        "Ask the person who started this, and wait for the answer, when you cannot go on without it. "
        "Ask for one thing at a time, and never for what has been said already."
    ),
    func=None,
    input_model={
        "type": "object",
        "properties": {
            "question": {"type": "string", "minLength": 1, "maxLength": MOST_TITLE},
            "kind": {
                "type": "string",
                "enum": ["choice", "approval", "text"],
                "description": "choice: one of the options; approval: yes or no; text: in their own words",
            },
            "options": {
                "type": "array",
                "items": {"type": "string", "minLength": 1, "maxLength": 100},
                "maxItems": MOST_OPTIONS,
                "description": "Only for a choice, which needs two at least",
            },
            "details": {
                "type": "string",
                "maxLength": MOST_DETAILS,
                "description": "What the person should know to answer",
            },
        },
        "required": ["question", "kind"],
    },
)


def question(call: Call, rule: Rule) -> Question | str:
    """Return the question, or what the model hears when it cannot be asked."""
    if fault := faulty(TOOL, call):
        return fault
    given = call.arguments
    title, details = str(given["question"]), str(given.get("details") or "")
    if given["kind"] == "choice":
        return _choice(title, details, _unique(given), rule)
    return in_words(title, details, rule) if given["kind"] == "text" else Question(title, details, rule=rule)


def in_words(title: str, details: str, rule: Rule | None) -> Question:
    """Return a question that people answer in their own words, or not at all."""
    return Question(title, details, kind=REPLY, options=(SKIP,), rule=rule)


def _unique(given: dict[str, Any]) -> list[str]:
    options = [option.strip() for option in cast(list[str], given.get("options") or [])]
    return list(dict.fromkeys(option for option in options if option))  # nobody can click on an empty one


def _choice(title: str, details: str, titles: list[str], rule: Rule) -> Question | str:
    if len(titles) < 2:  # noqa: PLR2004 - a choice is between two things at least
        return "Not asked: a choice needs two different options at least. Call it again."
    options = tuple(Option(str(number), title) for number, title in enumerate(titles, 1))
    return Question(title, details, kind=DECISION, options=options, rule=rule)


def words(question: Question) -> str:
    """Return the question as other agents read it."""
    options = ", ".join(option.title for option in question.options if option != SKIP)
    return f"{question.title} ({options})" if options else question.title


def result(question: Question, answer: Answer) -> str:
    """Return the answer as agents read it."""
    chosen = next((option.title for option in question.options if option.id == answer.option), "")
    match answer.verdict:
        case verdict if verdict == APPROVE:
            said = chosen or _agreed(question, answer.comment)
        case verdict if verdict == REQUEST_CHANGES:
            said = f"Not like this. {answer.comment}"
        case _ if question.kind == REPLY:
            said = f"{UNANSWERED} {answer.comment}".strip()
        case _:
            said = f"No. {answer.comment}".strip()
    return said


def _agreed(question: Question, comment: str) -> str:
    """What somebody writes beside a yes must not hide it, and is all there is of a reply."""
    return f"{APPROVED} {comment}".strip() if question.kind == REVIEW else comment or APPROVED
