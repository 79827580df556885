"""The emulator and the proxy themselves: what no real account can be asked."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from azure.cosmos import PartitionKey
from azure.cosmos.aio import CosmosClient

from tests.emulator.faultproxy import FaultProxy, Rule, Seen
from tests.emulator.loopback import NotLoopbackError
from tests.emulator.minicosmos import MiniCosmos
from tests.emulator.minihash import effective_partition_key, murmur3_x64_128
from tests.emulator.minisql import SqlError, execute
from tests.emulator.miniunits import Budget, insert_units, read_units
from tests.emulator.servers import EMULATOR_KEY, Faults

# Computed with azure-cosmos 4.17.1.
HASHES = [
    (["redmond"], "22E342F38A486A088463DFF7838A5963"),
    (["A", 7.0], "14F53A0810CE6727EB1CD722D321216F36ECBAF0D9CC21F10F0938014BB52739"),
]
DOCUMENTS = [
    {"id": "1", "n": 1, "name": "Ann", "tags": ["a", "b"], "o": {"x": 1}},
    {"id": "2", "n": 2, "name": "Bob", "tags": ["b"], "z": None},
]


class TestLoopback:
    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", ""])  # noqa: S104 - refused
    def test_the_emulator_refuses_other_addresses(self, host: str) -> None:
        with pytest.raises(NotLoopbackError):
            MiniCosmos(host)

    def test_the_proxy_refuses_other_addresses(self) -> None:
        with pytest.raises(NotLoopbackError):
            FaultProxy("http://127.0.0.1:3910", "0.0.0.0")  # noqa: S104 - refused

    def test_the_proxy_refuses_a_backend_elsewhere(self) -> None:
        with pytest.raises(NotLoopbackError):
            FaultProxy("https://192.0.2.1:443")

    async def test_an_address_changed_afterwards_is_refused_too(self) -> None:
        server = MiniCosmos()
        server.host = "0.0.0.0"  # noqa: S104 - refused
        with pytest.raises(NotLoopbackError):
            await server.__aenter__()


class TestThroughput:
    async def test_requests_above_the_throughput_are_throttled(self) -> None:
        """Three writes of 4.95 RU use up 10 RU/s; the client waits and repeats the others."""
        async with MiniCosmos(ru=10) as server, CosmosClient(server.url, EMULATOR_KEY) as client:
            database = await client.create_database("d")
            container = await database.create_container("c", PartitionKey("/pk"))
            server.totals.clear()
            for n in range(5):
                await container.create_item({"id": f"{n}", "pk": "p"})
        assert server.totals["POST"].requests > 5

    def test_a_debt_is_waited_for(self) -> None:
        budget = Budget(100)
        assert budget.wait_ms() == 0
        budget.spend(150)
        assert 450 <= budget.wait_ms() <= 500

    def test_charges_follow_the_published_table(self) -> None:
        assert (read_units(100), insert_units(100)) == (1.0, 4.95)
        assert insert_units(512 * 1024) == pytest.approx(184.57)
        assert insert_units(768 * 1024) == pytest.approx((184.57 + 625) / 2)

    async def test_traffic_is_counted_by_kind_of_request(self) -> None:
        async with MiniCosmos() as server, aiohttp.ClientSession() as session:
            await session.post(f"{server.url}dbs", json={"id": "d"})
            answer = await session.get(f"{server.url}_admin/stats")
            assert (await answer.json())["POST"]["requests"] == 1


class TestProxy:
    async def test_the_proxy_counts_and_logs_what_it_sees(self, faults: Faults) -> None:
        await faults.inject({"op": "account", "fault": {"delay_ms": 1}})
        async with aiohttp.ClientSession() as session:
            await session.get(faults.address)
            log = await (await session.get(f"{faults.address}_log")).json()
        assert await faults.seen() == 1
        assert log[-1]["op"] == "account"

    async def test_a_rule_with_an_unknown_field_is_refused(self, faults: Faults) -> None:
        async with aiohttp.ClientSession() as session:
            rules = [{"operation": "read", "fault": {"status": 503}}]
            answer = await session.put(f"{faults.address}_faults", json=rules)
        assert answer.status == 400

    def test_a_rule_skips_and_counts(self) -> None:
        rule = Rule({"status": 503}, skip=1, count=2)
        assert [rule.strikes(0.0) for _ in range(5)] == [False, True, True, False, False]

    def test_a_rule_applies_only_to_what_it_names(self) -> None:
        rule = Rule({}, op="read|upsert", pk="p1", id="^a")
        assert rule.fits(Seen("read", "/dbs/d", '["p1"]', "a "))
        assert not rule.fits(Seen("query", "/dbs/d", '["p1"]', "a "))


class TestHash:
    @pytest.mark.parametrize(("values", "expected"), HASHES)
    def test_the_partition_key_hash_is_that_of_the_client_library(
        self, values: list[Any], expected: str
    ) -> None:
        hierarchical = len(values) > 1
        assert effective_partition_key(values, hierarchical=hierarchical) == expected

    def test_the_hash_of_nothing_is_zero(self) -> None:
        assert murmur3_x64_128(b"") == (0, 0)


class TestQueryLanguage:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("SELECT VALUE c.n FROM c WHERE c.z = null", [2]),
            ("SELECT VALUE c.n FROM c WHERE c.z != null", []),
            ("SELECT VALUE c.n FROM c WHERE NOT (c.o.x = 1)", []),
            ("SELECT VALUE c.n FROM c WHERE c.n AND true", []),
            ("SELECT VALUE c.name || '!' FROM c ORDER BY c.n DESC", ["Bob!", "Ann!"]),
            ("SELECT VALUE c.n * 2 + 1 FROM c", [3, 5]),
            ("SELECT VALUE c.n / 0 FROM c", []),
            ("SELECT VALUE ARRAY(SELECT VALUE t FROM t IN c.tags) FROM c", [["a", "b"], ["b"]]),
            ("SELECT VALUE (SELECT VALUE COUNT(1) FROM t IN c.tags) FROM c", [2, 1]),
            ("SELECT c.o.x, c.n + 1 FROM c", [{"x": 1, "$2": 2}, {"$2": 3}]),
            ("SELECT c.id, t FROM c JOIN t IN c.tags WHERE t = 'a'", [{"id": "1", "t": "a"}]),
            ("SELECT VALUE {'k': c.n, 'm': c.missing} FROM c", [{"k": 1}, {"k": 2}]),
            ("SELECT VALUE AVG(c.n) FROM c", [1.5]),
            ("SELECT VALUE SUM(c.o.x) FROM c", [1]),
            ("SELECT VALUE SUM(c.z ?? c.n) FROM c", []),
            ("SELECT VALUE AVG(c.name) FROM c", []),
            ("SELECT VALUE ROUND(c.n + 0.5) FROM c", [2, 3]),
            ("SELECT VALUE ROUND(0 - c.n - 0.5) FROM c", [-2, -3]),
            ("SELECT VALUE c.n FROM c -- comment\n WHERE c.name LIKE 'A%'", [1]),
            ("SELECT VALUE c.n FROM c WHERE STARTSWITH(c.name, 'b', true)", [2]),
        ],
    )
    def test_a_query_has_the_documented_result(self, query: str, expected: list[Any]) -> None:
        assert execute(query, DOCUMENTS) == expected

    @pytest.mark.parametrize(
        "query",
        [
            "SELECT * FROM c WHERE pk = 'p'",
            "SELECT * FROM c WHERE NO_SUCH(c.n)",
            "SELECT * FROM c WHERE c.n =",
            "SELECT * FROM c OFFSET -1 LIMIT 2",
            "SELECT VALUE 'open FROM c",
        ],
    )
    def test_a_query_outside_the_language_is_refused(self, query: str) -> None:
        with pytest.raises(SqlError):
            execute(query, DOCUMENTS)
