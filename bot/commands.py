"""What people can type. Text in, a command out; no I/O.

A command word counts only where the rest of the line fits it: “cancel the second paragraph” is a reply.
"""

import re
from collections.abc import Collection
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
class ListWorkflows:
    """workflows: what can be started."""


@dataclass(frozen=True)
class ShowWorkflow:
    """show <workflow>: what it does, step by step."""

    workflow: str


@dataclass(frozen=True)
class TryWorkflow:
    """try <workflow>: a test run with its example."""

    workflow: str


@dataclass(frozen=True)
class ListRuns:
    """runs: the newest runs."""


@dataclass(frozen=True)
class ShowStats:
    """stats: how runs went of late."""


@dataclass(frozen=True)
class ShowMemory:
    """memory: what agents remember, in numbers."""


@dataclass(frozen=True)
class ForgetMemory:
    """forget memory of <agent>: drop all its notes."""

    agent: str


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
class ExportRun:
    """export [run]: everything about a run as a file."""

    run: str


@dataclass(frozen=True)
class Notify:
    """notify here, notify off: failure notices in this conversation."""

    wanted: bool


@dataclass(frozen=True)
class ShowInbox:
    """inbox: what waits for me."""


@dataclass(frozen=True)
class Leave:
    """away until <day>, deputy <name>; away for <days>, deputy <name>: somebody else answers meanwhile."""

    until: str
    """With the word before it: "until friday", "for 3 days"."""
    deputy: str


@dataclass(frozen=True)
class ComeBack:
    """back: nobody else answers any more."""


@dataclass(frozen=True)
class ShowAbsence:
    """away: whether one is away, and for whom one stands in."""


@dataclass(frozen=True)
class RemindOf:
    """remind [run]: ask its questions once more."""

    run: str


@dataclass(frozen=True)
class WithdrawRun:
    """withdraw [run]: take its question back."""

    run: str


@dataclass(frozen=True)
class Reassign:
    """reassign <run> [from <person>] to <person>: somebody else decides."""

    run: str
    of: str
    to: str


@dataclass(frozen=True)
class Reply:
    """Anything else: an answer to the question that waits in this conversation."""

    verdict: Verdict
    comment: str
    text: str
    plain: bool = False
    """Nothing but yes or no, in so many words: all others are read back before they count."""


Command = (
    Help
    | ShowInbox
    | RemindOf
    | WithdrawRun
    | Reassign
    | Start
    | ListWorkflows
    | ShowWorkflow
    | TryWorkflow
    | ListRuns
    | ShowStats
    | ShowMemory
    | ForgetMemory
    | ListCheckpoints
    | ShowRun
    | CancelRun
    | RetryRun
    | ResumeRun
    | ExportRun
    | Notify
    | Leave
    | ComeBack
    | ShowAbsence
    | Reply
)

_ABOUT_A_RUN = {
    "status": ShowRun,
    "checkpoints": ListCheckpoints,
    "cancel": CancelRun,
    "retry": RetryRun,
    "resume": ResumeRun,
    "remind": RemindOf,
    "withdraw": WithdrawRun,
    "export": ExportRun,
}
_ONE_RUN = re.compile(
    rf"(?P<verb>{'|'.join(_ABOUT_A_RUN)})(?:\s+run)?(?:\s+(?P<run>[^\s.!?]+))?[.!?]?", re.IGNORECASE
)
_FROM = re.compile(
    r"retry(?:\s+run)?(?:\s+(?P<run>[^\s.!?]+))?\s+from\s+(?P<number>[0-9]{1,6})[.!?]?", re.IGNORECASE
)
_REASSIGN = re.compile(
    r"(?:reassign|hand\s+over)(?:\s+run)?\s+(?P<run>[^\s@]+)(?:\s+from\s+(?P<of>.+?))?\s+to\s+(?P<to>.+?)[.!?]?",
    re.IGNORECASE,
)
_START = re.compile(r"run\s+(?P<workflow>\S+)\s*(?P<text>.*)", re.IGNORECASE | re.DOTALL)
_ABOUT_A_WORKFLOW = re.compile(r"(?P<verb>show|try)\s+(?P<workflow>\S+?)[.!?]?", re.IGNORECASE)
_NOTIFY = re.compile(r"notify\s+(?P<where>here|on|off)[.!]?", re.IGNORECASE)
_FORGET = re.compile(r"forget\s+(?:the\s+)?memory\s+of\s+(?P<agent>[^\n]{1,60}?)[.!]?", re.IGNORECASE)
_AWAY = re.compile(
    r"(?:i\s+am\s+|i[\u2019']m\s+)?away\s+(?P<until>(?:until|till|for)\s+[^;\n]{1,40}?)"
    r"(?:\s*[,;]?\s+(?:with\s+|my\s+)?deputy(?:\s+is)?:?\s+(?P<deputy>[^\n]{1,200}?))?[.!]*",
    re.IGNORECASE,
)
_MOST_WORDS = 5
"""Of a day. “Away for the holidays reads odd in line 2” asks for a change."""
_WORDS: dict[str, Command] = {
    "": Help(),
    "help": Help(),
    "hi": Help(),
    "hello": Help(),
    "workflows": ListWorkflows(),
    "show workflows": ListWorkflows(),
    "runs": ListRuns(),
    "inbox": ShowInbox(),
    "stats": ShowStats(),
    "statistics": ShowStats(),
    "memory": ShowMemory(),
    "run": Start("", ""),
    "away": ShowAbsence(),
    "back": ComeBack(),
    "i am back": ComeBack(),
    "i'm back": ComeBack(),
    "i\u2019m back": ComeBack(),
}
_APPROVE = re.compile(r"approved?(?:,?\s+(?:please|thanks|thank you))?[.!]*", re.IGNORECASE)
_REJECT = re.compile(
    r"reject(?:ed)?(?:[.!]*|\s*[:,.!\u2013\u2014-]\s+(?P<after>.+)|\s+(?P<why>(?:because|as|since)\b.+))",
    re.IGNORECASE | re.DOTALL,
)
"""“Reject the second paragraph” asks for a change; it must not end the run."""
_GREETING = re.compile(r"(?:hi|hello)[.!?]*", re.IGNORECASE)
_RUN_ID = re.compile(r"(?:run-[0-9]{8}-)?[a-z2-7]{8}", re.IGNORECASE)
_LIKE_YES = frozenset("ok okay k yes y sure fine good great nice thanks lgtm done agreed 👍 ✅".split())  # noqa: SIM905
_LIKE_NO = frozenset("no n nope 👎 ❌".split())  # noqa: SIM905


def parse_in_talk(text: str, workflows: Collection[str]) -> Command:
    """Return what the text means to somebody with whom an agent talks: only what surely is one is a command.

    “Cancel it please”, “run away” and “hello” are answers there.
    """
    command = parse(text, workflows)
    match command:
        case Start(workflow) if workflow and workflow.lower() not in workflows:
            return _reply(text.strip())
        case Help() if _GREETING.fullmatch(text.strip()):
            return _reply(text.strip())
        case _ if (run := getattr(command, "run", "")) and not _RUN_ID.fullmatch(run):
            return _reply(text.strip())
        case _:
            return command


def parse(text: str, workflows: Collection[str] = ()) -> Command:
    """Return what the text means. It is already free of the mention of the bot.

    `workflows` are the names that exist: “try again” and “show prices” are replies.
    """
    text = text.strip()
    word = text.lower().rstrip(".!?")
    if word in _WORDS:
        return _WORDS[word]
    if found := _START.fullmatch(text):
        return Start(found["workflow"], found["text"].strip())
    if (found := _ABOUT_A_WORKFLOW.fullmatch(text)) and found["workflow"].lower() in workflows:
        about = ShowWorkflow if found["verb"].lower() == "show" else TryWorkflow
        return about(found["workflow"].lower())
    if found := _ONE_RUN.fullmatch(text):
        return _ABOUT_A_RUN[found["verb"].lower()]((found["run"] or "").lower())
    if found := _FROM.fullmatch(text):
        return RetryRun((found["run"] or "").lower(), int(found["number"]))
    if found := _REASSIGN.fullmatch(text):
        return Reassign(found["run"].lower(), (found["of"] or "").strip(), found["to"].strip())
    if found := _NOTIFY.fullmatch(text):
        return Notify(found["where"].lower() != "off")
    if found := _FORGET.fullmatch(text):
        return ForgetMemory(found["agent"].strip())
    if (found := _AWAY.fullmatch(text)) and (found["deputy"] or len(found["until"].split()) <= _MOST_WORDS):
        return Leave(found["until"], found["deputy"] or "")
    return _reply(text)


def _reply(text: str) -> Reply:
    if _APPROVE.fullmatch(text):
        return Reply(Verdict.APPROVE, "", text, plain=True)
    if found := _REJECT.fullmatch(text):
        why = (found["after"] or found["why"] or "").strip()
        return Reply(Verdict.REJECT, why, text, plain=not why)
    word = text.lower().rstrip("!., ")
    if word in _LIKE_YES | _LIKE_NO:
        return Reply(Verdict.APPROVE if word in _LIKE_YES else Verdict.REJECT, "", text)
    return Reply(Verdict.REQUEST_CHANGES, text, text)
