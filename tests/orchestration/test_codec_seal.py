"""Saved states are read only when Signoff wrote them: for this run, at this place, with a key that is known.

SIGNOFF_FIXTURE=write writes the state of the newest format anew. Old formats are never written again.
"""

import os
import pickle
import zlib
from pathlib import Path

import pytest
from agent_framework import Message

from orchestration.checkpoints import sealing
from orchestration.checkpoints.codec import Codec
from orchestration.checkpoints.keyring import Keyring
from orchestration.checkpoints.refusals import CheckpointRefusedError
from orchestration.messages import Conversation
from orchestration.model import RunKey
from tests.fakes.checkpoints import KEY, LONG, RING, SECRET, Log, checkpoint, example, plain, sent

FIXTURES = Path(__file__).parent / "checkpoints"
OTHER = "another secret of a test that is long enough"
LARGE = "large " * 20_000


async def small() -> Log:
    log = Log()
    await log.save(checkpoint(Conversation().saying("user", LONG)))
    return log


# ---- formats ----------------------------------------------------------------------------


async def test_the_first_format_is_still_read():
    codec = Codec(KEY, Keyring((SECRET,), unsigned=True))
    back = await codec.decode(7, {7: (FIXTURES / "format-1.bin").read_bytes()}, {})
    assert plain(back) == plain(example())
    assert (await codec.encode(back, 8)).entry.sources == ()


async def test_the_second_format_is_still_read():
    file = FIXTURES / "format-2.bin"
    if os.environ.get("SIGNOFF_FIXTURE") == "write":
        file.write_bytes((await Log().codec.encode(example(), 7)).entry.data)
    back = await Codec(KEY, RING).decode(7, {7: file.read_bytes()}, {})
    assert plain(back) == plain(example())


async def test_an_unsigned_state_is_refused_unless_it_is_allowed():
    data = (FIXTURES / "format-1.bin").read_bytes()
    with pytest.raises(CheckpointRefusedError, match="state 7 of run-20260102-abcdefgh has no signature"):
        await Codec(KEY, RING).decode(7, {7: data}, {})


async def test_an_unknown_format_is_refused():
    with pytest.raises(CheckpointRefusedError, match="format that this version of Signoff does not know"):
        await Codec(KEY, RING).decode(1, {1: b"\x03" + b"x" * 100}, {})


@pytest.mark.parametrize(
    "junk", [b"", b"\x02", b"\x02short", b"x", b"x\x9c", zlib.compress(b"{"), b"\x80\x05N."]
)
async def test_junk_is_refused(junk):
    with pytest.raises(CheckpointRefusedError):
        await Codec(KEY, Keyring((SECRET,), unsigned=True)).decode(1, {1: junk}, {})


# ---- changed or moved -------------------------------------------------------------------


async def test_a_state_with_any_byte_changed_is_refused():
    log = await small()
    data = log.entries[1].data
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1 << place % 8
        with pytest.raises(CheckpointRefusedError):
            await Codec(KEY, RING).decode(1, {1: bytes(changed)}, {})


@pytest.mark.parametrize("data", [b"", b"\x00", b"more"])
async def test_a_state_that_is_cut_or_has_more_is_refused(data):
    log = await small()
    for wrong in (log.entries[1].data[:-1] + data[1:], log.entries[1].data + b"x" + data):
        with pytest.raises(CheckpointRefusedError, match="changed by somebody else"):
            await Codec(KEY, RING).decode(1, {1: wrong}, {})


@pytest.mark.parametrize(
    ("key", "number"),
    [
        (RunKey("other tenant", KEY.run), 1),
        (RunKey(KEY.tenant, "run-20260102-other"), 1),
        (RunKey(KEY.tenant + KEY.run[:1], KEY.run[1:]), 1),
        (KEY, 2),
    ],
)
async def test_a_state_that_was_moved_to_another_run_or_place_is_refused(key, number):
    log = await small()
    with pytest.raises(CheckpointRefusedError, match="belongs elsewhere"):
        await Codec(key, RING).decode(number, {number: log.entries[1].data}, {})


async def test_a_changed_source_is_refused():
    log = Log()
    talk = Conversation().saying("user", LONG)
    await log.save(checkpoint(talk))
    await log.save(checkpoint(talk))
    changed = {**log.data(2), 1: log.entries[2].data}
    with pytest.raises(CheckpointRefusedError, match="saved state 1 of run-20260102-abcdefgh was changed"):
        await Codec(KEY, RING).decode(2, changed, {})


async def test_a_missing_source_or_text_is_named():
    log = Log()
    await log.save(checkpoint(Message("user", [LONG, LARGE])))
    await log.save(checkpoint(Message("user", [LONG, LARGE])))
    with pytest.raises(CheckpointRefusedError, match="state 1, on which it builds, is missing"):
        await Codec(KEY, RING).decode(2, {2: log.entries[2].data}, log.blobs)
    with pytest.raises(CheckpointRefusedError, match=r"large text [0-9a-f]{12} is missing"):
        await Codec(KEY, RING).decode(2, log.data(2), {})
    with pytest.raises(CheckpointRefusedError, match="it is missing"):
        await Codec(KEY, RING).decode(3, log.data(2), {})


@pytest.mark.parametrize("content", [zlib.compress(b"other " * 20_000), b"no stream at all", b""])
async def test_a_changed_large_text_is_refused(content):
    log = Log()
    await log.save(checkpoint(LARGE))
    with pytest.raises(CheckpointRefusedError):
        await Codec(KEY, RING).decode(1, log.data(1), dict.fromkeys(log.blobs, content))


async def test_the_same_large_content_as_text_and_as_bytes_stays_two_things():
    log = Log()
    await log.save(checkpoint([LARGE, LARGE.encode()]))
    assert len(log.blobs) == 2
    assert sent(await log.load()) == [LARGE, LARGE.encode()]


# ---- forged with the right key ----------------------------------------------------------


async def test_what_grows_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(sealing, "MOST_INFLATED", 100_000)
    log = Log()
    await log.save(checkpoint(many=list(range(50_000))))
    with pytest.raises(CheckpointRefusedError, match="larger than any"):
        await log.load()
    log = Log()
    await log.save(checkpoint(LARGE))
    with pytest.raises(CheckpointRefusedError, match="larger than any"):
        await log.load()


class Evil:
    def __reduce__(self):
        return exec, ("raise SystemExit",)


async def test_a_pickle_of_other_types_does_not_run_even_with_the_right_signature():
    frame = sealing.Frame(pickle.dumps(Evil()), [])
    data = sealing.seal(frame, KEY, 1, RING)
    with pytest.raises(CheckpointRefusedError, match="blocked"):
        await Codec(KEY, RING).decode(1, {1: data}, {})


# ---- keys -------------------------------------------------------------------------------


async def test_an_old_key_behind_a_new_one_still_opens_what_it_signed():
    log = await small()
    both = Keyring((OTHER, SECRET))
    log.codec = Codec(KEY, both)
    await log.load(1, Codec(KEY, both))
    await log.save(checkpoint("signed with the new key"))
    assert sent(await log.load(2, Codec(KEY, Keyring((OTHER,))))) == "signed with the new key"


async def test_a_key_that_was_taken_away_opens_nothing():
    log = await small()
    with pytest.raises(CheckpointRefusedError, match="its key is no longer among the signing keys"):
        await log.load(1, Codec(KEY, Keyring((OTHER,))))
