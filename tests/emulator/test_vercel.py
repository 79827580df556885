"""The checks of test_behaviour.py, put to a look-alike that others have written: @vercel/cosmosdb-server.

Our emulator and its checks come from one reading of the documentation. That the other server agrees with most
of them is a second opinion; here is every check where it does not, and why. A new check must hold for both or
be listed, and a check that holds all of a sudden must leave the list.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.emulator.servers import EMULATOR_KEY, ROOT

CHECKS = "tests/emulator/test_behaviour.py"
SETTINGS = ("COSMOS_TEST_", "PYTEST_")


def _queries(*names: str) -> list[str]:
    return [f"test_a_query_finds_what_the_documentation_says[{name}]" for name in names]


DIFFERENCES: dict[str, list[str]] = {
    "of a hierarchical key only the first level counts, so two items of a tenant are the same": [
        "test_a_container_tells_its_partition_key",
        "test_the_same_id_may_exist_in_four_partitions",
        "test_a_point_read_names_the_full_key",
        "test_a_query_by_the_full_key_sees_one_partition",
        "test_a_query_by_a_prefix_of_the_key_sees_all_below_it",
    ],
    "a key is never taken from a nested property": ["test_a_partition_key_may_be_nested"],
    "a point read that finds nothing ends with 500": [
        "test_a_missing_item_is_not_found",
        "test_an_item_is_not_found_in_another_partition",
        "test_a_deleted_item_is_not_found",
    ],
    "a query must name the key in its text": [
        *_queries("key outside the query", "max"),
        "test_queries_leave_out_an_expired_item",
    ],
    "a part of the query language is missing": [
        *_queries("offset across partitions", "offset in one partition", "group by", "like", "distinct"),
        "test_the_latest_checkpoint_query_works",
    ],
    "of a batch only create works, as the others want a key each; it is not atomic and has no limits": [
        "test_a_batch_upserts_items",
        "test_a_batch_reads_items",
        "test_a_fresh_replace_in_a_batch_is_applied",
        "test_a_stale_replace_refuses_the_batch",
        "test_a_batch_patches_items",
        "test_a_batch_deletes_items",
        "test_a_failure_undoes_the_whole_batch",
        "test_a_batch_refuses_an_item_of_another_partition",
        "test_a_batch_of_101_operations_is_refused",
        "test_a_batch_above_two_megabytes_is_refused",
    ],
    "there are no limits for items, ids and keys": [
        "test_an_item_above_two_megabytes_is_refused",
        "test_an_id_of_1100_bytes_is_refused",
        "test_a_key_of_2100_bytes_is_refused",
    ],
    "an etag has no quotation marks, and If-None-Match is not looked at": [
        "test_an_etag_is_quoted",
        "test_an_unmodified_item_is_read_as_nothing",
    ],
    "the condition of a patch is turned into lower case": ["test_the_text_in_a_condition_keeps_its_case"],
    "everybody may do everything": ["test_a_wrong_account_key_is_refused"],
    "everything costs one unit, and throughput cannot be asked for": [
        "test_a_write_is_charged_more_than_one_unit",
        "test_a_container_has_at_least_400_request_units",
    ],
    "there are no session tokens": [
        "test_a_write_returns_a_session_token",
        "test_a_session_token_from_the_future_is_not_satisfied",
    ],
    "nothing expires": ["test_an_expired_item_is_not_found"],
    "the change feed cannot be resumed": ["test_the_change_feed_resumes_where_it_stopped"],
    "a partition cannot be deleted": ["test_a_whole_partition_can_be_deleted"],
}


def test_the_other_look_alike_differs_exactly_where_we_know_it(vercel: str, tmp_path: Path):
    report = tmp_path / "report.xml"
    print(_checked(vercel, report))  # noqa: T201 - shown when the lists are not the same
    assert set(_failed(report)) == {name for names in DIFFERENCES.values() for name in names}


def _checked(address: str, report: Path) -> str:
    """Run the checks as against a real account, which needs a process with settings of its own."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    settings |= {"COSMOS_TEST_ENDPOINT": address, "COSMOS_TEST_KEY": EMULATOR_KEY}
    options = ["-p", "no:cacheprovider", "--tb=line", f"--junitxml={report}"]
    command = [sys.executable, "-m", "pytest", *options, CHECKS]
    checked = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    return checked.stdout


def _failed(report: Path) -> Iterator[str]:
    for check in ET.parse(report).iter("testcase"):  # noqa: S314 - just written by us
        if check.find("failure") is not None or check.find("error") is not None:
            yield check.attrib["name"]
