#!/usr/bin/env python3
"""Build the Teams app package: the manifest with the app id filled in, and the icons. Same input, same bytes.

python infra/teams/package.py --app-id GUID --out build/signoff-teams.zip
"""

import argparse
import json
import re
import struct
import sys
import zipfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
NO_ID = re.compile(r"[0-]*")

# Limits of manifest 1.19. Teams refuses a package above them with much less to say.
TEXTS = {
    ("name", "short"): 30,
    ("name", "full"): 100,
    ("description", "short"): 80,
    ("description", "full"): 4000,
    ("developer", "name"): 32,
}
COMMAND_LISTS, COMMANDS, COMMAND_TITLE, COMMAND_DESCRIPTION = 3, 10, 32, 128
ICONS = {"color": 192, "outline": 32}


class PackageError(Exception):
    """What is wrong with the package, as one sentence."""


def main() -> None:
    """Build the package, or end with the reason why not."""
    parser = argparse.ArgumentParser(description="Build the Teams app package.")
    parser.add_argument("--app-id", required=True, help="the app id of the bot, a GUID")
    parser.add_argument("--out", required=True, type=Path, help="the zip file to write")
    parser.add_argument("--source", default=HERE, type=Path, help="folder of the manifest and the icons")
    options = parser.parse_args()
    try:
        write(options.out, contents(options.source, options.app_id))
    except PackageError as error:
        sys.exit(str(error))
    sys.stdout.write(f"{options.out}\n")


def contents(source: Path, app_id: str) -> dict[str, bytes]:
    """Return the files of the package by name. Raises PackageError."""
    if not GUID.fullmatch(app_id) or NO_ID.fullmatch(app_id):
        raise PackageError(f"The app id must be the GUID of the bot, not '{app_id}'.")
    text = (source / "manifest.json").read_text(encoding="utf-8").replace("{{APP_ID}}", app_id.lower())
    manifest = json.loads(text)
    check_texts(manifest)
    check_commands(manifest["bots"][0]["commandLists"])
    icons = {manifest["icons"][kind]: icon(source, manifest["icons"][kind], ICONS[kind]) for kind in ICONS}
    return {"manifest.json": text.encode(), **icons}


def check_texts(manifest: dict[str, Any]) -> None:
    """Raise PackageError for a name or description that is missing or too long."""
    for (group, key), limit in TEXTS.items():
        length(f"{group}.{key}", manifest.get(group, {}).get(key, ""), limit)


def check_commands(lists: list[dict[str, Any]]) -> None:
    """Raise PackageError for too many commands or one that is too long."""
    if len(lists) > COMMAND_LISTS:
        raise PackageError(f"The manifest has {len(lists)} command lists; Teams takes {COMMAND_LISTS}.")
    for commands in (each["commands"] for each in lists):
        if len(commands) > COMMANDS:
            raise PackageError(f"A command list has {len(commands)} commands; Teams takes {COMMANDS}.")
        for command in commands:
            length(f"The title of command '{command['title']}'", command["title"], COMMAND_TITLE)
            length(f"The description of '{command['title']}'", command["description"], COMMAND_DESCRIPTION)


def length(what: str, text: str, limit: int) -> None:
    """Raise PackageError when the text is empty or longer than the limit."""
    if not 0 < len(text) <= limit:
        raise PackageError(f"{what} has {len(text)} characters; Teams takes 1 to {limit}.")


def icon(source: Path, name: str, size: int) -> bytes:
    """Return the picture. Raises PackageError when it is not a square PNG of the size."""
    data = (source / name).read_bytes()
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise PackageError(f"{name} is not a PNG file.")
    width, height = struct.unpack(">II", data[16:24])
    if (width, height) != (size, size):
        raise PackageError(f"{name} has {width} x {height} pixels; Teams takes {size} x {size}.")
    return data


def write(out: Path, files: dict[str, bytes]) -> None:
    """Write the zip, stored and undated, so that it does not depend on clock, umask or zlib."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w") as package:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            package.writestr(entry, data)


if __name__ == "__main__":
    main()
