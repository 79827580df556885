"""How fast Signoff is, beside something else that ran at the same time on the same machine.

    python -m tests.bench [--quick] [clicks] [supersteps] [throughput] [startup]

Prints a markdown table. Absolute figures depend on the machine and on what else it does; compare the ratios.
"""

import argparse
import asyncio
import os
import platform
import sys
import time
from typing import Any

from tests.bench import clicks, startup, supersteps, throughput
from tests.bench.figures import Row, table

BENCHES = {"clicks": clicks, "supersteps": supersteps, "throughput": throughput, "startup": startup}


def main() -> None:
    asked = _parser().parse_args()
    began, names = time.monotonic(), list(BENCHES) if "all" in asked.benches else asked.benches
    plans = {name: BENCHES[name].QUICK if asked.quick else BENCHES[name].FULL for name in names}
    rows = asyncio.run(_measured(plans))
    print(table(rows))  # noqa: T201 - what the program is for
    print(f"\n{_machine()} {time.monotonic() - began:.0f} seconds.")  # noqa: T201 - the same
    print("\n".join(f"- {name}: {_sizes(plan)}" for name, plan in plans.items()))  # noqa: T201 - the same


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


async def _measured(plans: dict[str, Any]) -> list[Row]:
    rows: list[Row] = []
    for name, plan in plans.items():
        print(f"{name} …", file=sys.stderr, flush=True)  # noqa: T201 - it takes minutes
        rows += await BENCHES[name].run(plan)
    return rows


def _machine() -> str:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {python}, {platform.system()}."


def _sizes(plan: object) -> str:
    return ", ".join(f"{name} {value}" for name, value in vars(plan).items())


if __name__ == "__main__":
    main()
