"""Files in a personal chat in Teams: the question whether one may be saved, and the link to what was saved.

Not Adaptive Cards, but attachments that Teams draws by itself.
"""

import re
from dataclasses import dataclass
from typing import Any, cast

from orchestration.errors import InvalidInputError
from orchestration.model import Run

Json = dict[str, Any]

CONSENT = "application/vnd.microsoft.teams.card.file.consent"
INFO = "application/vnd.microsoft.teams.card.file.info"
KIND = "jsonl"
LONGEST = 8_000
"""Characters of an address; that of an upload has a long signature."""

_RUN = re.compile("run-[0-9a-z-]{1,60}")


def name_of(run_id: str) -> str:
    """Return the name of the file of a run."""
    return f"{run_id}.{KIND}"


@dataclass(frozen=True)
class Consent:
    """What Teams sends back when somebody answers whether the file of a run may be saved.

    All of it may be made up: the run is looked up, and the addresses are checked before anything goes there.
    """

    run: str
    accepted: bool
    upload: str = ""
    """Where Teams wants the file put."""
    content: str = ""
    """Where people will find it."""
    unique_id: str = ""

    @classmethod
    def unpack(cls, value: object) -> "Consent":
        """Return what was answered. Raises InvalidInputError."""
        answer = _members(value)
        run, action = _text(_members(answer.get("context")).get("run")), _text(answer.get("action"))
        known = answer.get("type") == "fileUpload" and action in {"accept", "decline"}
        if not known or not _RUN.fullmatch(run):
            raise InvalidInputError("This is no answer to a file that I offered.")
        if action == "decline":
            return cls(run, accepted=False)
        info = _members(answer.get("uploadInfo"))
        upload, content, unique_id = (_text(info.get(it)) for it in ("uploadUrl", "contentUrl", "uniqueId"))
        if not (upload and content and unique_id):
            raise InvalidInputError("Teams did not say where the file should go.")
        return cls(run, accepted=True, upload=upload, content=content, unique_id=unique_id)


def offered(run: Run, size: int) -> Json:
    """Ask whether a file of about so many bytes may be saved."""
    context = {"run": run.id}
    content = {
        "description": "What was asked and decided, by whom and when. It has everybody's comments.",
        "sizeInBytes": size,
        "acceptContext": context,
        "declineContext": context,
    }
    return {"contentType": CONSENT, "name": name_of(run.id), "content": content}


def saved(consent: Consent) -> Json:
    """Show the file where it was saved."""
    content = {"uniqueId": consent.unique_id, "fileType": KIND}
    return {
        "contentType": INFO,
        "name": name_of(consent.run),
        "contentUrl": consent.content,
        "content": content,
    }


def _members(value: object) -> Json:
    return cast(Json, value) if isinstance(value, dict) else {}


def _text(value: object) -> str:
    """Return a text without control characters that is not too long, or nothing."""
    return value if isinstance(value, str) and len(value) <= LONGEST and value.isprintable() else ""
