"""JSON values: one text for the same values, and what a schema says of them. Nothing is ever fetched."""

from orchestration.values.checking import checked, sound
from orchestration.values.onetext import canonical, digest
from orchestration.values.titles import titled

__all__ = ["canonical", "checked", "digest", "sound", "titled"]
