"""The README is true where a machine can tell."""

from pathlib import Path

from bot.settings import describe

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_configuration_table_is_what_the_program_reads():
    rows = [line for line in README.splitlines() if line.startswith("| `") and line.count("|") == 4]
    expected = [f"| `{row.name}` | {row.meaning} | {row.default} |" for row in describe()]
    assert [row for row in rows if row in expected] == expected


def test_every_file_it_names_exists():
    named = (
        "bot/commands.py",
        "docs/architecture.md",
        "docs/approve.png",
        "CONTRIBUTING.md",
        "infra/README.md",
    )
    for name in named:
        assert name in README
        assert (ROOT / name).is_file(), name
