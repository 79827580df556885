"""What people can type. Text in, a command out; no I/O.

A command word counts only where the rest of the line fits it: “cancel the second paragraph” is a reply.
"""

import re
from dataclasses import dataclass

from orchestration.model import Verdict


@dataclass(frozen=True)
class Help:
    """help: what one can type."""


@dataclass(frozen=True)
class Start:
    """run <workflow> <input>: start a run."""

    workflow: str
    text: str


@dataclass(frozen=True)
class ListRuns:
    """runs: the newest runs."""


@dataclass(frozen=True)
class ShowRun:
    """status [run]: how a run stands."""

    run: str


@dataclass(frozen=True)
class CancelRun:
    """cancel [run]: stop a run."""

    run: str


@dataclass(frozen=True)
class RetryRun:
    """retry [run] [from <number>]: start again with the same input, or from a saved state."""

    run: str
    checkpoint: int = 0


@dataclass(frozen=True)
class ListCheckpoints:
    """checkpoints [run]: the saved states of a run."""

    run: str


@dataclass(frozen=True)
class ResumeRun:
    """resume [run]: go on from what was saved."""

    run: str


@dataclass(frozen=True)
class Notify:
    """notify here, notify off: failure notices in this conversation."""

    wanted: bool


@dataclass(frozen=True)
class Reply:
    """Anything else: an answer to the question that waits in this conversation."""

    verdict: Verdict
    comment: str
    text: str


@dataclass(frozen=True)
class Unclear:
    """A word that could be a yes or a no, but is not plainly either: nothing is guessed."""

    text: str


Command = (
    Unclear
    | Help
    | Start
    | ListRuns
    | ListCheckpoints
    | ShowRun
    | CancelRun
    | RetryRun
    | ResumeRun
    | Notify
    | Reply
)

_ABOUT_A_RUN = {
    "status": ShowRun,
    "checkpoints": ListCheckpoints,
    "cancel": CancelRun,
    "retry": RetryRun,
    "resume": ResumeRun,
}
_ONE_RUN = re.compile(
    rf"(?P<verb>{'|'.join(_ABOUT_A_RUN)})(?:\s+run)?(?:\s+(?P<run>[^\s.!?]+))?[.!?]?", re.IGNORECASE
)
_FROM = re.compile(
    r"retry(?:\s+run)?\s+(?P<run>[^\s.!?]+)\s+from\s+(?P<number>[0-9]{1,6})[.!?]?", re.IGNORECASE
)
_START = re.compile(r"run\s+(?P<workflow>\S+)\s*(?P<text>.*)", re.IGNORECASE | re.DOTALL)
_NOTIFY = re.compile(r"notify\s+(?P<where>here|on|off)[.!]?", re.IGNORECASE)
_WORDS: dict[str, Command] = {
    "": Help(),
    "help": Help(),
    "hi": Help(),
    "hello": Help(),
    "runs": ListRuns(),
    "run": Start("", ""),
}
_APPROVE = re.compile(r"approved?(?:,?\s+(?:please|thanks|thank you))?[.!]*", re.IGNORECASE)
_REJECT = re.compile(
    r"reject(?:ed)?(?:[.!]*|\s*[:,.!\u2013\u2014-]\s+(?P<after>.+)|\s+(?P<why>(?:because|as|since)\b.+))",
    re.IGNORECASE | re.DOTALL,
)
"""“Reject the second paragraph” asks for a change; it must not end the run."""
_UNCLEAR = frozenset(
    "ok okay k yes y no n sure fine good great nice thanks lgtm done agreed 👍 👎 ✅ ❌".split()  # noqa: SIM905
)


def parse(text: str) -> Command:
    """Return what the text means. It is already free of the mention of the bot."""
    text = text.strip()
    word = text.lower().rstrip(".!?")
    if word in _WORDS:
        return _WORDS[word]
    if found := _START.fullmatch(text):
        return Start(found["workflow"], found["text"].strip())
    if found := _ONE_RUN.fullmatch(text):
        return _ABOUT_A_RUN[found["verb"].lower()]((found["run"] or "").lower())
    if found := _FROM.fullmatch(text):
        return RetryRun(found["run"].lower(), int(found["number"]))
    if found := _NOTIFY.fullmatch(text):
        return Notify(found["where"].lower() != "off")
    return _reply(text)


def _reply(text: str) -> Reply | Unclear:
    if _APPROVE.fullmatch(text):
        return Reply(Verdict.APPROVE, "", text)
    if found := _REJECT.fullmatch(text):
        return Reply(Verdict.REJECT, (found["after"] or found["why"] or "").strip(), text)
    if text.lower().rstrip("!., ") in _UNCLEAR:
        return Unclear(text)
    return Reply(Verdict.REQUEST_CHANGES, text, text)
