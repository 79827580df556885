"""A run as a file: in the personal chat, in the chat window of local mode, and at the command line."""

import asyncio
import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.app import downloads_of
from bot.downloads import MOST, Downloads
from bot.settings import Settings
from bot.uploads import UploadError, Uploads
from cards.files import CONSENT, INFO, Consent
from orchestration.checkpoints.keyring import Keyring
from orchestration.errors import InvalidInputError
from orchestration.evidence import Broken, Verified, chained, verify
from orchestration.exports import Exports
from orchestration.model import RunKey
from orchestration.register import Asker
from storage.sqlite import SqliteStore
from tests.e2e.process import Bot, environment
from tests.fakes import teams
from tests.fakes.clock import MovableClock
from tests.fakes.connector import FakeConnector, Fault, Json
from tests.fakes.core import ALICE as ALICE_HERSELF
from tests.fakes.core import core
from tests.fakes.keyring import KEYRING
from tests.fakes.onedrive import OneDrive
from tests.fakes.signoff import Signoff, signoff
from tests.fakes.teams import ALICE, BOB, CAROL

ASK = "run release-notes Faster search. Dark mode."
MINE = teams.personal()


def attachments(connector: FakeConnector, kind: str, where: Json) -> list[tuple[str, Json]]:
    """The attachments of a kind that people see in a conversation, with the ids of their messages."""
    return [
        (activity, attachment)
        for activity, body in connector.messages(where["id"]).items()
        for attachment in body.get("attachments", ())
        if attachment["contentType"] == kind
    ]


async def seen(it: Signoff, kind: str, where: Json = MINE) -> tuple[str, Json]:
    """Wait for an attachment of this kind; return the id of its message, and itself."""
    return (await it.teams.wait(lambda connector: attachments(connector, kind, where)))[-1]


async def started(it: Signoff, where: Json | None = None) -> Any:
    """Start a run that waits for an answer."""
    await it.say(ASK, where=where)
    await it.card("Revision 1 of 5", where=where)
    run = (await it.store.runs_of(teams.TENANT, ALICE.entra_id, 10))[0]
    await it.settled(run.key)
    return run


async def offered(it: Signoff) -> tuple[str, Json]:
    """Start a run, ask for its file, and return the offer with its message's id."""
    await started(it)
    await it.say("export")
    return await seen(it, CONSENT)


async def answer(it: Signoff, value: Any, card: str = "", *, by=ALICE, where: Json | None = None) -> None:
    body = teams.activity("invoke", by=by, where=where or teams.personal(by))
    assert await it.send(body | {"name": "fileConsent/invoke", "replyToId": card, "value": value}) == {}


def accepting(context: Any, info: Any) -> Json:
    return {"type": "fileUpload", "action": "accept", "context": context, "uploadInfo": info}


# ---- in Teams -----------------------------------------------------------------------------------


async def test_whoever_started_a_run_can_save_it_as_a_file_that_fits(store):
    async with signoff(store) as it, OneDrive() as drive:
        card, offer = await offered(it)
        run = (await store.runs_of(teams.TENANT, ALICE.entra_id, 10))[0]
        assert offer["name"] == f"{run.id}.jsonl"
        assert offer["content"]["sizeInBytes"] > 1_000
        await answer(it, accepting(offer["content"]["acceptContext"], drive.info()), card)
        shown_in, info = await seen(it, INFO)
        assert shown_in == card
        assert attachments(it.teams, CONSENT, MINE) == []
        assert info == {
            "contentType": INFO,
            "name": f"{run.id}.jsonl",
            "contentUrl": drive.info()["contentUrl"],
            "content": {"uniqueId": drive.info()["uniqueId"], "fileType": "jsonl"},
        }
        (file,) = drive.files
        found = verify(file.content.splitlines(keepends=True), KEYRING)
        assert isinstance(found, Verified)
        assert found.header["exported_by"]["name"] == "Alice Admin"


async def test_the_file_goes_as_it_is_to_the_very_address_and_without_any_token(store):
    async with signoff(store) as it, OneDrive() as drive:
        card, offer = await offered(it)
        await answer(it, accepting(offer["content"]["acceptContext"], drive.info()), card)
        await seen(it, INFO)
        (file,) = drive.files
        size = len(file.content)
        assert file.path == "/upload?session=a%2Fb"
        assert file.headers["Content-Range"] == f"bytes 0-{size - 1}/{size}"
        assert not {"Authorization", "Cookie"} & set(file.headers)


async def test_who_declines_gets_no_file_and_the_offer_makes_way(store):
    async with signoff(store) as it, OneDrive() as drive:
        card, offer = await offered(it)
        context = offer["content"]["declineContext"]
        await answer(it, {"type": "fileUpload", "action": "decline", "context": context}, card)
        await it.told("The file was not saved. Type “export ")
        assert attachments(it.teams, CONSENT, MINE) == []
        assert drive.files == []


async def test_two_clicks_at_once_send_one_file(store):
    async with signoff(store) as it, OneDrive() as drive:
        card, offer = await offered(it)
        value = accepting(offer["content"]["acceptContext"], drive.info())
        await asyncio.gather(answer(it, value, card), answer(it, value, card))
        await seen(it, INFO)
        await it.quiet()
        assert len(drive.files) == 1


@pytest.mark.parametrize("status", [307, 401, 500])
async def test_a_file_that_could_not_be_saved_is_told_in_place_of_the_offer(store, status):
    async with signoff(store) as it, OneDrive() as drive, OneDrive() as elsewhere:
        drive.status, drive.location = status, f"{elsewhere.url}/stolen"
        card, offer = await offered(it)
        await answer(it, accepting(offer["content"]["acceptContext"], drive.info()), card)
        await it.told(f"The file was not saved: OneDrive refused it ({status}). Type “export ")
        assert attachments(it.teams, CONSENT, MINE) == []
        assert elsewhere.files == []


async def test_a_place_that_does_not_answer_is_told(store):
    async with signoff(store) as it:
        card, offer = await offered(it)
        async with OneDrive() as drive:
            info = drive.info()
        await answer(it, accepting(offer["content"]["acceptContext"], info), card)
        await it.told("OneDrive could not be reached")


async def test_when_the_offer_is_gone_the_answer_comes_below(store):
    async with signoff(store) as it, OneDrive() as drive:
        card, offer = await offered(it)
        it.teams.fail(Fault(404, "ActivityNotFoundInConversation"))
        await answer(it, accepting(offer["content"]["acceptContext"], drive.info()), card)
        shown_in, _ = await seen(it, INFO)
        assert shown_in != card


async def test_a_slow_place_does_not_hold_up_the_answer_to_the_click(store):
    let_go = asyncio.Event()

    async def slow(request: web.Request) -> web.Response:
        await request.read()
        await let_go.wait()
        return web.Response(status=201)

    application = web.Application()
    application.router.add_put("/slow", slow)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/slow"
    async with signoff(store) as it:
        card, offer = await offered(it)
        info = {"uploadUrl": url, "contentUrl": url, "uniqueId": "1"}
        await answer(it, accepting(offer["content"]["acceptContext"], info), card)  # answered while it hangs
        assert attachments(it.teams, INFO, MINE) == []
        let_go.set()
        await seen(it, INFO)
    await runner.cleanup()


# ---- who, and where -----------------------------------------------------------------------------


@pytest.mark.parametrize("where", [teams.group(), teams.thread()], ids=["group", "thread"])
async def test_elsewhere_the_bot_says_where_to_type_it_with_the_id_of_the_run(store, where):
    async with signoff(store) as it:
        run = await started(it, where)
        await it.say("export", where=where)
        await it.told(f"Files go to your own chat with me only. Type “export {run.short_id}” there.", where)
        await it.say(f"export {run.short_id}")
        await seen(it, CONSENT)


async def test_others_in_a_group_see_a_run_and_cannot_take_its_comments_away(store):
    async with signoff(store, SIGNOFF_APPROVERS=BOB.entra_id) as it:
        run = await started(it, teams.group())
        for person, can in ((BOB, True), (CAROL, False)):
            where = teams.personal(person)
            await it.say(f"export {run.short_id}", by=person, where=where)
            if can:
                await seen(it, CONSENT, where)
            else:
                await it.told("There is no run", where)
                assert attachments(it.teams, CONSENT, where) == []


async def test_a_forged_answer_gets_nobody_elses_run(store):
    async with signoff(store) as it, OneDrive() as drive:
        run = await started(it)
        where = teams.personal(BOB)
        await answer(it, accepting({"run": run.id}, drive.info()), "1", by=BOB, where=where)
        await it.told("Only Alice Admin, who started run", where)
        await answer(it, accepting({"run": "run-20200101-aaaaaaaa"}, drive.info()), "2", by=BOB, where=where)
        await it.told("does not exist any more, or not for you", where)
        assert drive.files == []


async def test_an_answer_from_a_group_or_by_nobody_known_does_nothing(store):
    async with signoff(store) as it, OneDrive() as drive:
        run = await started(it)
        value = accepting({"run": run.id}, drive.info())
        sent = len(it.teams.sent)
        await answer(it, value, "1", where=teams.group())
        unsaid = {name: word for name, word in MINE.items() if name != "conversationType"}
        await answer(it, value, "1", where=unsaid | {"conversationType": None})
        nobody = teams.activity("invoke", by=ALICE, where=MINE) | {
            "name": "fileConsent/invoke",
            "value": value,
        }
        del nobody["from"]["aadObjectId"]
        await it.send(nobody)
        await it.quiet()
        assert (drive.files, len(it.teams.sent)) == ([], sent)


@pytest.mark.parametrize(
    "changes",
    [
        {"uploadUrl": "https://evil.example/upload"},
        {
            "uploadUrl": "https://contoso-my.sharepoint.com/x"
        },  # right in Teams; local mode stays on this machine
        {"uploadUrl": "http://169.254.169.254/latest"},
        {"uploadUrl": "file:///etc/passwd"},
        {"contentUrl": "https://evil.example/phish"},
        {"contentUrl": "javascript:alert(1)"},
    ],
    ids=str,
)
async def test_a_place_that_is_not_onedrive_gets_nothing(store, changes):
    async with signoff(store) as it, OneDrive() as drive:
        card, offer = await offered(it)
        await answer(it, accepting(offer["content"]["acceptContext"], drive.info(**changes)), card)
        await it.told("Teams named a place that is not OneDrive")
        assert drive.files == []
        assert attachments(it.teams, INFO, MINE) == []


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "accept",
        {"type": "fileUpload", "action": "accept"},
        {"type": "x", "action": "accept", "context": {"run": "run-1"}},
        {"type": "fileUpload", "action": ["accept"], "context": {"run": "run-1"}},
        accepting({"run": 5}, {}),
        accepting("run", {}),
        accepting({"run": "run-1” to everybody"}, {"uploadUrl": "x", "contentUrl": "x", "uniqueId": "1"}),
        accepting({"run": "run-1"}, None),
        accepting(
            {"run": "run-1"}, {"uploadUrl": "http://127.0.0.1/", "contentUrl": "x\ny", "uniqueId": "1"}
        ),
        accepting({"run": "run-1"}, {"uploadUrl": "x" * 9_000, "contentUrl": "x", "uniqueId": "1"}),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_what_is_no_answer_gets_a_sentence(store, value):
    async with signoff(store) as it:
        await answer(it, value, "1")
        await it.teams.wait(lambda connector: connector.texts(MINE["id"]))
        with pytest.raises(InvalidInputError):
            Consent.unpack(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["type", "action", "context", "uploadInfo", "run", "uploadUrl"])


@given(st.dictionaries(NAMES, JSON | st.sampled_from(["fileUpload", "accept", "decline"])))
def test_any_json_is_either_an_answer_or_refused_in_words(value: Json):
    with contextlib.suppress(InvalidInputError):
        assert Consent.unpack(value).run


# ---- addresses ----------------------------------------------------------------------------------

GOOD = (
    "https://contoso-my.sharepoint.com/personal/mia/_api/v2.0/drive/items/1/uploadSession?guid='1'&tempauth=a.b",
    "https://contoso.sharepoint.com:443/x",
    "https://Contoso-My.SharePoint.com/x",
)
BAD = (
    "",
    "http://contoso-my.sharepoint.com/x",
    "https://contoso-my.sharepoint.com:8443/x",
    "https://sharepoint.com.evil.example/x",
    "https://evilsharepoint.com/x",
    "https://sharepoint.com/x",
    "https://contoso.sharepoint.com@evil.example/x",
    "https://me:word@contoso.sharepoint.com/x",
    "https://evil.example#.sharepoint.com",
    "https://evil.example\\.sharepoint.com/x",
    "https://evil.example%2f.sharepoint.com/x",
    "https://evil.example?.sharepoint.com",
    "https://127.0.0.1/x",
    "https://[::1]/x",
    "https://contoso.sharepoint.com:port/x",
    "//contoso.sharepoint.com/x",
    "https://contoso.sharepoint.com./x",
    "https://contoso.\u0455harepoint.com/x",
)


async def test_in_teams_files_go_to_onedrive_only_and_encrypted():
    async with aiohttp.ClientSession() as http:
        uploads = Uploads(http)
        assert [url for url in GOOD if not uploads.allows(url)] == []
        assert [url for url in BAD if uploads.allows(url)] == []
        with pytest.raises(UploadError):
            await uploads.put("https://evil.example/x", b"x")
        with pytest.raises(UploadError, match="larger than 20 MB"):
            await uploads.put(GOOD[0], b"x" * (20 * 1024 * 1024 + 1))


async def test_in_local_mode_files_stay_on_this_machine():
    async with aiohttp.ClientSession() as http:
        uploads = Uploads(http, local=True)
        allowed = [url for url in (*GOOD, *BAD) if uploads.allows(url)]
        assert allowed == ["https://127.0.0.1/x", "https://[::1]/x"]


# ---- the chat window of local mode --------------------------------------------------------------


async def test_outside_of_local_mode_there_are_no_links(store):
    app = Settings.from_environ(
        {
            "MicrosoftAppId": teams.APP_ID,
            "MicrosoftAppType": "SingleTenant",
            "MicrosoftAppTenantId": teams.TENANT,
            "MicrosoftAppPassword": "a secret",
        }
    )
    taking: Any = Exports(store=store, register=None, clock=MovableClock(), keyring=KEYRING)
    assert downloads_of(app, "http://127.0.0.1:1", taking, MovableClock()) is None
    assert downloads_of(Settings.local({}), "http://127.0.0.1:1", taking, MovableClock())
    async with signoff(store) as it, it.http.get(f"{it.url}/exports/x") as response:
        assert response.status == 404


async def test_a_link_is_valid_for_ten_minutes_and_there_are_only_so_many():
    clock, asker = MovableClock(), Asker(ALICE_HERSELF, "a:personal-alice", personal=True)

    async def make(key: RunKey, who: Asker) -> bytes:
        assert (key, who) == (RunKey("t", "run-1"), asker)
        return b"the file\n"

    runner = web.AppRunner(application := web.Application())
    downloads = Downloads("", make=make, clock=clock)
    application.add_routes(downloads.routes())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def status(link: str) -> int:
        async with http.get(base + link) as response:
            return response.status

    async with aiohttp.ClientSession() as http:
        first = downloads.link(RunKey("t", "run-1"), asker)
        assert await status(first) == 200
        clock.forward(minutes=9)
        assert await status(first) == 200
        clock.forward(minutes=1)
        assert await status(first) == 404
        many = [downloads.link(RunKey("t", "run-1"), asker) for _ in range(MOST + 1)]
        assert [await status(link) for link in many[:2]] == [404, 200]
        assert await status("/exports/" + "x" * 43) == 404
    await runner.cleanup()


async def test_a_bot_in_local_mode_gives_a_link_to_a_file_that_the_command_line_finds_good(tmp_path):
    async with FakeConnector() as connector, aiohttp.ClientSession() as http, Bot(tmp_path) as bot:
        await bot.ready()
        it = Signoff(bot.url, http, connector, SqliteStore(":memory:"))
        await it.say(ASK)
        await it.card("Revision 1 of 5")
        await it.say("approve")
        await it.card("Completed")
        await it.say("export")
        link = (await it.told("for ten minutes: ")).split()[-1]
        assert link.startswith(f"{bot.url}/exports/")
        async with http.get(link) as response:
            assert response.headers["Content-Disposition"].startswith('attachment; filename="run-')
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            content = await response.read()
    (tmp_path / "run.jsonl").write_bytes(content)
    done = program(tmp_path, "verify", "run.jsonl", "--database", "signoff.db")
    assert done.returncode == 0, done.stderr
    assert "The seal is genuine." in done.stdout
    assert "exported" in done.stdout


# ---- at the command line ------------------------------------------------------------------------


FILE_KEYS = Keyring(("a key in a file - long enough to sign with",))


def program(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program with our own arguments
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
async def kept(tmp_path: Path) -> str:
    """A folder with a database and the key beside it; the short id of a run in it."""
    (tmp_path / "signoff.key").write_text(FILE_KEYS.secrets[0])
    store = SqliteStore(tmp_path / "signoff.db")
    await store.open()
    async with core(store) as it:
        run = await it.start("Faster search. \x1b[31mRed.")
        await it.asked(run.key, "review-1")
    await store.close()
    return run.short_id


def export(folder: Path, run: str, out: str = "out.jsonl", **variables: str):
    where = ("--tenant", teams.TENANT, "--out", out, "--local", "--database", "signoff.db")
    return program(folder, "export", run, *where, **variables)


def test_an_administrator_at_the_machine_exports_a_run_and_checks_the_file(tmp_path, kept):
    done = export(tmp_path, kept)
    assert (done.returncode, done.stderr) == (0, "")
    out = tmp_path / "out.jsonl"
    assert out.stat().st_mode & 0o777 == 0o600
    assert json.loads(out.read_bytes().splitlines()[0])["exported_by"]["name"].startswith("An administrator")
    done = program(tmp_path, "verify", "out.jsonl", "--keys-file", "signoff.key")
    assert done.returncode == 0
    assert done.stdout.startswith("out.jsonl is good. All ")
    assert "The seal is genuine." in done.stdout
    assert "The keys were those of signoff.key." in done.stdout


def test_without_keys_it_says_plainly_that_the_seal_was_not_checked(tmp_path, kept):
    export(tmp_path, kept)
    done = program(tmp_path, "verify", "out.jsonl")
    assert done.returncode == 0
    assert "The seal was not checked, because there are no keys here" in done.stdout
    assert "genuine" not in done.stdout


def test_a_changed_file_and_a_file_of_other_keys_end_with_status_1(tmp_path, kept):
    export(tmp_path, kept)
    out = tmp_path / "out.jsonl"
    other = {"SIGNOFF_CHECKPOINT_KEYS": "another key that is long enough to sign with"}
    done = program(tmp_path, "verify", "out.jsonl", **other)
    assert (done.returncode, "a key that is not among these" in done.stdout) == (1, True)
    out.write_bytes(out.read_bytes().replace(b"Faster", b"Slower", 1))
    done = program(tmp_path, "verify", "out.jsonl")
    assert (done.returncode, done.stderr) == (1, "")
    assert "Line 3 was changed, or line 2 before it." in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("verify", "nothing.jsonl"), "nothing.jsonl cannot be read: No such file or directory."),
        (("verify", "signoff.key", "--keys-file", "none"), "The key file none cannot be read."),
    ],
)
def test_what_cannot_be_checked_ends_with_status_2_and_a_sentence(tmp_path, kept, arguments, sentence):
    done = program(tmp_path, *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", sentence + "\n")


def test_an_export_that_cannot_be_writes_nothing(tmp_path, kept):
    (tmp_path / "there").write_text("mine")
    for done, sentence in (
        (export(tmp_path, kept, "there"), "there exists already. Choose another name."),
        (export(tmp_path, kept, "no/folder"), "no/folder cannot be written: No such file or directory."),
        (export(tmp_path, "abcd2345"), "There is no run “abcd2345” in this tenant."),
    ):
        assert (done.returncode, done.stdout, done.stderr) == (2, "", sentence + "\n")
    nowhere = ("--tenant", "t", "--out", "out.jsonl", "--local", "--database", "none.db")
    done = program(tmp_path, "export", kept, *nowhere)
    assert done.stderr == "There is no database none.db. Name it with --database.\n"
    assert (tmp_path / "there").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".jsonl") == []
    assert not (tmp_path / "none.db").exists()


def test_words_of_a_file_do_not_reach_the_terminal_as_control_characters(tmp_path, kept):
    export(tmp_path, kept)
    lines = (tmp_path / "out.jsonl").read_bytes().splitlines(keepends=True)
    assert isinstance(verify(lines, None), Verified)
    assert isinstance(verify(lines[1:], None), Broken)
    head = {**json.loads(lines[0]), "run": "\x1b[31mred\n", "workflow_title": 5, "requester": []}
    made_up = b"".join(chained([head], FILE_KEYS))
    (tmp_path / "made.jsonl").write_bytes(made_up)
    done = program(tmp_path, "verify", "made.jsonl")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
