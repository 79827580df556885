"""Where the keys that sign saved states come from."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.signing import keyring_of
from orchestration.checkpoints.keyring import Keyring
from orchestration.errors import SignoffError

KEYS = "0123456789abcdef0123456789abcdef,fedcba9876543210fedcba9876543210"


def test_keys_of_the_environment_count(tmp_path: Path):
    settings = Settings.local({"SIGNOFF_CHECKPOINT_KEYS": KEYS})
    assert keyring_of(settings, tmp_path / "signoff.db") == Keyring.parse(KEYS)
    assert list(tmp_path.iterdir()) == []


def test_without_any_a_file_is_made_that_only_this_user_can_read(tmp_path: Path):
    database = tmp_path / "new" / "signoff.db"
    made = keyring_of(Settings.local({}), database)
    file = database.with_suffix(".key")
    assert file.stat().st_mode & 0o777 == 0o600
    assert keyring_of(Settings.local({}), database) == made
    assert made.unsigned
    assert list(file.parent.iterdir()) == [file]


def test_processes_that_start_in_the_same_instant_get_the_same_key(tmp_path: Path):
    with ThreadPoolExecutor(8) as many:
        rings = list(many.map(lambda _: keyring_of(Settings.local({}), tmp_path / "signoff.db"), range(8)))
    assert len({ring.secrets for ring in rings}) == 1


@pytest.mark.parametrize("content", ["", "short"])
def test_a_broken_key_file_is_told(tmp_path: Path, content: str):
    (tmp_path / "signoff.key").write_text(content)
    with pytest.raises(SignoffError):
        keyring_of(Settings.local({}), tmp_path / "signoff.db")


def test_a_key_file_that_cannot_be_read_is_told(tmp_path: Path):
    (tmp_path / "signoff.key").mkdir()
    with pytest.raises(SignoffError, match=r"signoff\.key cannot be used"):
        keyring_of(Settings.local({}), tmp_path / "signoff.db")
