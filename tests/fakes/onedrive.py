"""Where Teams has files put: a server on loopback that keeps what was sent, or refuses it when told to."""

from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiohttp import web

Json = dict[str, Any]


@dataclass(frozen=True)
class Put:
    """One file that was sent."""

    path: str
    headers: dict[str, str]
    content: bytes


class OneDrive:
    """`async with OneDrive() as drive`; `drive.info()` is what Teams says about a place for a file."""

    def __init__(self) -> None:
        self.files: list[Put] = []
        self.status = 201
        self.location = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    def info(self, **changes: Any) -> Json:
        return {
            "uploadUrl": f"{self.url}/upload?session=a%2Fb",
            "contentUrl": f"{self.url}/Documents/Chat Files/run.jsonl",
            "uniqueId": "1150D938-8870-4044-9F2C-5BBDEBA70C8C",
            "fileType": "jsonl",
            "name": "run.jsonl",
            "etag": "{1150D938},1",
        } | changes

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=30 * 1024 * 1024)
        application.router.add_put("/{path:.*}", self._put)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _put(self, request: web.Request) -> web.Response:
        self.files.append(Put(request.raw_path, dict(request.headers), await request.read()))
        return web.Response(status=self.status, headers={"Location": self.location} if self.location else {})
