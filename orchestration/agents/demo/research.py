"""The research team by rule: a plan for the question, what each of them finds, and the report."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from agent_framework import Message

from orchestration.agents.demo.rule import Rule
from orchestration.agents.demo.words import cut, points

TEAM = ("researcher", "analyst", "writer")
_REQUEST = re.compile(
    r"(?:Here is the request|following (?:request|task)|the following task):?\s*\n+(.+?)\n\n", re.DOTALL
)
_QUESTION = re.compile(r"The question:\s*\n(.+)\Z", re.DOTALL)
_WITHOUT = re.compile(
    r"(?:without|skip|no|leave out|drop)\s+(?:the\s+|an\s+)?(analy|research|fact)", re.IGNORECASE
)
_DOES = {
    "researcher": "Gather what is known about “{about}”: for it, against it, and from whom.",
    "analyst": "Weigh what was found about “{about}”: what follows, and how sure is it?",
    "writer": "Write the report about “{about}”: the answer first, then the reasons.",
}
_PLANNED = {
    "researcher": "The researcher gathers what is known about it.",
    "analyst": "The analyst weighs it: what follows, and how sure it is.",
    "writer": "The writer writes the report: the answer first, then the reasons.",
}


def manager(messages: Sequence[Message], _options: Mapping[str, Any]) -> str:
    """Lead the team: answer what the framework asks a manager, one kind of prompt after the other."""
    asked = messages[-1].text
    if "pre-survey" in asked or "rewrite the following fact sheet" in asked:
        return _facts(asked)
    if "bullet-point" in asked:
        return _plan(messages)
    if "pure JSON format" in asked:
        return _ledger(messages)
    return _report(messages)


def researcher(messages: Sequence[Message], _options: Mapping[str, Any]) -> str:
    """List what there is to find about the topic of the task."""
    about = _about(messages)
    return (
        f"What I found about {about}:\n"
        f"- For it: those who tried it report that {about} saved them time. Source: three reports of users.\n"
        f"- Against it: it costs effort in the first weeks. Source: the same reports.\n"
        f"- Not known: how it is after a year. Nobody has measured it."
    )


def analyst(messages: Sequence[Message], _options: Mapping[str, Any]) -> str:
    """Say what follows."""
    return (
        f"What follows for {_about(messages)}: the gain is likely and comes late, the effort is sure and "
        "comes first. A trial that can be ended costs little."
    )


def writer(messages: Sequence[Message], _options: Mapping[str, Any]) -> str:
    """Write the report from what the others said."""
    about = _about(messages)
    weighed = any("What follows for" in message.text for message in messages)
    found = any("What I found about" in message.text for message in messages)
    reasons = [
        *(["Those who tried it saved time; the first weeks cost effort."] if found else []),
        *(["The gain comes late and the effort first, so begin small."] if weighed else []),
        "Nobody knows yet how it is after a year.",
    ]
    lines = "\n".join(f"- {reason}" for reason in reasons)
    return f"{about}\n\nAnswer: try it for six weeks with one team, then decide.\n\nReasons:\n{lines}"


def _facts(asked: str) -> str:
    return (
        f"- Given: the question itself, {_topic_in(asked)}.\n"
        "- To look up: the experience of others.\n"
        "- To work out: what it means here."
    )


def _plan(messages: Sequence[Message]) -> str:
    wishes = [point for wish in _wishes(messages) for point in points(wish) if not _WITHOUT.search(point)]
    steps = [_PLANNED[name] for name in _planned(messages)]
    steps[1:1] = [f"As asked: {cut(wish, 200)}." for wish in wishes]
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))


def _planned(messages: Sequence[Message]) -> list[str]:
    """Return who takes part, after what people wanted of the plan."""
    out = {found[1].casefold() for wish in _wishes(messages) if (found := _WITHOUT.search(wish))}
    skipped = {"analyst"} if "analy" in out else set[str]()
    skipped |= {"researcher"} if out & {"research", "fact"} else set()
    return [name for name in TEAM if name not in skipped]


def _wishes(messages: Sequence[Message]) -> list[str]:
    """Return what people asked to change: what users said, but for the task and the framework's prompts."""
    said = [message.text for message in messages if message.role == "user"]
    return [text for text in said[1:] if not re.search(r"pre-survey|fact sheet|bullet-point|pure JSON", text)]


def _ledger(messages: Sequence[Message]) -> str:
    done = {message.author_name for message in messages}
    left = [name for name in _planned(messages) if name not in done]
    name, about = (left[0] if left else TEAM[-1]), _topic_in(messages[-1].text)
    answers = {
        "is_request_satisfied": not left,
        "is_in_loop": False,
        "is_progress_being_made": True,
        "next_speaker": name,
        "instruction_or_question": _DOES[name].format(about=about),
    }
    return json.dumps({key: {"reason": "By the plan.", "answer": value} for key, value in answers.items()})


def _report(messages: Sequence[Message]) -> str:
    written = [message.text for message in messages if message.author_name == "writer"]
    return written[-1] if written else _topic_in(messages[-1].text)


def _topic_in(prompt: str) -> str:
    found = _REQUEST.search(prompt) or _QUESTION.search(prompt)
    return cut(" ".join((found[1] if found else prompt).split()).rstrip(" .?!"), 100)


def _about(messages: Sequence[Message]) -> str:
    """Return what a member's task is about: the words in its quotation marks."""
    found = re.search("\u201c(.+?)\u201d", messages[-1].text)
    return found[1] if found else cut(messages[-1].text, 100)


RULES: Mapping[str, Rule] = {
    "lead a small research team": manager,
    "researcher of a research team": researcher,
    "analyst of a research team": analyst,
    "writer of a research team": writer,
}
