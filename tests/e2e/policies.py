"""A policy file for the people of the Agents Playground."""

import json
from pathlib import Path

from tests.fakes.teams import Person


def policy(folder: Path, *people: Person, workflow: str = "release-notes", **rule: object) -> dict[str, str]:
    """Write the rule for a workflow, without reminders; return the variable that names the file."""
    stated = {"approvers": [person.entra_id for person in people], "remind_after": "never"} | rule
    lines = [f"{name} = {json.dumps(value)}" for name, value in stated.items()]  # so TOML writes them, too
    file = folder / "policy.toml"
    file.write_text("\n".join([f"[workflows.{workflow}]", *lines]))
    return {"SIGNOFF_POLICY": str(file)}
