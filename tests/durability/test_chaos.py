"""Many runs on two replicas that are killed and frozen at random, while a call in ten fails: all end right.

SIGNOFF_SOAK=1 makes it ten times as many. SIGNOFF_CHAOS_SEED repeats what people, supervisor and faults
choose; the timing is another one each time.
"""

import os
import random
from pathlib import Path

import pytest

from tests.durability.bots import SOAK
from tests.durability.chaos import Chaos, cosmos, sqlite

RUNS = 300 if SOAK else 30
WITHIN, REST = 600 if SOAK else 100, 60
"""Seconds that all runs together may take, and the cards after them."""


@pytest.mark.timeout(WITHIN + 2 * REST)
@pytest.mark.parametrize("scene", [sqlite, cosmos])
async def test_all_runs_end_right_whatever_is_killed_and_whatever_fails(scene, tmp_path: Path, capsys):
    seed = os.environ.get("SIGNOFF_CHAOS_SEED") or str(random.SystemRandom().randrange(10**6))
    said = [f"\nchaos on {scene.__name__}, SIGNOFF_CHAOS_SEED={seed}"]
    print(*said)  # noqa: T201 - is shown when it does not come to its end
    async with scene(tmp_path, seed) as store, Chaos(store, seed, RUNS) as chaos:
        found = await chaos.ended(WITHIN, REST)
        said += chaos.figures(found)
    with capsys.disabled():
        print(*said, sep="\n  ")  # noqa: T201 - the figures are wanted
    assert not found.wrong
