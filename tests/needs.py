"""What some tests need from the machine. Where it is missing they are skipped, by name; in CI they fail.

A test that quietly passes without its browser would look like a check that was made.
"""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[1]
BROWSERS = ("chromium", "google-chrome")


def chromium() -> Path:
    """The browser named in CHROMIUM, else the first one on the PATH."""
    if named := os.environ.get("CHROMIUM"):
        # A wrong name is a mistake to be told about, not a reason to take another browser.
        return Path(shutil.which(named) or _missing(f"CHROMIUM names {named}, which cannot be started"))
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return Path(found or _missing("Chromium is missing: install it, or name the program in CHROMIUM"))


def node() -> Path:
    """The program that runs JavaScript."""
    return Path(shutil.which("node") or _missing("Node.js is missing: there is no node on the PATH"))


def node_module(name: str) -> Path:
    """The folder of an npm package of this repository."""
    folder = ROOT / "node_modules" / name
    return folder if folder.is_dir() else _missing(f"The npm package {name} is missing: run make tools")


def _missing(sentence: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)
