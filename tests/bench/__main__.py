"""How fast Signoff is, beside something else that ran at the same time on the same machine.

    python -m tests.bench [--quick] [checkpoints] [floor] [race] …

Prints a markdown table for each part, under what it compares. Absolute figures depend on the machine and on
what else it does; compare the ratios.
"""

import argparse
import asyncio
import os
import platform
import sys
import time
from types import ModuleType

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
from tests.bench.figures import table

PARTS = (clicks, throughput, transitions, supersteps, checkpoints, floor, race, waiting, inbox, large)
BENCHES = {part.__name__.rpartition(".")[2]: part for part in PARTS}


def main() -> None:
    asked = _parser().parse_args()
    for name in list(BENCHES) if "all" in asked.benches else asked.benches:
        _print(name, BENCHES[name], is_quick=asked.quick)


def _print(name: str, part: ModuleType, *, is_quick: bool) -> None:
    print(f"{name} …", file=sys.stderr, flush=True)  # noqa: T201 - it takes minutes
    began, plan = time.monotonic(), part.QUICK if is_quick else part.FULL
    rows = asyncio.run(part.run(plan))
    seconds = f"{_machine()} {time.monotonic() - began:.0f} seconds. {_sizes(plan)}."
    print(f"## {name}\n\n{_head(part)}\n\n{table(rows)}\n\n{seconds}\n", flush=True)  # noqa: T201 - its result


def _head(part: ModuleType) -> str:
    """What is compared: the first two paragraphs of what the part says about itself."""
    return "\n\n".join((part.__doc__ or "").strip().split("\n\n")[:2])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Signoff beside its peers")
    parser.add_argument(
        "benches",
        nargs="*",
        default="all",
        choices=["all", *BENCHES],
        metavar="bench",
        help=f"of {', '.join(BENCHES)}; else all",
    )
    parser.add_argument("--quick", action="store_true", help="few repetitions, and clicks only on SQLite")
    return parser


def _machine() -> str:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {python}, {platform.system()}."


def _sizes(plan: object) -> str:
    return ", ".join(f"{name} {value}" for name, value in vars(plan).items())


if __name__ == "__main__":
    main()
