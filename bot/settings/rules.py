"""Reads the rules of workflows from a policy file: who decides their questions, and when time is up."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from bot.settings.tables import Table, shown
from bot.settings.texts import guid, seconds
from orchestration.calendar import WorkingCalendar
from orchestration.groups import PREFIX
from orchestration.messages import APPROVE, EVERYONE, REJECT, Rule
from orchestration.questions import MOST_APPROVERS
from orchestration.timers import FAIL

DAY, WEEK, YEAR = 86_400.0, 7 * 86_400.0, 365 * 86_400.0
"""Seconds; no run lives longer than a year."""
_EXPIRIES = (APPROVE, REJECT, FAIL)
_KEYS = (
    *("approvers", "needed", "own", "comment_on_reject", "remind_after", "expires_after", "on_expiry"),
    *("escalate_after", "escalate_to", "working_time"),
)


@dataclass(frozen=True)
class Surroundings:
    """What is known outside the policy file."""

    workflows: Collection[str] = ()
    """Names of those that exist."""
    approvers: Collection[str] = ()
    """Those who decide where a rule names nobody; empty: whoever sees the question."""
    usual: Rule = field(default_factory=Rule)
    """Has the times that a rule does not state."""


@dataclass(frozen=True)
class Known:
    """What the rules in a policy file may refer to."""

    around: Surroundings
    groups: Mapping[str, tuple[str, ...]]
    calendar: WorkingCalendar | None
    has_calendar: bool
    """Whether the file has one at all, be it right or wrong."""


def rule_of(table: Table, known: Known) -> Rule:
    """Return the rule that a table states. What is wrong is told to the table."""
    table.only(_KEYS)
    named = partial(_name, known=known)
    working, usual = table.flag("working_time", default=False), known.around.usual
    parse = _time(known.calendar if working else None)
    rule = Rule(
        approvers=table.texts("approvers", named),
        needed=_needed(table),
        own=table.flag("own", default=False),
        comment_on_reject=table.flag("comment_on_reject", default=False),
        expires_after=table.text("expires_after", parse, usual.expires_after),
        on_expiry=table.text("on_expiry", _expiry, usual.on_expiry),
        remind_after=table.text("remind_after", parse, usual.remind_after),
        escalate_after=table.text("escalate_after", parse, 0.0),
        escalate_to=table.lists("escalate_to", named),
        working_time=working,
    )
    _check_people(table, rule, known)
    _check_times(table, rule, known)
    return rule


def _time(calendar: WorkingCalendar | None) -> Callable[[str], float]:
    """Return what reads times. With a calendar a day is a working day, and a year has only those."""
    if calendar is None:
        return partial(seconds, day=DAY, most=YEAR)
    day = calendar.length.total_seconds()
    return partial(seconds, day=day, most=YEAR * day * len(calendar.days) / WEEK)


def _name(word: str, *, known: Known) -> str:
    if not word.startswith(PREFIX):
        return guid(word)
    if word.removeprefix(PREFIX) not in known.groups:
        groups = ", ".join(sorted(map(shown, known.groups))) or "none"
        raise ValueError(f"is not a group of this file. Known: {groups}")
    return word


def _expiry(word: str) -> str:
    if word not in _EXPIRIES:
        raise ValueError(f"is not one of {', '.join(_EXPIRIES)}")
    return word


def _needed(table: Table) -> int:
    found = table.value("needed")
    if found is None:
        return 1
    if found == "everyone":
        return EVERYONE
    if isinstance(found, int) and not isinstance(found, bool) and 0 < found <= MOST_APPROVERS:
        return found
    table.wrong("needed", f'is not a number from 1 to {MOST_APPROVERS}, without quotes, or "everyone"')
    return 1


def _check_people(table: Table, rule: Rule, known: Known) -> None:
    for key, names in (("approvers", rule.approvers), *(("escalate_to", to) for to in rule.escalate_to)):
        if (found := len(_people(names, known))) > MOST_APPROVERS:
            table.wrong(key, f"names {found} people: a question can ask {MOST_APPROVERS} at most")
    number = len(_people(rule.approvers, known) if rule.approvers else set(known.around.approvers))
    if rule.needed == EVERYONE and not number:
        table.wrong("needed", 'is "everyone", but nobody is named: add approvers')
    elif number and rule.needed > number:
        table.wrong(
            "needed", f"is {rule.needed}, but only {number} can approve: add approvers or ask for fewer"
        )


def _people(names: Sequence[str], known: Known) -> set[str]:
    members = [known.groups.get(name.removeprefix(PREFIX), ()) for name in names if name.startswith(PREFIX)]
    return {name for name in names if not name.startswith(PREFIX)}.union(*members)


def _check_times(table: Table, rule: Rule, known: Known) -> None:
    if rule.working_time and not known.has_calendar:
        table.wrong("working_time", "is true, but the file has no working hours: add [calendar]")
    if rule.escalate_to and table.value("escalate_after") in (None, "never"):
        table.wrong("escalate_to", "is never asked: add escalate_after")
    if rule.escalate_after and "escalate_to" not in table:
        table.wrong("escalate_after", "has nobody to ask: add escalate_to")
