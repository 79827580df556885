"""`signoff devui` as a real process: DevUI lists the workflows, draws them, asks, and goes on."""

import asyncio
import json
import re
import sys
from contextlib import asynccontextmanager

import aiohttp
import pytest

from tests.e2e.process import environment
from tests.fakes.packages import GREETING, install
from tests.ports import free_port


@asynccontextmanager
async def devui(folder, **variables):
    """Yield a session that may talk to DevUI, and its address."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "devui", "--port", str(port)),
        cwd=folder,
        env=environment(**variables),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
        address, token = re.fullmatch(r"DevUI on (http://127\.0\.0\.1:\d+) \(token: (\S+)\)\n", line).groups()
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
            await answering(http, f"{address}/health")
            yield http, address
    finally:
        process.terminate()
        await asyncio.wait_for(process.communicate(), 30)


async def answering(http, url):
    async with asyncio.timeout(60):
        while True:
            try:
                async with http.get(url) as response:
                    assert response.status == 200
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.1)


async def events(http, address, entity, conversation, words):
    body = {"metadata": {"entity_id": entity}, "conversation": conversation, "input": words, "stream": True}
    async with http.post(f"{address}/v1/responses", json=body) as response:
        assert response.status == 200
        lines = (await response.text()).splitlines()
    return [json.loads(line[5:]) for line in lines if line.startswith("data:") and "[DONE]" not in line]


async def test_all_workflows_are_there_and_the_release_notes_run_to_their_question_and_on(tmp_path):
    site = install(tmp_path / "site", "acme_greetings", GREETING, "acme_greetings:DEFINITION")
    async with devui(tmp_path, PYTHONPATH=str(site)) as (http, address):
        async with aiohttp.ClientSession() as stranger, stranger.get(f"{address}/v1/entities") as response:
            assert response.status == 401
        async with http.get(f"{address}/v1/entities") as response:
            found = {each["name"].split("@")[0]: each["id"] for each in (await response.json())["entities"]}
        assert {"release-notes", "greet"} <= found.keys()
        entity = found["release-notes"]
        async with http.get(f"{address}/v1/entities/{entity}/info") as response:
            groups = (await response.json())["workflow_dump"]["edge_groups"]
        edges = {(edge["source_id"], edge["target_id"]) for group in groups for edge in group["edges"]}
        assert {("write", "review"), ("review", "write"), ("review", "publish")} <= edges
        async with http.post(
            f"{address}/v1/conversations", json={"metadata": {"entity_id": entity}}
        ) as response:
            conversation = (await response.json())["id"]
        asked = await events(http, address, entity, conversation, "Faster search. Dark mode.")
        [question] = [each for each in asked if each["type"] == "response.request_info.requested"]
        assert question["request_data"]["title"] == "Publish these release notes?"
        answer = {
            "type": "workflow_hil_response",
            "responses": {question["request_id"]: {"verdict": "approve"}},
        }
        ended = await events(http, address, entity, conversation, [{"type": "message", "content": [answer]}])
        assert [each for each in ended if "fail" in each["type"] or each["type"] == "error"] == []
        assert any("Faster search" in json.dumps(each) and "publish" in json.dumps(each) for each in ended)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["--port", "0"], "DevUI needs a port from 1 on."), ([], "DevUI is not installed. Add it with")],
)
async def test_what_is_missing_is_said_in_a_sentence(tmp_path, arguments, sentence):
    # Without DevUI: a finder before all others does not find it.
    hidden = tmp_path / "sitecustomize.py"
    hidden.write_text("" if arguments else HIDING)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "devui", *arguments),
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(tmp_path)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, said) == (2, b"")
    assert complained.decode().startswith(sentence)


HIDING = """
import importlib.util

_found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name.endswith("_devui") else _found(name, *more)
"""
