"""The key that tests sign saved states with."""

from orchestration.checkpoints.keyring import Keyring

KEYRING = Keyring(("a key for tests, which is long enough to sign with",))
