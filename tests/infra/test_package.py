"""The Teams app package, through the command that builds it."""

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TEAMS = Path(__file__).parents[2] / "infra" / "teams"
APP_ID = "3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"


def build(out: Path, app_id: str = APP_ID, source: Path = TEAMS) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TEAMS / "package.py"), "--app-id", app_id, "--out", str(out)]
    return subprocess.run(  # noqa: S603 - our own script with our own arguments
        [*command, "--source", str(source)], capture_output=True, text=True, check=False
    )


def manifest_in(package: Path) -> dict[str, Any]:
    with zipfile.ZipFile(package) as files:
        return json.loads(files.read("manifest.json"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TEAMS, tmp_path / "teams"))


def edit(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def test_the_app_id_is_filled_in_everywhere(tmp_path: Path) -> None:
    out = tmp_path / "build" / "signoff.zip"
    assert build(out).returncode == 0
    manifest = manifest_in(out)
    assert (manifest["id"], manifest["bots"][0]["botId"]) == (APP_ID, APP_ID)
    assert "{{" not in json.dumps(manifest)


def test_the_package_holds_the_manifest_and_both_icons_and_nothing_else(tmp_path: Path) -> None:
    build(tmp_path / "signoff.zip")
    with zipfile.ZipFile(tmp_path / "signoff.zip") as files:
        assert files.namelist() == ["manifest.json", "color.png", "outline.png"]


def test_two_builds_have_the_same_bytes(tmp_path: Path, copy: Path) -> None:
    build(tmp_path / "one.zip")
    build(tmp_path / "two.zip", source=copy)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_the_manifest_asks_for_no_right_to_read_messages(tmp_path: Path) -> None:
    build(tmp_path / "signoff.zip")
    assert "authorization" not in manifest_in(tmp_path / "signoff.zip")


def test_the_manifest_says_that_the_bot_sends_files(tmp_path: Path) -> None:
    build(tmp_path / "signoff.zip")
    assert manifest_in(tmp_path / "signoff.zip")["bots"][0]["supportsFiles"] is True


@pytest.mark.parametrize("wrong", ["", "signoff", APP_ID[:-1], "00000000-0000-0000-0000-000000000000"])
def test_what_is_no_app_id_is_refused(tmp_path: Path, wrong: str) -> None:
    done = build(tmp_path / "signoff.zip", app_id=wrong)
    assert done.returncode == 1
    assert done.stderr == f"The app id must be the GUID of the bot, not '{wrong}'.\n"
    assert not (tmp_path / "signoff.zip").exists()


def test_a_name_that_is_too_long_is_refused(tmp_path: Path, copy: Path) -> None:
    edit(copy, lambda manifest: manifest["name"].update(short="S" * 31))
    done = build(tmp_path / "signoff.zip", source=copy)
    assert done.stderr == "name.short has 31 characters; Teams takes 1 to 30.\n"


def test_a_description_that_is_missing_is_refused(tmp_path: Path, copy: Path) -> None:
    edit(copy, lambda manifest: manifest["description"].pop("full"))
    done = build(tmp_path / "signoff.zip", source=copy)
    assert done.stderr == "description.full has 0 characters; Teams takes 1 to 4000.\n"


def test_more_commands_than_teams_takes_are_refused(tmp_path: Path, copy: Path) -> None:
    commands = [{"title": f"command {n}", "description": "does it"} for n in range(11)]
    edit(copy, lambda manifest: manifest["bots"][0]["commandLists"][0].update(commands=commands))
    done = build(tmp_path / "signoff.zip", source=copy)
    assert done.stderr == "A command list has 11 commands; Teams takes 10.\n"


def test_a_command_that_is_too_long_is_refused(tmp_path: Path, copy: Path) -> None:
    title = "r" * 33
    edit(copy, lambda manifest: manifest["bots"][0]["commandLists"][0]["commands"][0].update(title=title))
    done = build(tmp_path / "signoff.zip", source=copy)
    assert done.stderr == f"The title of command '{title}' has 33 characters; Teams takes 1 to 32.\n"


def test_an_icon_of_the_wrong_size_is_refused(tmp_path: Path, copy: Path) -> None:
    shutil.copy(copy / "color.png", copy / "outline.png")
    done = build(tmp_path / "signoff.zip", source=copy)
    assert done.stderr == "outline.png has 192 x 192 pixels; Teams takes 32 x 32.\n"


def test_an_icon_that_is_no_picture_is_refused(tmp_path: Path, copy: Path) -> None:
    (copy / "color.png").write_text("not a picture", encoding="utf-8")
    done = build(tmp_path / "signoff.zip", source=copy)
    assert done.stderr == "color.png is not a PNG file.\n"
