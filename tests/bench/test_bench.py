"""The benchmarks still run, on the smallest of everything. How fast anything is, is not looked at."""

import pytest

from tests.bench import (
    checkpoints,
    clicks,
    floor,
    inbox,
    large,
    race,
    supersteps,
    throughput,
    transitions,
    waiting,
)
from tests.bench.figures import Row, quantile, table

PLANS = {
    clicks: clicks.Plan(clicks=1, others=((1, 0.0),), stores=("SQLite",), pause=0.0, warm_up=0.0),
    throughput: throughput.Plan(runs=(1,), repetitions=1),
    transitions: transitions.Plan(agents=(2,), repetitions=2, at_once=2),
    supersteps: supersteps.Plan(lengths=(2, 3), repetitions=1),
    checkpoints: checkpoints.Plan(supersteps=(3,), agent_turns=(4,), repetitions=1),
    floor: floor.Plan(turns=(4,), repetitions=1, at_once=2, waiting=2, restarts=1),
    race: race.Plan(rounds=1, stores=("SQLite",)),
    waiting: waiting.Plan(waiting=(2,), repetitions=1, idle=0.0),
    inbox: inbox.Plan(others=3, mine=2, repetitions=2),
    large: large.Plan(megabytes=(1,), repetitions=1),
}


@pytest.mark.parametrize("bench", PLANS, ids=lambda bench: bench.__name__.rpartition(".")[2])
async def test_each_bench_measures_something_of_ours_and_of_a_peer(bench):
    rows = await bench.run(PLANS[bench])
    assert rows
    assert all(row.ours > 0 and row.peer > 0 for row in rows if not row.what.startswith(("each", "longest")))


def test_a_table_shows_both_sides_and_their_ratio():
    lines = table([Row("click", 12.0, 8.0, "ms", "bare echo bot")]).splitlines()
    assert lines[2] == "| click | 12 ms | 8 ms | 1.50 | bare echo bot |"


def test_a_small_ratio_keeps_two_digits():
    assert table([Row("sent", 1.0, 128.0, "kB", "")]).splitlines()[2].split(" | ")[3] == "0.0078"


def test_a_quantile_of_one_value_is_that_value():
    assert quantile([3.0], 95) == 3.0
    assert quantile([float(number) for number in range(101)], 95) == 95.0
