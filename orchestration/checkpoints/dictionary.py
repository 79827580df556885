"""What most entries have in common, for the compressor: names of fields and classes as a pickle writes them.

Part of format 2. Never change a character: what was compressed with it could not be read any more.
"""

_CHECKPOINT = (
    "workflow_name graph_signature_hash checkpoint_id previous_checkpoint_id timestamp messages state "
    "_executor_state _edge_state pending_request_info_events iteration_count metadata superstep version 1.0"
)
_SENT = (
    "data source_id target_id type standard response trace_contexts source_span_ids traceparent "
    "original_request_info_event request_info origin EXECUTOR request_id source_executor_id request_type "
    "response_type executor_id iteration details"
)
_OURS = (
    "Conversation Question Answer Result Value title text revision last_revision verdict comment by accepted"
)
_MODULES = (
    "agent_framework._workflows._runner_context WorkflowMessage MessageType "
    "agent_framework._workflows._events WorkflowEvent WorkflowEventSource "
    "agent_framework._workflows._agent_executor AgentExecutorResponse AgentExecutorRequest "
    "agent_framework._types AgentResponse builtins getattr orchestration.messages"
)
_BEFORE_TEXT = "annotations additional_properties} merge_mode"
_AFTER_TEXT = (
    "protected_data uri media_type message error_code error_details usage_details call_id name "
    "arguments exception"
)
_AFTER_EXCEPTION = (
    "result items file_id vector_store_id inputs outputs image_id commands timeout_ms max_output_length "
    "status actions screenshot pending_safety_checks acknowledged_safety_checks stdout stderr exit_code "
    "timed_out tool_name server_name output hosted id function_call user_input_request approved consent_link"
)


def _word(text: str) -> bytes:
    return b"\x8c" + bytes([len(text)]) + text.encode()


def _remembered(words: str) -> bytes:
    return b"".join(_word(word) + b"\x94" for word in words.split())


def _empty(fields: str) -> bytes:
    """Fields without value; one that ends with a brace is an empty dict."""
    return b"".join(
        _word(name[:-1]) + b"}" if name[-1] == "}" else _word(name) + b"N" for name in fields.split()
    )


def _class(name: str) -> bytes:
    return _word("agent_framework._types") + _word(name) + b"\x93)\x81}("


def _content(kind: str) -> bytes:
    start = _class("Content") + _word("type") + _word(kind) + _empty(_BEFORE_TEXT)
    middle = _empty(_AFTER_TEXT) + _word("informational_only") + b"\x89"
    return start + _word("text") + b"K\x00Q" + middle + _empty(_AFTER_EXCEPTION) + b"ub"


def _message(role: str) -> bytes:
    start = _class("Message") + _word("role") + _word(role) + _word("contents") + b"]"
    return start + _content("text") + b"a" + _empty("author_name message_id additional_properties}") + b"ub."


DICTIONARY = b"".join(
    (
        _remembered(_CHECKPOINT),
        _remembered(_SENT),
        _remembered(_OURS),
        _remembered(_MODULES),
        _content("function_call"),
        _content("function_result"),
        _message("assistant"),
        _message("user"),
    )
)
