"""From which of its saved states a run can be started again. Pure."""

from collections.abc import Iterable, Mapping

from orchestration.model import Approval, Checkpoint, Verdict


def repeating(log: Iterable[Checkpoint], approvals: Iterable[Approval]) -> Mapping[int, int]:
    """Return the states from which a new run would do again, unasked, what was approved for the old one.

    An approval of values is on its way to its step there. With the number of each comes that of the state
    before it, in which people are asked. `log` is in the order of its numbers.
    """
    asked = {approval.id: approval for approval in approvals}
    first, found = dict[int, Checkpoint](), dict[int, int]()
    for entry in (entry for entry in log if entry.data):
        before = first.setdefault(entry.superstep, entry)  # answers that arrive are saved before a step works
        taken = [asked[name] for name in before.waits if name in asked and name not in entry.waits]
        if any(map(_values_approved, taken)):
            found[entry.number] = before.number
    return found


def _values_approved(approval: Approval) -> bool:
    decision = approval.decision
    return decision is not None and decision.verdict is Verdict.APPROVE and bool(decision.values)
