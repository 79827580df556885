"""The queries on the container, one for each thing that can be found."""

from typing import Any, NamedTuple

from storage.shelf import Find
from storage.values import Json

LIVE = "SELECT * FROM c WHERE c.live = true"
NEWEST = "SELECT TOP 1 VALUE c FROM c WHERE c.kind = @kind ORDER BY c.number DESC"
SEVERAL = "SELECT * FROM c WHERE ARRAY_CONTAINS(@ids, c.id)"
IDS = "SELECT c.id FROM c"
ALL_OF = "SELECT * FROM c WHERE c.kind = @kind"


class Query(NamedTuple):
    """A text with @value, @limit and perhaps @above, and the order of its results.

    A tenant can lie on several physical partitions. azure-cosmos then asks each of them and puts the answers
    one after the other without merging, so the order has to be made again here.
    """

    text: str
    order: str
    newest_first: bool = False

    def arranged(self, items: list[Json], limit: int) -> list[Json]:
        return sorted(items, key=lambda item: item[self.order], reverse=self.newest_first)[:limit]


_DUE = "SELECT TOP @limit VALUE c FROM c WHERE c.kind = 'run' AND c.due <= @value ORDER BY c.due"
_ENDED = "SELECT TOP @limit VALUE c FROM c WHERE c.kind = 'run' AND c.ended <= @value ORDER BY c.ended"
_MEMORIES_OVER = """
    SELECT TOP @limit VALUE c FROM c WHERE c.kind = 'memory' AND c.ended <= @value ORDER BY c.ended"""
_CLAIMED_BY = """
    SELECT TOP @limit VALUE c FROM c WHERE c.kind = 'run' AND c.worker = @value ORDER BY c.started"""
_RUNS_OF = """
    SELECT TOP @limit VALUE c FROM c WHERE c.kind = 'run' AND c.requester = @value
    ORDER BY c.started DESC"""
_RUNS_IN = """
    SELECT TOP @limit VALUE c FROM c WHERE c.kind = 'run' AND c.conversation = @value
    ORDER BY c.started DESC"""
_RUNS_NAMED = """
    SELECT TOP @limit VALUE c FROM c WHERE c.kind = 'run' AND c.short = @value
    ORDER BY c.started DESC"""
_RUNS_SINCE = """
    SELECT TOP @limit VALUE c FROM c WHERE c.kind = 'run' AND c.started >= @value
    ORDER BY c.started DESC"""
_COMPLETED = """
    SELECT TOP @limit VALUE c FROM c WHERE c.completed > @above AND c.completed < @value
    ORDER BY c.completed DESC"""
_WAITING_IN = """
    SELECT TOP @limit VALUE c FROM c
    WHERE c.kind = 'approval' AND c.live = true AND c.conversation = @value AND c.status = 'pending'
    ORDER BY c.started"""
_WAITING_FOR = """
    SELECT TOP @limit VALUE c FROM c WHERE c.approver > @above AND c.approver < @value
    ORDER BY c.approver DESC"""
_ANSWERED_BY = "SELECT TOP @limit VALUE c FROM c WHERE c.source = @value"
_PEOPLE_NAMED = """
    SELECT TOP @limit VALUE c FROM c WHERE c.name >= @above AND c.name < @value ORDER BY c.name"""

FIND = {
    Find.DUE: Query(_DUE, "due"),
    Find.ENDED: Query(_ENDED, "ended"),
    Find.MEMORIES_OVER: Query(_MEMORIES_OVER, "ended"),
    Find.CLAIMED_BY: Query(_CLAIMED_BY, "started"),
    Find.RUNS_OF: Query(_RUNS_OF, "started", newest_first=True),
    Find.RUNS_IN: Query(_RUNS_IN, "started", newest_first=True),
    Find.RUNS_NAMED: Query(_RUNS_NAMED, "started", newest_first=True),
    Find.RUNS_SINCE: Query(_RUNS_SINCE, "started", newest_first=True),
    Find.COMPLETED: Query(_COMPLETED, "completed", newest_first=True),
    Find.WAITING_IN: Query(_WAITING_IN, "started"),
    Find.WAITING_FOR: Query(_WAITING_FOR, "approver", newest_first=True),
    Find.ANSWERED_BY: Query(_ANSWERED_BY, "started"),
    Find.PEOPLE_NAMED: Query(_PEOPLE_NAMED, "name"),
}


def parameters(**values: Any) -> list[dict[str, object]]:
    """Return values as a query takes them: `kind="run"` becomes @kind."""
    return [{"name": f"@{name}", "value": value} for name, value in values.items()]
