"""An account: its databases and containers, and the routing of requests to them."""

from __future__ import annotations

import base64
import time
import uuid
from typing import Any

from tests.emulator import miniitems
from tests.emulator.minierrors import CosmosError
from tests.emulator.minihttp import Reply, Request, error_reply, json_reply
from tests.emulator.minisql import SqlError
from tests.emulator.ministore import Container

_ALREADY_EXISTS = "Resource with specified id, name, or unique index already exists."
_DEFAULT_INDEXING = {
    "indexingMode": "consistent",
    "automatic": True,
    "includedPaths": [{"path": "/*"}],
    "excludedPaths": [{"path": '/"_etag"/?'}],
}
_WHOLE_RANGE = {
    "id": "0",
    "_rid": "ranges",
    "minInclusive": "",
    "maxExclusive": "FF",
    "ridPrefix": 0,
    "throughputFraction": 1,
    "status": "online",
    "parents": [],
}


class Account:
    """``containers`` is keyed by ``database/container``."""

    def __init__(self, default_ru: int = 0) -> None:
        self.containers: dict[str, Container] = {}
        self._databases: dict[str, dict[str, Any]] = {}
        self._default_ru = default_ru

    def answer(self, request: Request) -> Reply:
        match request.segments:
            case []:
                return _describe_account(request)
            case ["offers"]:
                return self._offers(request)
            case ["dbs"]:
                return self._all_databases(request)
            case ["dbs", database]:
                return self._one_database(request, database)
            case ["dbs", database, "colls"]:
                return self._all_containers(request, database)
            case ["dbs", database, "colls", name, *rest]:
                return self._in_container(request, f"{database}/{name}", rest)
        raise CosmosError(404, "Resource Not Found")

    def _offers(self, request: Request) -> Reply:
        """Throughput of the container whose self-link the query names."""
        wanted = request.body.decode()
        offers = [
            _offer(name, container)
            for name, container in self.containers.items()
            if container.properties["_self"].rstrip("/") in wanted
        ]
        return json_reply(200, {"Offers": offers, "_count": len(offers)})

    # --- databases ---

    def _all_databases(self, request: Request) -> Reply:
        if request.method == "POST" and not request.is_query:
            return self._create_database(request.json())
        databases = list(self._databases.values())
        return json_reply(200, {"Databases": databases, "_count": len(databases)})

    def _create_database(self, properties: dict[str, Any]) -> Reply:
        name = properties["id"]
        if name in self._databases:
            raise CosmosError(409, _ALREADY_EXISTS)
        properties |= {"_colls": "colls/", "_users": "users/"}
        _add_system_properties(properties, f"dbs/{name}/", uuid.uuid4().bytes[:4])
        self._databases[name] = properties
        return json_reply(201, properties)

    def _one_database(self, request: Request, name: str) -> Reply:
        database = self._database(name)
        if request.method == "GET":
            return json_reply(200, database)
        del self._databases[name]
        for key in [key for key in self.containers if key.startswith(f"{name}/")]:
            del self.containers[key]
        return Reply(204)

    def _database(self, name: str) -> dict[str, Any]:
        if name not in self._databases:
            raise CosmosError(404, "Resource Not Found")
        return self._databases[name]

    # --- containers ---

    def _all_containers(self, request: Request, database: str) -> Reply:
        self._database(database)
        if request.method == "POST" and not request.is_query:
            return self._create_container(request, database)
        found = [
            container.properties
            for key, container in self.containers.items()
            if key.startswith(f"{database}/")
        ]
        return json_reply(200, {"DocumentCollections": found, "_count": len(found)})

    def _create_container(self, request: Request, database: str) -> Reply:
        properties = request.json()
        name = f"{database}/{properties['id']}"
        if name in self.containers:
            raise CosmosError(409, _ALREADY_EXISTS)
        properties.setdefault("indexingPolicy", _DEFAULT_INDEXING)
        properties["_docs"] = "docs/"
        resource_id = uuid.uuid4().bytes[:8]
        _add_system_properties(properties, f"dbs/{database}/colls/{properties['id']}/", resource_id)
        throughput = int(request.header("x-ms-offer-throughput") or self._default_ru)
        self.containers[name] = Container(properties, resource_id, throughput)
        return json_reply(201, properties)

    def _in_container(self, request: Request, name: str, rest: list[str]) -> Reply:
        container = self._container(name, is_owner=bool(rest))
        match rest:
            case []:
                return self._one_container(request, name, container)
            case ["pkranges"]:
                return _partition_ranges(request, container)
            case ["operations", "partitionkeydelete"]:
                container.remove_partition(request.key() or [])
                return json_reply(200, {})
            case ["docs"]:
                return _items(request, container, None)
            case ["docs", item_id]:
                return _items(request, container, item_id)
        raise CosmosError(404, "Resource Not Found")

    def _container(self, name: str, *, is_owner: bool) -> Container:
        if name in self.containers:
            return self.containers[name]
        if is_owner:
            raise CosmosError(404, "Owner resource does not exist", substatus=1003)
        raise CosmosError(404, "Resource Not Found")

    def _one_container(self, request: Request, name: str, container: Container) -> Reply:
        if request.method == "DELETE":
            del self.containers[name]
            return Reply(204)
        if request.method == "PUT":
            container.change_properties(request.json())
        return json_reply(200, container.properties)


def _describe_account(request: Request) -> Reply:
    """The client sends its further requests to the addresses given here: our own."""
    here = [{"name": "Local", "databaseAccountEndpoint": f"http://{request.header('Host')}/"}]
    return json_reply(
        200,
        {
            "id": "minicosmos",
            "_rid": "minicosmos",
            "_self": "",
            "writableLocations": here,
            "readableLocations": here,
            "enableMultipleWriteLocations": False,
            "userConsistencyPolicy": {"defaultConsistencyLevel": "Session"},
            "queryEngineConfiguration": "{}",
        },
    )


def _add_system_properties(properties: dict[str, Any], link: str, resource_id: bytes) -> None:
    properties["_rid"] = base64.b64encode(resource_id).decode()
    properties["_self"] = link
    properties["_etag"] = '"1"'
    properties["_ts"] = int(time.time())


def _offer(name: str, container: Container) -> dict[str, Any]:
    return {
        "id": f"offer-{name}",
        "_rid": "offer",
        "resource": container.properties["_self"],
        "offerResourceId": container.properties["_rid"],
        "offerVersion": "V2",
        "content": {"offerThroughput": container.budget.per_second or 400},
    }


def _partition_ranges(request: Request, container: Container) -> Reply:
    """Always one physical partition, which never changes."""
    if request.header("if-none-match"):
        return Reply(304, headers={"etag": '"1"'})
    ranges = {"PartitionKeyRanges": [_WHOLE_RANGE], "_count": 1}
    return json_reply(200, {"_rid": container.properties["_rid"], **ranges}, etag='"1"')


def _items(request: Request, container: Container, item_id: str | None) -> Reply:
    """Item replies carry the session token of the container, failed ones too."""
    try:
        reply = miniitems.answer(container, request, item_id)
    except SqlError as error:
        reply = error_reply(_query_error(error))
    except CosmosError as error:
        reply = error_reply(error)
    reply.headers["x-ms-session-token"] = f"0:-1#{container.lsn}"
    return reply


def _query_error(error: SqlError) -> CosmosError:
    detail = f'{{"errors":[{{"severity":"Error","code":"SC1001","message":"{error}"}}]}}'
    return CosmosError(400, detail)
