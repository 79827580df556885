"""Which model is chosen, and what goes over the wire. A real provider is asked when its variables are set."""

import asyncio
import logging
import time
import traceback
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest
from agent_framework import Agent
from agent_framework.exceptions import ChatClientException

from orchestration.agents.models import ENTRA_SCOPE, Model, choose
from orchestration.agents.usage import metered
from orchestration.errors import InvalidInputError
from orchestration.model import Usage, used
from tests.fakes.openai import Answer, FakeOpenAI, break_off, busy, dribble, hang, pause, raw, refuse, say
from tests.fakes.providers import CONFIGURED, PROVIDERS

KEY = "sk-a-key-that-nobody-may-see"
LOCAL = {"LOCAL_MODEL_BASE_URL": "http://127.0.0.1:11434/v1", "LOCAL_MODEL": "qwen3"}
OPENAI = {"OPENAI_API_KEY": KEY, "OPENAI_MODEL": "gpt-x"}
AZURE = {"AZURE_OPENAI_ENDPOINT": "https://acme.openai.azure.com/", "AZURE_OPENAI_MODEL": "writer"}


class AccessToken(NamedTuple):
    token: str
    expires_on: int = 0


class Credential:
    """An Azure credential with one token."""

    def __init__(self, token: str = KEY) -> None:
        self.scopes: list[str] = []
        self._token = token

    async def get_token(self, *scopes: str) -> AccessToken:
        self.scopes.extend(scopes)
        return AccessToken(self._token)


class BrokenCredential:
    async def get_token(self, *scopes: str) -> AccessToken:
        raise PermissionError(f"no identity for {KEY}")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(autouse=True)
def _without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK waits half a second and more before it tries again. Retry-After is obeyed all the same."""
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.001)


@asynccontextmanager
async def chosen(
    environ: Mapping[str, str], credential: Credential | BrokenCredential | None = None
) -> AsyncIterator[Model]:
    model = choose(environ, azure_credential=(lambda: credential) if credential else None)
    try:
        yield model
    finally:
        await model.aclose()


@asynccontextmanager
async def local_at(server: FakeOpenAI) -> AsyncIterator[Model]:
    async with chosen({**LOCAL, "LOCAL_MODEL_BASE_URL": f"{server.url}/v1"}) as model:
        yield model


@asynccontextmanager
async def azure_at(
    server: FakeOpenAI, credential: Credential | BrokenCredential | None = None, path: str = "", **more: str
) -> AsyncIterator[Model]:
    async with chosen({**AZURE, "AZURE_OPENAI_ENDPOINT": server.url + path, **more}, credential) as model:
        yield model


@asynccontextmanager
async def openai_at(server: FakeOpenAI, **more: str) -> AsyncIterator[Model]:
    async with chosen({**OPENAI, "OPENAI_BASE_URL": f"{server.url}/v1", **more}) as model:
        yield model


async def ask(model: Model, words: str = "Hello") -> str:
    return (await Agent(client=model.client, instructions="Be kind.").run(words)).text


async def ask_streaming(model: Model) -> str:
    stream = Agent(client=model.client).run("Hello", stream=True)
    return (await stream.get_final_response()).text


async def sentence(model: Model) -> str:
    """Ask, and return why there was no answer."""
    with pytest.raises(ChatClientException) as caught:
        await ask(model)
    assert KEY not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


# ---- choosing -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "provider", "name"),
    [
        ({**LOCAL, **OPENAI, **AZURE}, "local", "qwen3"),
        ({**OPENAI, **AZURE}, "openai", "gpt-x"),
        (AZURE, "azure", "writer"),
        ({}, "demo", "demo"),
        ({"OPENAI_API_KEY": " ", "OPENAI_MODEL": "", "AZURE_OPENAI_ENDPOINT": ""}, "demo", "demo"),
    ],
)
async def test_local_comes_before_openai_before_azure_before_the_demo_model(
    environ: dict[str, str], provider: str, name: str
) -> None:
    async with chosen(environ, Credential()) as model:
        assert (model.provider, model.name) == (provider, name)
        assert name in model.describe


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        (
            {"LOCAL_MODEL_BASE_URL": "http://localhost/v1"},
            "LOCAL_MODEL_BASE_URL is set, but LOCAL_MODEL is not",
        ),
        ({"LOCAL_MODEL": "qwen3"}, "LOCAL_MODEL is set, but LOCAL_MODEL_BASE_URL is not"),
        ({"OPENAI_API_KEY": KEY}, "OPENAI_API_KEY is set, but OPENAI_MODEL is not"),
        ({"OPENAI_MODEL": "gpt-x"}, "OPENAI_MODEL is set, but OPENAI_API_KEY is not"),
        ({"OPENAI_BASE_URL": "https://proxy"}, "OPENAI_BASE_URL is set, but OPENAI_API_KEY is not"),
        (
            {"AZURE_OPENAI_ENDPOINT": "https://a"},
            "AZURE_OPENAI_ENDPOINT is set, but AZURE_OPENAI_MODEL is not",
        ),
        ({"AZURE_OPENAI_API_KEY": KEY}, "AZURE_OPENAI_API_KEY is set, but AZURE_OPENAI_ENDPOINT is not"),
        ({**LOCAL, "LOCAL_MODEL_BASE_URL": "localhost:11434"}, "LOCAL_MODEL_BASE_URL must be an address"),
        ({**LOCAL, "LOCAL_MODEL_BASE_URL": "http://[broken"}, "LOCAL_MODEL_BASE_URL must be an address"),
        ({**LOCAL, "LOCAL_MODEL_BASE_URL": "http://h:99999"}, "LOCAL_MODEL_BASE_URL must be an address"),
        (
            {**LOCAL, "LOCAL_MODEL_BASE_URL": f"http://me:{KEY}@h/v1"},
            "LOCAL_MODEL_BASE_URL must be an address",
        ),
        ({**AZURE, "AZURE_OPENAI_ENDPOINT": "https://a/x?api-version=1"}, "AZURE_OPENAI_ENDPOINT must be an"),
        (
            {**AZURE, "AZURE_OPENAI_ENDPOINT": "http://acme.example"},
            "AZURE_OPENAI_ENDPOINT must begin with https",
        ),
        ({**OPENAI, "OPENAI_BASE_URL": "http://acme.example"}, "OPENAI_BASE_URL must begin with https"),
        ({**OPENAI, "OPENAI_API_KEY": "sk-…"}, "OPENAI_API_KEY has characters"),
        ({**LOCAL, "MODEL_TIMEOUT_SECONDS": "soon"}, "MODEL_TIMEOUT_SECONDS must be"),
        ({**LOCAL, "MODEL_TIMEOUT_SECONDS": "nan"}, "MODEL_TIMEOUT_SECONDS must be"),
        ({**LOCAL, "MODEL_TIMEOUT_SECONDS": "0"}, "MODEL_TIMEOUT_SECONDS must be"),
        ({"DEMO_MODEL_DELAY_SECONDS": "-1"}, "DEMO_MODEL_DELAY_SECONDS must be"),
        (AZURE, "Azure OpenAI needs an Azure identity, or AZURE_OPENAI_API_KEY"),
    ],
)
def test_half_a_configuration_is_refused_with_the_name_of_the_variable(
    environ: dict[str, str], words: str
) -> None:
    with pytest.raises(InvalidInputError, match=words) as caught:
        choose(environ, azure_credential=None)
    assert KEY not in str(caught.value)


async def test_no_key_is_shown_by_a_model() -> None:
    async with chosen(OPENAI) as model:
        assert KEY not in repr(model)
        assert KEY not in repr(vars(model.client))


async def test_no_key_gets_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with FakeOpenAI(refuse(500), key=KEY) as server, openai_at(server) as model:
        await ask(model)
    assert caplog.records
    assert KEY not in caplog.text


# ---- over the wire ------------------------------------------------------------------------


async def test_a_local_model_needs_no_key() -> None:
    async with FakeOpenAI() as server, local_at(server) as model:
        assert await ask(model, "Hi") == "You said: Hi"
    asked = server.asked[0]
    assert (asked.path, asked.body["model"], asked.last_words) == ("/v1/chat/completions", "qwen3", "Hi")
    assert asked.body["messages"][0] == {"role": "system", "content": "Be kind."}


async def test_openai_is_told_the_organisation_and_the_project() -> None:
    told = {"OPENAI_ORG_ID": "org-1", "OPENAI_PROJECT_ID": "proj-1"}
    async with FakeOpenAI(key=KEY) as server, openai_at(server, **told) as model:
        await ask(model)
    asked = server.asked[0]
    assert (asked.credential, asked.body["model"]) == ("Bearer", "gpt-x")
    assert (asked.headers["openai-organization"], asked.headers["openai-project"]) == ("org-1", "proj-1")


async def test_only_the_given_variables_count(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "OPENAI_ORG_ID",
        "OPENAI_PROJECT_ID",
        "OPENAI_MODEL",
        "OPENAI_API_KEY",
        "AZURE_OPENAI_API_KEY",
    ):
        monkeypatch.setenv(name, "of-the-process")
    async with FakeOpenAI() as server, local_at(server) as model:
        await ask(model)
    assert server.asked[0].body["model"] == "qwen3"
    assert "of-the-process" not in server.asked[0].headers.values()


@pytest.mark.parametrize("path", ["", "/", "/openai/v1/"])
async def test_azure_gets_a_token_of_the_identity(path: str) -> None:
    credential = Credential()
    async with FakeOpenAI(key=KEY) as server, azure_at(server, credential, path) as model:
        await ask(model)
    asked = server.asked[0]
    assert (asked.path, asked.body["model"]) == ("/openai/v1/chat/completions", "writer")
    assert (asked.credential, credential.scopes) == ("Bearer", [ENTRA_SCOPE])


async def test_azure_is_asked_in_the_dated_form_when_a_version_is_named() -> None:
    version = {"AZURE_OPENAI_API_VERSION": "2024-10-21"}
    async with FakeOpenAI(key=KEY) as server, azure_at(server, Credential(), **version) as model:
        await ask(model)
    asked = server.asked[0]
    assert asked.path == "/openai/deployments/writer/chat/completions"
    assert (asked.query, asked.credential) == ({"api-version": "2024-10-21"}, "Bearer")


@pytest.mark.parametrize(("version", "credential"), [("", "Bearer"), ("2024-10-21", "api-key")])
async def test_azure_takes_a_key_instead_of_an_identity(version: str, credential: str) -> None:
    given = {"AZURE_OPENAI_API_KEY": KEY, "AZURE_OPENAI_API_VERSION": version}
    async with FakeOpenAI(key=KEY) as server, azure_at(server, None, **given) as model:
        await ask(model)
    assert server.asked[0].credential == credential


async def test_a_busy_provider_is_asked_again_after_the_time_it_names() -> None:
    async with FakeOpenAI(busy(0.5), say("At last."), key=KEY) as server, openai_at(server) as model:
        began = time.monotonic()
        with metered() as meter:
            assert await ask(model) == "At last."
    assert time.monotonic() - began >= 0.5
    assert len(server.asked) == 2
    assert used(meter.taken()) == Usage(calls=1, input_tokens=7, output_tokens=3)


async def test_a_broken_connection_is_tried_again() -> None:
    async with FakeOpenAI(break_off, say("At last."), key=KEY) as server, openai_at(server) as model:
        assert await ask(model) == "At last."


# ---- when there is no answer --------------------------------------------------------------


UNUSABLE = "The model gpt-x answered with something that is not a chat completion."
NO_ANSWERS: dict[str, tuple[Answer, int, str]] = {
    "failing": (refuse(500, KEY), 4, "The model gpt-x failed at the provider. (Status 500.) Request req-1."),
    "busy": (busy(0.01), 4, "The model gpt-x is asked too much at the moment, or its quota is used up."),
    "wrong key": (refuse(401, f"Incorrect: {KEY}"), 1, "The model gpt-x refused our key or identity."),
    "wrong name": (refuse(404), 1, "The model gpt-x was not found at the provider"),
    "too long": (refuse(400, f"Too long, {KEY}!"), 1, "refused the request: Error code: 400 - Too long, …!"),
    "forbidden": (
        refuse(400, KEY, code="content_filter"),
        1,
        "the provider's content filter refused the text.",
    ),
    "malformed": (raw('{"choices": ['), 1, UNUSABLE),
    "a web page": (raw("<html>Sign in</html>", "text/html"), 1, UNUSABLE),
    "empty": (raw("{}"), 1, UNUSABLE),
    "cut off": (say("Half a", finish="length"), 1, "was cut off: it reached the model's length limit."),
    "filtered": (say("", finish="content_filter"), 1, "was cut off by the provider's content filter."),
    "broken off": (break_off, 4, "The model gpt-x could not be reached, or the connection broke."),
}


@pytest.mark.parametrize(("answer", "attempts", "words"), NO_ANSWERS.values(), ids=NO_ANSWERS)
async def test_a_sentence_says_why_there_is_no_answer(answer: Answer, attempts: int, words: str) -> None:
    async with FakeOpenAI(*[answer] * 4, key=KEY) as server, openai_at(server) as model:
        said = await sentence(model)
    assert words in said
    assert len(server.asked) == attempts


@pytest.mark.parametrize("answer", [hang, dribble(0.05)], ids=["hang", "dribble"])
async def test_an_attempt_ends_after_its_time(answer: Answer) -> None:
    async with (
        FakeOpenAI(*[answer] * 4, key=KEY) as server,
        openai_at(server, MODEL_TIMEOUT_SECONDS="0.3") as model,
    ):
        began = time.monotonic()
        assert await sentence(model) == "The model gpt-x gave no answer in time."
    assert time.monotonic() - began < 5
    assert len(server.asked) == 4


async def test_a_provider_that_is_not_there_is_named() -> None:
    async with chosen({**LOCAL, "LOCAL_MODEL_BASE_URL": "http://127.0.0.1:9/v1"}) as model:
        assert await sentence(model) == "The model qwen3 could not be reached, or the connection broke."


async def test_an_identity_without_a_token_is_told_from_a_broken_provider() -> None:
    async with FakeOpenAI() as server, azure_at(server, BrokenCredential()) as model:
        assert await sentence(model) == "The model writer could not be asked (PermissionError)."
    assert not server.asked


# ---- streaming ----------------------------------------------------------------------------


async def test_a_streamed_answer_is_whole() -> None:
    async with FakeOpenAI(say("One two three"), key=KEY) as server, openai_at(server) as model:
        assert (await ask_streaming(model)).strip() == "One two three"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (break_off, "The model gpt-x could not be reached"),
        (pause, "The model gpt-x gave no answer in time."),
        (say("Half a", finish=None), "the stream ended too early"),
        (say("Half a", finish="length"), "the model's length limit"),
        (refuse(400), "The model gpt-x refused the request"),
    ],
)
async def test_a_stream_that_ends_early_is_no_answer(answer: Answer, words: str) -> None:
    async with (
        FakeOpenAI(*[answer] * 4, key=KEY) as server,
        openai_at(server, MODEL_TIMEOUT_SECONDS="1") as model,
    ):
        with pytest.raises(ChatClientException, match=words):
            await ask_streaming(model)


async def test_one_model_serves_many_runs_at_once() -> None:
    async with FakeOpenAI(key=KEY) as server, openai_at(server) as model:
        said = await asyncio.gather(*(ask(model, f"run {number}") for number in range(50)))
    assert said == [f"You said: run {number}" for number in range(50)]


# ---- real providers, if there are any ----------------------------------------------------


@pytest.mark.parametrize("provider", CONFIGURED)
async def test_a_configured_provider_answers(provider: str) -> None:
    async with chosen(PROVIDERS[provider]) as model:
        with metered() as meter:
            assert await ask(model, "Say hello.")
    assert model.provider == provider
    assert used(meter.taken()).output_tokens > 0
