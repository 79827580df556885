"""A new process goes on with a run that was answered while there was none, and says how long that took.

    python -m tests.bench.resumed signoff FOLDER SHAPE RUN BEGAN

Prints the seconds since BEGAN, by the machine's monotonic clock: until everything is imported, and until the
first step after the answer.
"""

import asyncio
import importlib
import json
import sys
import time
from pathlib import Path

from tests.bench.shape import Shape


def main() -> None:
    side, folder, shape, run, began = sys.argv[1:]
    module = importlib.import_module(f"tests.bench.{side}")  # nobody waits for the imports of the other sides
    imported = time.monotonic()
    watch = asyncio.run(module.resumed(Path(folder), Shape(**json.loads(shape)), run))
    since = float(began)
    print(json.dumps({"imported": imported - since, "step": watch.began[0] - since}))  # noqa: T201 - its result


if __name__ == "__main__":
    main()
