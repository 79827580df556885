"""The support desk by rule: who is asked for, what they ask back, and when it is done."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from agent_framework import Content, Message

from orchestration.agents.demo.rule import NOTES, Rule
from orchestration.agents.demo.words import cut, said_by_people

KEY = "last talk"
_TOPICS = {
    "billing": r"refund|invoice|charge[ds]?\b|payments?\b|\bpaid\b|\bbill|receipt|money back|twice",
    "technical": r"crash|error|log.?in|sign.?in|password|broken|\bbugs?\b|not work|slow\b|install|\bsync",
    "sales": r"\bpric(?:e|ing)|\bplans?\b|upgrade|discount|\bseats?\b|licen[cs]e|\bquote\b|\btrial\b|\bbuy\b",
}
_DONE = re.compile(
    r"that(?:'s|\u2019s| is| was) (?:all|it)\b|nothing else|no,? thank|all good|\bbye\b|"
    r"(?:i am|i'm|i\u2019m|we are) done",
    re.IGNORECASE,
)
_MORE = "Is there anything else?"
_NOTHING = re.compile(r"\W*(?:no|nope|nah|nothing|not now)\b\W*(?:thanks|thank you)?\W*", re.IGNORECASE)
_YES = re.compile(r"\b(?:yes|works|solved|fixed|better|great|perfect|fine|helped)\b", re.IGNORECASE)
_NO = re.compile(r"\b(?:no|not|still|same|worse|doesn)\b|n't|n\u2019t", re.IGNORECASE)
_NUMBER = re.compile(r"\b[A-Z]{0,4}-?\d{3,}\b")
_AMOUNT = re.compile(r"[$\u20ac\u00a3]\s?\d+(?:[.,]\d+)?|\b\d+(?:[.,]\d+)?\s?(?:euros?|dollars?|EUR|USD)\b")
_PEOPLE = re.compile(r"\b(\d{1,5})\s*(?:people|persons|users|seats|colleagues)\b", re.IGNORECASE)

_ASKS = {
    "technical": (
        "I can help with that. Which device do you use, and which version of the app?",
        "Thank you. What exactly do you see when it happens? The words of the message help most.",
        (
            "I know this one. Please do three things in this order: sign out, update the app, sign in again. "
            "Does it work now?"
        ),
    ),
    "billing": (
        "I can help with that. What is the number of the invoice?",
        "Thank you. What amount is it about, and how did you pay?",
        (
            "I have everything now. The amount goes back the way you paid, within five working days. "
            "Is that all right for you?"
        ),
    ),
    "sales": (
        "Gladly. For how many people shall it be?",
        "Good to know. What matters most to you: the price, more space, or help at any hour?",
        (
            "Then the Team plan fits best: it is paid by the month, and you can leave at any time. "
            "Shall I note that you want it?"
        ),
    ),
}
_SOLVED = {
    "technical": "Good, then it was the old sign-in. Is there anything else?",
    "billing": "Then it is on its way. Is there anything else?",
    "sales": "Noted: a colleague sends you the offer today. Is there anything else?",
}
_OPEN = {
    "technical": "Then I pass it on to our engineers, with all you told me; they write to you tomorrow.",
    "billing": "Then I put it before the head of billing, who writes to you tomorrow.",
    "sales": "No hurry: the offer stands for thirty days.",
}


def first_contact(messages: Sequence[Message], options: Mapping[str, Any]) -> str | list[Content]:
    """Find out who can help, and hand over."""
    said = said_by_people(messages)
    if _over(messages):
        return _call("end_conversation", messages)
    topic = _topic(said[-1])
    if topic and _offered(f"hand_over_to_{topic}", options):
        return _call(f"hand_over_to_{topic}", messages)
    if last := _last_talk(options):
        return f"Welcome back. Last time: {cut(last, 200)} Is it about that again, or something else?"
    if len(said) > 1:
        return f"Thank you. And “{cut(said[-1], 60)}”: does something not work, is it about money, or a plan?"
    return "Hello! What is it about: something that does not work, an invoice, or a plan?"


def colleague(role: str) -> Rule:
    """Return the rule of somebody who knows a topic."""

    def rule(messages: Sequence[Message], options: Mapping[str, Any]) -> str | list[Content]:
        said = said_by_people(messages)[-1]
        if _over(messages):
            return _call("end_conversation", messages)
        topic = _topic(said)
        if topic and topic != role and _offered(f"hand_over_to_{topic}", options):
            return _call(f"hand_over_to_{topic}", messages)
        turn = sum(message.author_name == role for message in messages)
        return _turn(role, turn, said, messages)

    return rule


def summary(messages: Sequence[Message], options: Mapping[str, Any]) -> str | list[Content]:
    """Sum up a talk that is given as a text; keep that for the first contact, if there is a memory."""
    text = _summary(next(message.text for message in messages if message.role == "user"))
    kept = sum(message.role == "tool" for message in messages)
    steps = (("remember", {"key": KEY, "text": text}), ("share_note", {"key": KEY, "agent": "triage"}))
    if kept < len(steps) and _offered(steps[kept][0], options):
        return _call(steps[kept][0], messages, steps[kept][1])
    return text


def _summary(talk: str) -> str:
    lines = [line for line in talk.split("\n\n")[1:] if line.strip()]
    person = [line.removeprefix("Person: ") for line in lines if line.startswith("Person: ")]
    solved = any(line.partition(": ")[2] in _SOLVED.values() for line in lines)
    last = next((line.partition(": ")[2] for line in reversed(lines) if not line.startswith("Person: ")), "")
    state = "It was solved." if solved else f"Last word of the desk: {cut(last, 200)}"
    return f"It was about: {cut(person[0] if person else 'nothing', 200)}\n\n{state}"


def _turn(role: str, turn: int, said: str, messages: Sequence[Message]) -> str:
    asks = _ASKS[role]
    if turn < len(asks):
        return f"{_noticed(messages)}{asks[turn]}"
    if turn == len(asks):
        solved = _YES.search(said) and not _NO.search(said)
        return _SOLVED[role] if solved else f"{_OPEN[role]} {_MORE}"
    return f"I have noted “{cut(said, 80)}”. {_MORE}"


def _noticed(messages: Sequence[Message]) -> str:
    """Return what stands in the person's last words that one would write down."""
    text = said_by_people(messages)[-1]
    parts = [found[0] for pattern in (_NUMBER, _AMOUNT, _PEOPLE) if (found := pattern.search(text))]
    return f"I have written down {' and '.join(dict.fromkeys(parts))}. " if parts else ""


def _over(messages: Sequence[Message]) -> bool:
    """Whether the person has nothing more to say: in so many words, or by a no when asked for more."""
    said = said_by_people(messages)[-1]
    asked = next((message.text for message in reversed(messages) if message.role == "assistant"), "")
    return bool(_DONE.search(said) or (asked.endswith(_MORE) and _NOTHING.fullmatch(said)))


def _topic(text: str) -> str:
    return next((topic for topic, words in _TOPICS.items() if re.search(words, text, re.IGNORECASE)), "")


def _offered(name: str, options: Mapping[str, Any]) -> bool:
    return name in {getattr(tool, "name", "") for tool in options.get("tools") or ()}


def _last_talk(options: Mapping[str, Any]) -> str:
    """Return what a memory says of the last talk; "": nothing."""
    for line in "\n".join(options.get(NOTES) or ()).splitlines():
        if line.startswith("{") and (note := json.loads(line))["key"] == KEY:
            return " ".join(str(note["text"]).split())
    return ""


def _call(
    name: str, messages: Sequence[Message], arguments: Mapping[str, str] | None = None
) -> list[Content]:
    """Return the call of a tool, with an id that is the same when the conversation is."""
    call_id = uuid5(NAMESPACE_OID, f"{name}|{len(messages)}|{messages[-1].text if messages else ''}").hex
    return [Content.from_function_call(call_id=call_id, name=name, arguments=json.dumps(arguments or {}))]


RULES: Mapping[str, Rule] = {
    "first contact of a support desk": first_contact,
    "technical support of a support desk": colleague("technical"),
    "billing of a support desk": colleague("billing"),
    "sales of a support desk": colleague("sales"),
    "talks of a support desk": summary,
}
