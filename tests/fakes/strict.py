"""The demo model behind OpenAI's interface, as strict as OpenAI is about the order of calls and results.

So whole workflows run over the wire: what a provider would refuse is refused here.
"""

import json
from collections.abc import Iterable
from typing import Any

from agent_framework import Content, FunctionTool, Message
from aiohttp import web

from orchestration.agents.demo.rule import NOTES
from orchestration.agents.demo.rules import RULES, echo
from tests.fakes.openai import Body, FakeOpenAI, call, refuse, say


class StrictOpenAI(FakeOpenAI):
    """`async with StrictOpenAI() as server`, then ask `server.url`. `refused` says what was wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        self._script = [self._by_rule]
        return await super()._complete(request)

    async def _by_rule(self, request: web.Request, body: Body) -> web.StreamResponse:
        if fault := fault_of(body):
            self.refused.append(fault)
            return await refuse(400, fault)(request, body)
        said = _said(body)
        if isinstance(said, str):
            return await say(said)(request, body)
        made = [each for each in said if each.type == "function_call"]
        calls = [(str(each.name), str(each.arguments)) for each in made]
        return await call(*calls, ids=[str(each.call_id) for each in made])(request, body)


def fault_of(body: Body) -> str:
    """Return what OpenAI would refuse in a request; "": nothing."""
    waiting: list[str] = []
    for message in body["messages"]:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                return f"no call {message['tool_call_id']} before its result"
            waiting.remove(message["tool_call_id"])
        elif waiting:
            return f"no results for {waiting}"
        waiting += [each["id"] for each in message.get("tool_calls") or ()]
        if not message.get("content") and not message.get("tool_calls"):
            return f"an empty message of {message['role']}"
    names = [tool["function"]["name"] for tool in body.get("tools") or ()]
    if len(set(names)) < len(names):
        return f"two tools of one name among {names}"
    return f"no results for {waiting}" if waiting else _fault_of_format(body)


def _fault_of_format(body: Body) -> str:
    """A JSON answer needs a schema, and the strict ones name all their properties as required."""
    form = body.get("response_format") or {}
    schema = form.get("json_schema", {})
    if form.get("type") == "json_schema" and not schema.get("name"):
        return "a schema without a name"
    return next(_loose(schema.get("schema", {})), "") if schema.get("strict") else ""


def _loose(schema: Any) -> Iterable[Any]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            missing = set(schema.get("properties", {})) - set(schema.get("required", ()))
            if missing or schema.get("additionalProperties") is not False:
                yield f"a strict schema must require all and allow no more: {sorted(missing)}"
        for part in schema.values():
            yield from _loose(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _loose(part)


def _said(body: Body) -> str | list[Content]:
    messages = [_message(each) for each in body["messages"]]
    system = "\n".join(message.text for message in messages if message.role in {"system", "developer"})
    own = [message for message in messages if message.role not in {"system", "developer"}]
    options = {
        "instructions": system,
        "tools": [_tool(each["function"]) for each in body.get("tools") or ()],
        "response_format": body.get("response_format"),
        NOTES: [],
    }
    rule = next((rule for words, rule in RULES.items() if words in system.casefold()), echo)
    return rule(own, options)


def _tool(given: Body) -> FunctionTool:
    name, what = given["name"], given.get("description", "")
    return FunctionTool(name=name, description=what, func=None, input_model=given["parameters"])


def _message(given: Body) -> Message:
    role, text = given["role"], given.get("content")
    if role == "tool":
        return Message("tool", [Content.from_function_result(call_id=given["tool_call_id"], result=text)])
    words = text if isinstance(text, str) else " ".join(part.get("text", "") for part in text or ())
    contents = [Content.from_text(words)] if words else []
    for each in given.get("tool_calls") or ():
        function = each["function"]
        contents.append(
            Content.from_function_call(
                call_id=each["id"],
                name=function["name"],
                arguments=json.dumps(json.loads(function["arguments"])),
            )
        )
    return Message(role, contents, author_name=given.get("name"))
