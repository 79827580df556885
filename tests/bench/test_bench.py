"""The benchmarks still run, on the smallest of everything. How fast anything is, is not looked at."""

import pytest

from tests.bench import clicks, startup, supersteps, throughput
from tests.bench.figures import Row, quantile, table

CLICKS = clicks.Plan(clicks=1, others=((1, 0.0),), stores=("SQLite",), pause=0.0, warm_up=0.0)
SUPERSTEPS = supersteps.Plan(lengths=(2, 3), repetitions=1)
THROUGHPUT = throughput.Plan(runs=1, repetitions=1)
STARTUP = startup.Plan(waiting=1, repetitions=1)


@pytest.mark.parametrize(
    ("bench", "plan"),
    [(clicks, CLICKS), (supersteps, SUPERSTEPS), (throughput, THROUGHPUT), (startup, STARTUP)],
    ids=lambda given: getattr(given, "__name__", "tiny").rpartition(".")[2],
)
async def test_each_bench_measures_something_of_ours_and_of_a_peer(bench, plan):
    rows = await bench.run(plan)
    assert rows
    assert all(row.ours > 0 and row.peer > 0 for row in rows if not row.what.startswith(("each", "longest")))


def test_a_table_shows_both_sides_and_their_ratio():
    lines = table([Row("click", 12.0, 8.0, "ms", "bare echo bot")]).splitlines()
    assert lines[2] == "| click | 12 ms | 8 ms | 1.50 | bare echo bot |"


def test_a_quantile_of_one_value_is_that_value():
    assert quantile([3.0], 95) == 3.0
    assert quantile([float(number) for number in range(101)], 95) == 95.0
