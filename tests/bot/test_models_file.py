"""What a file about models may say, what is said about it when it is wrong, and what it does."""

from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path

import pytest

from bot.resources import model_of
from bot.settings import Settings, SettingsError
from orchestration.agents.roles import Choice, Instance, Models, Quota, Role
from orchestration.catalog import WORKFLOWS
from orchestration.prices import Price
from storage.sqlite import SqliteStore
from tests.fakes.openai import FakeOpenAI, say
from tests.fakes.signoff import buttons, signoff
from tests.fakes.teams import ALICE, TENANT

FILE, KEY = "models.toml", "sk-a-key-that-nobody-may-see"
ROOT = Path(__file__).resolve().parents[2]
OTHER = "aaaaaaaa-0000-4000-8000-00000000000a"
ONE = '[models.one]\nprovider = "local"\nmodel = "m"\naddress = "http://127.0.0.1:1/v1"\n'
ROLE = '[roles.default]\nmodels = ["one"]\n'


def models(text: str | bytes, **environ: str) -> Models:
    contents = text if isinstance(text, bytes) else text.encode()
    names = [definition.name for definition in WORKFLOWS]
    given = {"SIGNOFF_MODELS": FILE, **environ}
    return Settings.local(given, workflows=names, read={Path(FILE): contents}.__getitem__).models


def problems(text: str | bytes, **environ: str) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        models(text, **environ)
    return raised.value.problems


# ---- what it may say ----------------------------------------------------------------------------


def test_without_a_file_everything_is_as_the_variables_say() -> None:
    assert Settings.local({}).models == Models()


def test_the_example_is_right_and_says_everything() -> None:
    found = models((ROOT / "infra/models.example.toml").read_bytes(), SPARE_MODEL_KEY=KEY)
    assert found.instances["france"] == Instance(
        provider="azure",
        model="gpt-large",
        address="https://contoso-france.openai.azure.com",
        api_version="2024-10-21",
        capabilities=frozenset({"vision", "long"}),
        at_once=4,
        price=Price(Decimal("2.50"), Decimal(10)),
    )
    assert found.instances["spare"].key_variable == "SPARE_MODEL_KEY"
    assert found.roles == {
        "default": Role(("sweden", "france", "spare")),
        "writer": Role(("house", "sweden", "france"), Choice.CAPABILITY, frozenset({"long"})),
    }
    assert found.quota_of(TENANT) == Quota(10, 5_000, 20_000_000)
    assert found.quota_of(OTHER) == Quota(10, 500, 20_000_000)
    assert (found.currency, found.budget) == ("EUR", Decimal("2.50"))
    assert found.budgets == {"release-notes": Decimal(5)}
    assert found.prices.cost("spare", 1_000_000, 2_000_000) == Decimal("1.35")
    assert found.prices.cost("house", 1_000_000, 2_000_000) == 0
    assert KEY not in repr(found)


def test_the_readme_shows_a_right_one() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").split("### Models")[1]
    text = readme.split("```toml\n")[1].split("```")[0]
    found = models(f'currency = "EUR"\n{text}', SPARE_KEY=KEY)
    assert found.roles["default"].models == ("sweden", "spare")


def test_a_small_file_is_enough() -> None:
    assert models(ONE + ROLE) == Models(
        {"one": Instance("local", "m", "http://127.0.0.1:1/v1")}, {"default": Role(("one",))}
    )


# ---- what is wrong with it ----------------------------------------------------------------------

PRICE = 'currency = "EUR"\n' + ONE + "price = { {} }\n" + ROLE


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "models: names no model: add [models.<name>]"),
        (ONE, '[roles] default: is missing: say which models write for all other agents, models = ["..."]'),
        ("model = 1\n" + ONE + ROLE, "model: there is no such setting. Known: budget_per_run, budgets, "),
        (ONE.replace("local", "lokal") + ROLE, "provider: 'lokal' is not one of local, openai, azure, demo"),
        (ONE.replace("provider", "#") + ROLE, "[models.one] provider: is missing: write one of local, "),
        (ONE.replace("model =", "#") + ROLE, "[models.one] model: is missing: local needs it"),
        (ONE.replace('"m"', '" "') + ROLE, "[models.one] model: ' ' says nothing"),
        (ONE.replace("address", "#") + ROLE, "[models.one] address: is missing: local needs it"),
        (ONE.replace("http://127", "ftp://127") + ROLE, "is not an address such as https://"),
        (ONE.replace("127.0.0.1", "me:pw@host") + ROLE, "must have no password"),
        (ONE + 'key = "sk"\n' + ROLE, "[models.one] key: there is no such setting"),
        (ONE + 'key_variable = "NO_KEY"\n' + ROLE, "'NO_KEY' is not set: put the key into that environment"),
        (ONE + 'key_variable = "BAD_KEY"\n' + ROLE, "'BAD_KEY' has characters that no key has"),
        (ONE + 'key_variable = "sk-1"\n' + ROLE, "is not the name of an environment variable; never write"),
        (ONE + "at_once = 0\n" + ROLE, "[models.one] at_once: is not a number from 1 to 10000"),
        (ONE + 'at_once = "4"\n' + ROLE, "at_once: is not a number from 1 to 10000: write one without"),
        (ONE + "at_once = true\n" + ROLE, "at_once: is not a number from 1 to 10000"),
        (ONE + 'capabilities = ["Big one"]\n' + ROLE, "'Big one' is not a word in small letters"),
        (ONE + 'price = { read = "1", written = "2" }\n' + ROLE, "currency: is missing"),
        ('currency = "Euro"\n' + ONE + ROLE, "currency: 'Euro' is not a currency of three capital letters"),
        (PRICE.replace("{}", 'read = "1"'), "[models.one.price] written: is missing"),
        (PRICE.replace("{}", 'read = "1", written = "-2"'), "written: '-2' is not an amount such as 2.50"),
        (PRICE.replace("{}", 'read = 1.5, written = "2"'), "read: is a number: write a text in quotes"),
        ('currency = "EUR"\nbudget_per_run = "0"\n' + ONE + ROLE, "budget_per_run: is zero"),
        ('budget_per_run = "1"\n' + ONE + ROLE, "currency: is missing"),
        (
            'currency = "EUR"\n' + ONE + ROLE + '[budgets]\nplan = "1"\n',
            "[budgets] plan: there is no such workflow",
        ),
        (ONE + ROLE.replace('"one"', '"two"'), "'two' is not a model of this file. Known: one"),
        (ONE + ROLE.replace('"one"', ""), "[roles.default] models: is an empty list"),
        (ONE + "[roles.default]\n", "[roles.default] models: is missing"),
        (ONE + ROLE + 'choose = "any"\n', "'any' is not one of round robin, least loaded, capability"),
        (ONE + ROLE + 'needs = ["long"]\n', "[roles.default] needs: none of its models has all of long"),
        (ONE + ROLE + "[quotas.mine]\n", "[quotas] mine: is neither default nor the id of a tenant"),
        (ONE + ROLE + "[quotas.default]\ncalls = 1\n", "[quotas.default] calls: there is no such setting"),
        (ONE + ROLE + "[quotas]\ndefault = 5\n", "[quotas] default: is a number: write a table"),
        ('[models."a b"]\nprovider = "demo"\n' + ONE + ROLE, "[models] a b: is no name for a model"),
        ("[models", "is not TOML"),
        (b"#" * 1_000_001, "larger than 1 MB"),
    ],
)  # fmt: skip
def test_a_mistake_is_a_sentence_with_its_place(text: str | bytes, words: str) -> None:
    [found] = problems(text, BAD_KEY="sk-…") if text != "" else [problems(text)[0]]
    assert words in found
    assert found.startswith(FILE)
    assert found.endswith(".")


def test_a_key_is_sent_only_where_nobody_reads_it_on_the_way() -> None:
    text = ONE.replace("local", "azure").replace("http://127.0.0.1:1/v1", "{}") + ROLE
    assert "is not an address" in problems(text.replace("{}", "http://contoso.example"))[0]
    assert models(text.replace("{}", "https://contoso.example")).instances["one"].provider == "azure"


def test_all_mistakes_are_reported_at_once() -> None:
    text = ONE.replace("local", "x") + 'at_once = 0\n[roles.a]\nmodels = ["b"]\n[quotas.c]\n'
    found = problems(text, PORT="eighty", SIGNOFF_POLICY=FILE)
    places = ["provider", "at_once", "[roles] default", "[roles.a]", "[quotas] c", "PORT"]
    assert [place for place in places if sum(place in each for each in found) != 1] == []


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"SIGNOFF_MODELS: {tmp_path} cannot be read"):
        Settings.local({"SIGNOFF_MODELS": str(tmp_path)})


# ---- what it does -------------------------------------------------------------------------------


async def test_a_run_writes_with_the_model_of_the_role_until_the_quota_is_used_up(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    file = tmp_path / FILE
    async with FakeOpenAI() as usual, FakeOpenAI(say("New: dark mode."), key=KEY) as writing:
        file.write_text(
            f'[models.one]\nprovider = "local"\nmodel = "m"\naddress = "{usual.url}/v1"\n'
            f'[models.two]\nprovider = "openai"\nmodel = "m"\naddress = "{writing.url}/v1"\n'
            'key_variable = "THE_KEY"\n'
            f'[roles.default]\nmodels = ["one"]\n[roles.writer]\nmodels = ["two"]\n'
            f"[quotas.{TENANT}]\ncalls_per_day = 1\n"
        )
        environ = {"SIGNOFF_MODELS": str(file), "THE_KEY": KEY}
        async with AsyncExitStack() as stack:
            model = model_of(Settings.local(environ), environ, stack, store)
            bot = await stack.enter_async_context(signoff(store, model=model))
            await bot.say("run release-notes dark mode")
            await bot.card("New: dark mode.", "Publish these release notes?")
            assert (len(usual.asked), len(writing.asked)) == (0, 1)
            await bot.say("run release-notes light mode")
            card = await bot.card("The models may be asked once a day, and that is used up.")
            assert "Resume" in buttons(card)
            assert len(writing.asked) == 1
        [newest, *_] = await store.runs_of(TENANT, ALICE.entra_id, 5)
    assert newest.model == "one, two"
