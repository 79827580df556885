"""A log of saved states in memory, states to save in it, and a comparison that looks at types, too."""

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from agent_framework import Content, Message, WorkflowCheckpoint, WorkflowEvent
from agent_framework._workflows._runner_context import WorkflowMessage

from orchestration.checkpoints.codec import Codec, Encoded, Entry
from orchestration.checkpoints.keyring import Keyring
from orchestration.messages import Answer, Conversation, Question, Result
from orchestration.model import RunKey

SECRET = "a secret of a test that is long enough to sign with"  # noqa: S105  signs fixtures only
KEY = RunKey("00000000-0000-4000-8000-000000000001", "run-20260102-abcdefgh")
RING = Keyring((SECRET,))


class Log:
    """What a store does with what the codec makes."""

    def __init__(self, key: RunKey = KEY, keyring: Keyring = RING) -> None:
        self.key, self.keyring = key, keyring
        self.codec = Codec(key, keyring)
        self.entries: dict[int, Entry] = {}
        self.blobs: dict[str, bytes] = {}

    async def save(self, checkpoint: WorkflowCheckpoint) -> Encoded:
        encoded = await self.codec.encode(checkpoint, len(self.entries) + 1)
        self.blobs |= encoded.new_blobs
        self.entries[len(self.entries) + 1] = encoded.entry
        self.codec.stored(encoded)
        return encoded

    async def load(self, number: int = 0, codec: Codec | None = None) -> WorkflowCheckpoint:
        """Load the last one, or another, as another process would."""
        codec = codec or Codec(self.key, self.keyring)
        number = number or len(self.entries)
        return await codec.decode(number, self.data(number), self.blobs_of(number))

    def data(self, number: int) -> dict[int, bytes]:
        return {source: self.entries[source].data for source in (number, *self.entries[number].sources)}

    def blobs_of(self, number: int) -> dict[str, bytes]:
        return {name: self.blobs[name] for name in self.entries[number].blobs}


def checkpoint(sent: Any = None, **state: Any) -> WorkflowCheckpoint:
    """A state between two steps: what one sends to the other, and what they keep."""
    return WorkflowCheckpoint(
        workflow_name="release-notes",
        graph_signature_hash="5e" * 32,
        checkpoint_id="c7ad4ce5-0a7b-4b8e-a9b5-4d1a35a2c0e7",
        timestamp="2026-01-02T03:04:05.678901+00:00",
        messages={"writer": [WorkflowMessage(data=sent, source_id="writer", target_id="review")]},
        state={"_executor_state": {"planner": {}, "writer": state, "review": {}, "end": {}}},
        iteration_count=3,
        metadata={"superstep": 3},
    )


def sent(checkpoint: WorkflowCheckpoint) -> Any:
    return checkpoint.messages["writer"][0].data


def kept(checkpoint: WorkflowCheckpoint) -> dict[str, Any]:
    return checkpoint.state["_executor_state"]["writer"]


def example() -> WorkflowCheckpoint:
    """What the fixtures hold: some of everything. Never change it, the fixtures do not change either."""
    talk = Conversation().saying("user", "Faster search. " * 20).saying("assistant", "Grüße, 世界 🎉")
    question = WorkflowEvent.request_info(
        "review-1", "review", Question("Publish?", "Notes. " * 40, 2), Answer
    )
    made = checkpoint(
        talk,
        talk=talk,
        note=Result("done", accepted=False),
        when=datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
        tuple=(1, 2.5, None, True),
        set={1, 2},
        bytes=b"\x00\xff" * 200,
        empty={"list": [], "dict": {}, "tuple": (), "text": ""},
        calls=[Message("assistant", [Content.from_function_call("call-1", "search", arguments={"q": "x"})])],
    )
    made.pending_request_info_events["review-1"] = question
    return made


LONG = "All work and no play makes a long text. " * 10

CONTENTS: Mapping[str, Content] = {
    "text": Content.from_text(LONG, annotations=[{"type": "citation", "url": "https://example.com"}]),
    "reasoning": Content.from_text_reasoning(text="Because.", protected_data="x" * 300),
    "data": Content.from_data(b"\x89PNG" * 200, "image/png", name="picture.png"),
    "uri": Content.from_uri("https://example.com/a.pdf", media_type="application/pdf"),
    "error": Content.from_error(message="It broke", error_code="E1", error_details=LONG),
    "call": Content.from_function_call("call-1", "mail", arguments={"to": ["a@b.c"], "deep": {"n": (1, 2)}}),
    "call as text": Content.from_function_call("call-2", "mail", arguments='{"body": "' + LONG + '"}'),
    "failed call": Content.from_function_result("call-1", result=None, exception="secret diagnostics"),
    "result": Content.from_function_result(
        "call-1", result=[Content.from_text("x"), Content.from_data(b"1", "image/png")]
    ),
    "usage": Content.from_usage({"input_token_count": 3, "output_token_count": 4, "total_token_count": 7}),
    "file": Content.from_hosted_file("file-1", name="notes.txt"),
    "vector store": Content.from_hosted_vector_store("store-1"),
    "search": Content.from_search_tool_call("call-1", tool_name="web", arguments={"query": "x"}),
    "code": Content.from_code_interpreter_tool_call(call_id="c", inputs=[Content.from_text("print(1)")]),
    "image": Content.from_image_generation_tool_result(
        image_id="i", outputs=Content.from_data(b"2" * 500, "image/png")
    ),
    "shell": Content.from_shell_tool_call(call_id="c", commands=["ls"], timeout_ms=5),
    "approval request": Content.from_function_approval_request(
        "approval-1", Content.from_function_call("call-1", "mail", arguments={"a": 1})
    ),
    "approval": Content.from_function_approval_response(
        approved=True, id="approval-1", function_call=Content.from_function_call("call-1", "mail")
    ),
    "own properties": Content.from_text(
        "x", additional_properties={"at": datetime(2026, 1, 2, tzinfo=UTC), "for": timedelta(1)}
    ),
}


def plain(value: Any) -> Any:
    """The value with the type of each part. raw_representation is not kept, nor by the framework."""
    if isinstance(value, Mapping):
        return type(value), [(plain(key), plain(item)) for key, item in value.items()]
    if isinstance(value, list | tuple):
        return type(value), [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return type(value), sorted(map(repr, value))
    if isinstance(value, WorkflowCheckpoint):
        return type(value), plain(value.to_dict())
    if hasattr(value, "__dict__") and not isinstance(value, type):
        named = [field.name for field in dataclasses.fields(value)] if dataclasses.is_dataclass(value) else []
        # A field that was added later is not in an old state: its default counts.
        fields = {**{name: getattr(value, name) for name in named}, **vars(value), "raw_representation": None}
        return type(value), [(name, plain(fields[name])) for name in sorted(fields)]
    return type(value), repr(value)
