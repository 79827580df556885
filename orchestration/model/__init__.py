"""The records of a run as frozen values. A change is a named method that returns a new value."""

from orchestration.model.absence import Absence
from orchestration.model.approval import Approval, ApprovalStatus, Decision, Handover, Verdict
from orchestration.model.checkpoint import Checkpoint, Saved
from orchestration.model.event import Event
from orchestration.model.failure import Failure, Remedy
from orchestration.model.graph import Graph, Node
from orchestration.model.identity import SIGNOFF, Person, RunKey
from orchestration.model.load import Lease, Load
from orchestration.model.memory import Memory, MemoryLimits, Note, Owner
from orchestration.model.posting import RESULT_CARD, RUN_CARD, Place, Posting
from orchestration.model.profile import Profile
from orchestration.model.run import ENDED, Run, RunStatus, Step, position_of, short_id
from orchestration.model.usage import Share, Shares, Usage, costs, merged, used

__all__ = [
    "ENDED",
    "RESULT_CARD",
    "RUN_CARD",
    "SIGNOFF",
    "Absence",
    "Approval",
    "ApprovalStatus",
    "Checkpoint",
    "Decision",
    "Event",
    "Failure",
    "Graph",
    "Handover",
    "Lease",
    "Load",
    "Memory",
    "MemoryLimits",
    "Node",
    "Note",
    "Owner",
    "Person",
    "Place",
    "Posting",
    "Profile",
    "Remedy",
    "Run",
    "RunKey",
    "RunStatus",
    "Saved",
    "Share",
    "Shares",
    "Step",
    "Usage",
    "Verdict",
    "costs",
    "merged",
    "position_of",
    "short_id",
    "used",
]
