"""What docs/architecture.md says of files and tests is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")


def test_every_test_that_it_names_exists():
    known = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("tests/**/test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", TEXT))
    assert len(named) > 10
    assert [name for name in named if f"def {name}(" not in known] == []


def test_every_file_that_it_names_exists():
    named = set(re.findall(r"`((?:bot|cards|orchestration|storage|tests)/[\w/]+(?:\.py|/))`", TEXT))
    assert len(named) > 15
    assert [name for name in named if not (ROOT / name).exists()] == []
