"""Drive the Microsoft 365 Agents Playground without a browser (asyncio and aiohttp).

Example::

    async with Playground("http://127.0.0.1:3978/api/messages") as playground:
        mark = playground.mark
        await playground.say("hello")
        reply = await playground.wait(lambda m: "hello" in m.text, after=mark)
        await playground.say_as("29:bob", playground.group, "status")
        await playground.execute(card, "Approve", {"comment": "ok"}, user="29:bob")

The bot must accept anonymous requests (empty app id) and must listen before messages are sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, unquote

import aiohttp

from tests import needs
from tests.ports import free_port

Json = dict[str, Any]

PACKAGE = "@microsoft/m365agentsplayground"
SETTINGS = needs.ROOT / "infra" / "playground"
CARD = "application/vnd.microsoft.card.adaptive"
STREAMS = ("/_ws_conversation/v1/conversations/stream", "/_ws/log/stream")
START_SECONDS = 60
PROXY_VARIABLES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")


def playground_command() -> list[str]:
    """Return the command that starts the Playground, on the loopback interface only."""
    preload = SETTINGS / "loopback.cjs"
    return [str(needs.node()), "--require", str(preload), str(needs.node_module(PACKAGE) / "cli.js")]


def default_config() -> Path:
    """Return the configuration that ``make run`` uses too."""
    return SETTINGS / "m365agentsplayground.yml"


def _quoted(value: str) -> str:
    return quote(value, safe="")


@dataclass
class Message:
    """One message as a Teams client would show it now."""

    id: str
    conversation: str  # chat or channel id; "<channel>;messageid=<root>" for a thread
    sender: str
    text: str = ""
    attachments: list[Json] = field(default_factory=list)
    raw: Json = field(default_factory=dict)
    versions: list[Json] = field(default_factory=list)  # every payload seen, oldest first
    order: int = 0  # grows with every creation and update

    @property
    def card(self) -> Json | None:
        """The first Adaptive Card of the message."""
        return next((a["content"] for a in self.attachments if a.get("contentType") == CARD), None)

    @property
    def card_text(self) -> str:
        """The card as JSON text, for simple "contains" checks."""
        return json.dumps(self.card or {}, ensure_ascii=False)

    def actions(self) -> list[Json]:
        """All actions of the card, nested ones included."""
        found: list[Json] = []

        def walk(node: Any) -> None:
            if isinstance(node, dict):
                if str(node.get("type", "")).startswith("Action."):
                    found.append(node)
                for value in node.values():
                    walk(value)
            elif isinstance(node, list):
                for value in node:
                    walk(value)

        walk(self.card)
        return found


class Playground:
    """Async context manager: starts (or joins) a Playground and acts as its users."""

    def __init__(
        self,
        bot_endpoint: str,
        *,
        config: Path | None = None,
        port: int | None = None,
        start: bool = True,
        work_dir: Path | None = None,
    ) -> None:
        """Prepare a session; ``start=False`` joins a running Playground on ``port``.

        Logs and the recording go to ``work_dir``, else to a temporary folder that is removed at the end.
        """
        if not start and port is None:
            raise ValueError("start=False needs a port")
        self.bot_endpoint = bot_endpoint
        self.port = port or free_port()
        self.messages: dict[str, Message] = {}
        self.typing: list[tuple[float, str]] = []  # (monotonic time, conversation)
        self.stream: list[Json] = []  # raw items of the conversation stream
        self.log: list[Json] = []  # items of the log stream
        self.traffic: list[Json] = []  # recorded HTTP exchanges, both directions
        self._config_path = config or default_config()
        self._start = start
        self._given_dir = work_dir
        self._process: asyncio.subprocess.Process | None = None
        self._sockets: list[aiohttp.ClientWebSocketResponse] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._order = 0
        self._invoke_cards: set[tuple[str, str]] = set()
        self._changed = asyncio.Event()

    # ---- life cycle ---------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Start the process, connect both streams and read the configuration."""
        self.work_dir = self._given_dir or Path(tempfile.mkdtemp(prefix="playground-"))
        self._http = aiohttp.ClientSession()
        try:
            if self._start:
                await self._start_process()
            self.base_url = f"http://127.0.0.1:{self.port}"
            await self._wait_until_ready()
            for path in STREAMS:
                self._sockets.append(await self._http.ws_connect(self.base_url + path, max_msg_size=0))
            self._tasks += [
                asyncio.create_task(self._read_messages(self._sockets[0])),
                asyncio.create_task(self._read_log(self._sockets[1])),
            ]
            await self._read_config()
            if self._start:
                self._tasks.append(asyncio.create_task(self._read_recording()))
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the streams and end the process that was started."""
        await self._close()

    async def _start_process(self) -> None:
        self.work_dir.mkdir(parents=True, exist_ok=True)
        (self.work_dir / "events.log").unlink(missing_ok=True)  # the Playground appends
        env = {k: v for k, v in os.environ.items() if k not in PROXY_VARIABLES}
        env |= {
            "TEAMSAPPTESTER_BROWSER": "none",
            "APPLICATION_INSIGHTS_NO_STATSBEAT": "1",
            "M365_AGENTS_PLAYGROUND_LOGFILE": str((self.work_dir / "playground.log").resolve()),
            "M365_AGENTS_PLAYGROUND_RECORDING_FILE": str((self.work_dir / "events.log").resolve()),
            "M365_AGENTS_PLAYGROUND_CONFIG_PATH": str(self._config_path.resolve()),
        }
        arguments = ["start", "-e", self.bot_endpoint, "-c", "msteams", "-p", str(self.port)]
        arguments += ["--disable-telemetry", "--enable-events-recording"]
        self._process = await asyncio.create_subprocess_exec(
            *playground_command(),
            *arguments,
            env=env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # one group: what it starts ends with it
        )
        output = self._process.stdout
        if output is None:
            raise RuntimeError("no pipe to the Playground")
        async with asyncio.timeout(START_SECONDS):
            self.port = await self._listening_port(output)  # another one when it was occupied
        self._tasks.append(asyncio.create_task(self._drain(output)))

    async def _listening_port(self, output: asyncio.StreamReader) -> int:
        seen: list[str] = []
        async for line in output:
            seen.append(line.decode(errors="replace").strip())
            if match := re.search(r"Listening on (\d+)", seen[-1]):
                return int(match.group(1))
        raise RuntimeError(f"the Playground did not start: {seen[-5:]} {self._log_errors()}")

    @staticmethod
    async def _drain(output: asyncio.StreamReader) -> None:
        async for _ in output:
            pass

    def _log_errors(self) -> str:
        try:
            lines = (self.work_dir / "playground.log").read_text(errors="replace").splitlines()
        except OSError:
            return ""
        return "; ".join(line[:300] for line in lines if line.startswith("error"))

    async def _wait_until_ready(self) -> None:
        for _ in range(100):
            # "Listening on" is printed before the configuration is checked
            if self._process and self._process.returncode is not None:
                raise RuntimeError(
                    f"the Playground ended with {self._process.returncode}: {self._log_errors()}"
                )
            with contextlib.suppress(aiohttp.ClientError):
                async with self._http.get(self.base_url + "/_debug/ping") as response:
                    if response.status == 200:
                        return
            await asyncio.sleep(0.1)
        raise TimeoutError("the Playground does not answer")

    async def _read_config(self) -> None:
        async with self._http.get(self.base_url + "/_internal/v1/testConfig") as response:
            config: Json = (await response.json())["config"]
        self.config = config
        self.current_user: str = config["currentUser"]["id"]
        self.bot: str = config["bot"]["id"]
        self.tenant: str = config["tenantId"]
        self.personal: str = config["personalChat"]["id"]
        self.group: str = config["groupChats"][0]["id"]
        self.team: str = config["teams"][0]["id"]
        self.channels: dict[str, str] = {c["name"]: c["id"] for c in config["teams"][0]["channels"]}
        self.users: dict[str, Json] = {u["id"]: u for u in (config["currentUser"], *config["users"])}

    async def _close(self) -> None:
        for web_socket in self._sockets:
            await web_socket.close()
        await self._http.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._process:
            await self._end_process(self._process)
        if self._given_dir is None:
            shutil.rmtree(self.work_dir, ignore_errors=True)

    async def _end_process(self, process: asyncio.subprocess.Process) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    # Reading to the end closes the pipe; an open one is a warning, and so a failed test.
                    await process.communicate()
                    break

    # ---- streams ------------------------------------------------------------------------

    async def _read_messages(self, web_socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in web_socket:
            if frame.type != aiohttp.WSMsgType.TEXT:
                continue
            item: Json = json.loads(frame.data)
            self.stream.append(item)
            conversation = item["actionConversationId"]
            if item["action"] == "typing":
                self.typing.append((time.monotonic(), conversation))
            elif "message" in item:
                message: Json = item["message"]
                where = message.get("postConversationId") or conversation
                self._store(message["messageId"], where, message["from"]["id"], message)
            self._changed.set()

    async def _read_log(self, web_socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in web_socket:
            if frame.type == aiohttp.WSMsgType.TEXT:
                self.log.append(json.loads(frame.data).get("log") or {})
                self._changed.set()

    async def _read_recording(self) -> None:
        """Follow the events recording: one JSON object and a "---" line per exchange.

        It has the URL and the headers, which the log stream has not, and it is the only place
        where chats without the current user (1:1 chats made by the bot) can be read.
        """
        position, buffer = 0, ""
        while True:
            text, position = self._recorded_since(position)
            buffer += text
            while "\n---\n" in buffer:
                entry, buffer = buffer.split("\n---\n", 1)
                exchange: Json = json.loads(entry)
                self.traffic.append(exchange)
                self._apply_exchange(exchange)
                self._changed.set()
            await asyncio.sleep(0.05)

    def _recorded_since(self, position: int) -> tuple[str, int]:
        try:
            with (self.work_dir / "events.log").open(encoding="utf-8") as file:
                file.seek(position)
                return file.read(), file.tell()
        except FileNotFoundError:
            return "", position

    def _apply_exchange(self, exchange: Json) -> None:
        request, response = exchange["request"], exchange["response"]
        sent, received = request.get("body"), response.get("body")
        if not isinstance(sent, dict) or not isinstance(received, dict):
            return
        if exchange["activityName"] == "invoke":  # a click in the web page
            message = self.messages.get(sent.get("replyToId") or "")
            if message and received.get("type") == CARD:
                self._replace_card(message, received, once=True)
            return
        if not exchange["direction"].startswith("User Application ->"):
            return
        path = re.search(
            r"/_connector/v3/conversations/([^/?]+)/activities(?:/[^/?]+)?$",
            request.get("url") or "",
        )
        if not path or response.get("statusCode") not in (200, 201) or "id" not in received:
            return
        conversation = unquote(path.group(1))
        streamed = {self.personal, self.group, *self.channels.values()}
        if conversation.split(";")[0] not in streamed:
            self._store(received["id"], conversation, self.bot, sent)

    def _replace_card(self, message: Message, response: Json, *, once: bool = False) -> None:
        """Show the card of an invoke response; ``once`` skips one that was applied before."""
        key = (message.id, json.dumps(response["value"], sort_keys=True))
        known = key in self._invoke_cards
        self._invoke_cards.add(key)
        if message.card == response["value"] or (once and known):
            return
        shown = {"attachments": [{"contentType": CARD, "content": response["value"]}]}
        self._store(message.id, message.conversation, message.sender, shown, response)

    def _store(
        self, message_id: str, conversation: str, sender: str, shown: Json, raw: Json | None = None
    ) -> Message:
        """Keep what a client would show now; ``raw`` is the payload it came in, if that is another one."""
        message = self.messages.setdefault(message_id, Message(message_id, conversation, sender))
        self._order += 1
        message.text = shown.get("text") or ""
        message.attachments = shown.get("attachments") or []
        message.raw = shown if raw is None else raw
        message.order = self._order
        message.versions.append(message.raw)
        return message

    # ---- reading ------------------------------------------------------------------------

    @property
    def mark(self) -> int:
        """A position in time; pass it to ``wait(after=...)``."""
        return self._order

    def history(self, conversation: str | None = None) -> list[Message]:
        """Messages of one conversation, or all."""
        return [m for m in self.messages.values() if conversation in (None, m.conversation)]

    def warnings(self) -> list[str]:
        """Texts of the warnings and errors that the Playground reported."""
        return [str(item.get("displayText")) for item in self.log if item.get("level")]

    async def wait(
        self,
        condition: Callable[[Message], object] = lambda _: True,
        *,
        conversation: str | None = None,
        after: int = 0,
        within: float = 10.0,
        sender: str | None = None,
    ) -> Message:
        """Return the first message created or updated after ``after`` that fits.

        ``sender`` is the bot unless given; ``within`` is in seconds.
        """
        wanted = sender or self.bot
        end = time.monotonic() + within
        while True:
            self._changed.clear()
            for message in sorted(self.history(conversation), key=lambda m: m.order):
                if message.order > after and message.sender == wanted and condition(message):
                    return message
            await self._next_change(end, "no such message")

    async def _next_change(self, end: float, problem: str) -> None:
        for task in self._tasks:
            if task.done() and not task.cancelled() and (error := task.exception()):
                raise error
        left = end - time.monotonic()
        if left <= 0:
            last = sorted(self.messages.values(), key=lambda m: m.order)[-6:]
            seen = [(m.conversation, m.sender, m.text[:80], m.card_text[:80]) for m in last]
            raise TimeoutError(f"{problem}; last: {seen}; warnings: {self.warnings()[-3:]}")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), min(left, 0.5))

    # ---- writing ------------------------------------------------------------------------

    async def post(self, path: str, body: Json, expected: Iterable[int] = (200,)) -> Any:
        """POST JSON to a Playground endpoint; return its JSON, else its text."""
        async with self._http.post(self.base_url + path, json=body) as response:
            text = await response.text()
            if response.status not in expected:
                raise RuntimeError(f"POST {path} -> {response.status} {text[:500]}")
        try:
            return json.loads(text)
        except ValueError:
            return text

    async def say(
        self, text: str, conversation: str | None = None, *, mention_bot: bool | None = None
    ) -> Message:
        """Do what the compose box does. The sender is always the configured current user.

        Outside the personal chat the bot is mentioned unless ``mention_bot=False``, and then
        the bot does not get the message.
        """
        conversation = conversation or self.personal
        body: Json = {"from": {"id": self.current_user}, "text": text, "textFormat": "plain"}
        if mention_bot is None:
            mention_bot = conversation != self.personal
        if mention_bot:
            tag = f"<at>{self.config['bot']['name']}</at>"
            body |= {"text": f"{tag} {text}", "textFormat": "xml"}
            body["mentions"] = [{"mentioned": {"id": self.bot}, "text": tag}]
        path = f"/_conversation/v1/conversations/{_quoted(conversation)}/messages"
        answer: Json = await self.post(path, body)
        where = answer.get("postConversationId") or conversation
        return self._store(answer["messageId"], where, self.current_user, body, answer)

    async def say_as(
        self, user: str, conversation: str, text: str, *, mention_bot: bool | None = None
    ) -> Json:
        """Send a message activity from any user; return the activity.

        The web page does not show it, but the bot sees an ordinary message and answers in
        ``conversation``.
        """
        activity = await self.base_activity(conversation, user)
        activity |= {"type": "message", "text": text, "textFormat": "plain"}
        if mention_bot is None:
            mention_bot = conversation != self.personal
        if mention_bot:
            name = self.config["bot"]["name"]
            tag = f"<at>{name}</at>"
            activity["text"] = f"{tag} {text}"
            mention = {"type": "mention", "text": tag, "mentioned": {"id": self.bot, "name": name}}
            activity["entities"].insert(0, mention)
        await self.send_activity(activity)
        return activity

    async def send_activity(self, activity: Json) -> None:
        """Forward an activity of any type from any user to the bot, verbatim."""
        await self.post("/_internal/v1/customActivities", activity)

    async def template(self, conversation: str, kind: str | None = None) -> Json:
        """Return the activity that "Mock an Activity" offers for ``kind``."""
        query = f"?conversationId={_quoted(conversation)}" + (f"&type={kind}" if kind else "")
        url = f"{self.base_url}/_internal/v1/customActivities/template{query}"
        async with self._http.get(url) as response:
            text = await response.text()
            if response.status != 200:
                raise RuntimeError(f"template {kind} -> {response.status} {text[:300]}")
        template: Json = json.loads(text)
        return template

    async def mock(self, conversation: str, kind: str, **changes: Any) -> Json:
        """Send a mocked activity; return it.

        Kinds: install, uninstall, userAdded, userRemoved, botAdded, botRemoved,
        channelCreated, channelRenamed, channelDeleted, teamRenamed, teamDeleted, sendEmail,
        mentionInWord.
        """
        activity = await self.template(conversation, kind) | changes
        await self.send_activity(activity)
        return activity

    async def install(self, conversation: str | None = None) -> None:
        """Send the install events, as the web page does when it opens a chat."""
        path = f"/_debug/conversation/{_quoted(conversation or self.personal)}/installation"
        await self.post(path, {})

    async def base_activity(self, conversation: str, user: str) -> Json:
        """Return an activity without type, as Teams would send it from ``user``."""
        activity = await self.template(conversation)  # recipient, conversation, serviceUrl ...
        person = self.users[user]
        channel_data: Json = {"tenant": {"id": self.tenant}}
        channel = conversation.split(";", maxsplit=1)[0]
        if channel in self.channels.values():
            channel_data |= {
                "teamsChannelId": channel,
                "teamsTeamId": self.team,
                "channel": {"id": channel},
                "team": {"id": self.team},
            }
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        client = {"type": "clientInfo", "locale": "en-US", "country": "US", "platform": "Web"}
        sender = {"id": user, "name": person["name"], "aadObjectId": person["aadObjectId"]}
        return activity | {
            "id": str(time.time_ns() // 1000),
            "from": sender,
            "channelData": channel_data,
            "locale": "en-US",
            "localTimezone": "Etc/UTC",
            "timestamp": now,
            "localTimestamp": now,
            "entities": [client],
        }

    async def execute(
        self, message: Message, title: str, inputs: Json | None = None, user: str | None = None
    ) -> Json:
        """Click the Action.Execute with this title as a member of the conversation; return the answer.

        A card in the answer replaces the card of ``message``, as in a Teams client.
        """
        body = {
            "name": "adaptiveCard/action",
            "from": {"id": user or self.current_user},
            "conversation": {"id": message.conversation},
            "replyToId": message.id,
            "value": _execute_value(message, title, inputs),
        }
        answer: Json = await self.post("/_conversation/v1/invoke", body)
        if answer.get("type") == CARD:
            self._replace_card(message, answer)
        return answer

    async def click_activity(
        self, message: Message, title: str, inputs: Json | None = None, *, user: str
    ) -> Json:
        """Return what Teams sends to the bot when somebody clicks the Action.Execute with this title."""
        activity = await self.base_activity(message.conversation, user)
        return activity | {
            "id": f"f:{uuid.uuid4()}",
            "type": "invoke",
            "name": "adaptiveCard/action",
            "replyToId": message.id,
            "value": _execute_value(message, title, inputs),
        }

    async def execute_unchecked(
        self,
        message: Message,
        title: str,
        inputs: Json | None = None,
        *,
        user: str,
        within: float = 10.0,
    ) -> Json:
        """Click as any user, member or not; return the recorded HTTP response of the bot.

        It has ``statusCode`` and ``body``. Use it to test the bot's own authorisation. A card
        in the response replaces the card of ``message`` here, whoever clicked.
        """
        if not self._start:
            raise RuntimeError("needs the events recording of a Playground started here")
        activity = await self.click_activity(message, title, inputs, user=user)
        await self.send_activity(activity)
        end = time.monotonic() + within
        while True:
            self._changed.clear()
            for exchange in self.traffic:
                sent = exchange["request"].get("body")
                if isinstance(sent, dict) and sent.get("id") == activity["id"]:
                    response: Json = exchange["response"]
                    return response
            await self._next_change(end, "no answer to the invoke")

    async def submit(
        self,
        message: Message,
        title: str | None = None,
        inputs: Json | None = None,
        user: str | None = None,
    ) -> None:
        """Click an Action.Submit: the bot gets a message with ``value`` and no text."""
        action = next(
            (
                a
                for a in message.actions()
                if a["type"] == "Action.Submit" and title in (None, a.get("title"))
            ),
            None,
        )
        if action is None:
            raise LookupError(f"no Action.Submit {title!r} in {message.card_text[:300]}")
        body = {
            "from": {"id": user or self.current_user},
            "conversation": {"id": message.conversation},
            "replyToId": message.id,
            "value": {**(action.get("data") or {}), **(inputs or {})},
        }
        await self.post("/_conversation/v1/submit", body)


def _execute_value(message: Message, title: str, inputs: Json | None) -> Json:
    """Build the invoke value that a click sends, ``trigger`` included."""
    for action in message.actions():
        if action["type"] == "Action.Execute" and action.get("title") == title:
            data = {**(action.get("data") or {}), **(inputs or {})}
            click = {"type": "Action.Execute", "title": title, "verb": action.get("verb")}
            return {"action": {**click, "data": data}, "trigger": "manual"}
    raise LookupError(f"no Action.Execute {title!r} in {message.card_text[:300]}")
