"""Format 1, read only: compressed JSON of the framework's own encoding, the whole state in each."""

import json
from typing import Any

from agent_framework._workflows._checkpoint_encoding import decode_checkpoint_value

from orchestration.checkpoints.sealing import inflated


def read(data: bytes) -> dict[str, Any]:
    """Return the fields of the checkpoint. Raises what inflating, JSON and the framework raise."""
    return decode_checkpoint_value(json.loads(inflated(data)), allowed_types=frozenset())
