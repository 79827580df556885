"""The keys that saved states are signed with, as people configure them."""

import pytest

from orchestration.checkpoints.keyring import Keyring
from orchestration.errors import InvalidInputError
from tests.fakes.checkpoints import SECRET

OTHER = "another secret of a test that is long enough"


def test_keys_are_read_from_one_text():
    assert Keyring.parse(f" {OTHER} ,{SECRET},") == Keyring((OTHER, SECRET))
    assert Keyring.parse(SECRET, unsigned=True).unsigned
    assert SECRET not in repr(Keyring.parse(SECRET))


@pytest.mark.parametrize(
    ("text", "why"), [("", "no key"), (" , ", "no key"), (f"{SECRET},too short", "key 2 has 9")]
)
def test_keys_that_sign_nothing_are_refused_without_being_shown(text, why):
    with pytest.raises(InvalidInputError, match=why) as refused:
        Keyring.parse(text)
    assert "too short" not in str(refused.value)
    assert SECRET not in str(refused.value)
