"""Packages with workflows, installed into a folder as pip would: modules and a .dist-info beside them."""

from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"
GREETING, PARCELS = (
    part.partition("```")[0] for part in README.read_text(encoding="utf-8").split("```python\n")[1:3]
)
"""The package that the README shows, and the steps with an agent that it shows after that."""


def install(folder: Path, name: str, source: str, *values: str) -> Path:
    """Install a package of one module with these entry points; return the folder to import from."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / f"{name}.py").write_text(source)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    points = "\n".join(f"point{number} = {value}" for number, value in enumerate(values))
    (info / "entry_points.txt").write_text(f"[signoff.workflows]\n{points}\n")
    return folder
