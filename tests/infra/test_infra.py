"""The Bicep says what the program expects. No compiler runs here: that Azure accepts it is not proved."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.settings import describe
from storage.cosmos import CONTAINER

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
BICEP = {path.name: path.read_text(encoding="utf-8") for path in sorted(INFRA.glob("*.bicep"))}
MAIN = BICEP["main.bicep"]
TOKEN = re.compile(r"//[^\n]*|\s+|,|'(?P<text>[^']*)'|(?P<number>-?\d+)|(?P<sign>[{}\[\]:])|(?P<word>\w+)")


def literal(bicep: str) -> Any:
    """The literal that the text begins with, as Python data."""
    tokens = (found for found in TOKEN.finditer(bicep) if found.lastgroup)
    return value(tokens, next(tokens))


def value(tokens: Iterator[re.Match[str]], token: re.Match[str]) -> Any:
    match token.lastgroup, token[0]:
        case "sign", "{":
            return dict(properties(tokens))
        case "sign", "[":
            return list(items(tokens))
        case "text", _:
            return token["text"]
        case "number", digits:
            return int(digits)
        case _, word:
            return {"true": True, "false": False}[word]


def properties(tokens: Iterator[re.Match[str]]) -> Iterator[tuple[str, Any]]:
    while (key := next(tokens))[0] != "}":
        next(tokens)  # the colon
        yield key[0], value(tokens, next(tokens))


def items(tokens: Iterator[re.Match[str]]) -> Iterator[Any]:
    while (token := next(tokens))[0] != "]":
        yield value(tokens, token)


def parameters(bicep: str) -> dict[str, bool]:
    """The parameters, and whether each must be given."""
    found = re.findall(r"^param (\w+) [\w\[\]]+( =)?", bicep, re.MULTILINE)
    return {name: not default for name, default in found}


def container() -> Any:
    return literal(BICEP["cosmos.bicep"].split("var definition = ", 1)[1])


def modules() -> list[tuple[str, str, set[str]]]:
    """The name of each module, its file and the parameters it is given."""
    found = re.findall(
        r"^module (\w+) '([\w.]+)' =.*?\n  params: \{\n(.*?)\n  \}", MAIN, re.MULTILINE | re.DOTALL
    )
    return [(name, file, set(re.findall(r"^    (\w+):", given, re.MULTILINE))) for name, file, given in found]


def test_a_run_is_one_partition_below_its_tenant() -> None:
    assert container()["partitionKey"] == {"paths": ["/tenant", "/run"], "kind": "MultiHash", "version": 2}


def test_items_expire_only_when_they_say_so() -> None:
    assert container()["defaultTtl"] == -1


def test_only_what_is_queried_is_indexed() -> None:
    policy = container()["indexingPolicy"]
    assert {"path": "/*"} in policy["excludedPaths"]
    assert all(each["path"].endswith("/?") for each in policy["includedPaths"])


def test_azure_and_local_mode_have_the_same_container() -> None:
    assert container() == CONTAINER


def test_the_program_reads_every_variable_it_is_given() -> None:
    given = re.findall(r"\{ name: '(\w+)', (?:value|secretRef):", BICEP["app.bicep"])
    read = {row.name for row in describe()}
    assert given
    assert set(given) <= read


def test_no_key_is_asked_for_or_accepted_but_the_one_that_signs_what_is_saved() -> None:
    everything = "".join(BICEP.values())
    assert re.findall(r"listKeys|listSecrets|sharedKey|password", everything, re.IGNORECASE) == []
    assert set(re.findall(r"@secure\(\)\nparam (\w+)", everything)) == {"checkpointKeys"}
    for file in ("cosmos.bicep", "openai.bicep", "bot.bicep"):
        assert "disableLocalAuth: true" in BICEP[file], file


def test_every_file_is_a_module_of_main() -> None:
    assert {file for _, file, _ in modules()} == set(BICEP) - {"main.bicep"}


@pytest.mark.parametrize(("name", "file", "given"), modules(), ids=[file for _, file, _ in modules()])
def test_a_module_gets_the_parameters_it_has(name: str, file: str, given: set[str]) -> None:
    assert given == set(parameters(BICEP[file])), name


def test_every_output_that_is_used_exists() -> None:
    files = {name: file for name, file, _ in modules()}
    for name, output in re.findall(r"\b(\w+)!?\.outputs\.(\w+)", MAIN):
        assert re.search(rf"^output {output} ", BICEP[files[name]], re.MULTILINE), f"{name}.{output}"


def test_the_sample_values_are_parameters_and_leave_none_out() -> None:
    sample = (INFRA / "main.bicepparam").read_text(encoding="utf-8")
    given = set(re.findall(r"^param (\w+) =", sample, re.MULTILINE))
    known = parameters(MAIN)
    assert {name for name, needed in known.items() if needed} <= given <= set(known)


def test_every_parameter_is_described_in_place_and_in_the_readme() -> None:
    described = re.findall(r"^@description\([^\n]+\)\n(?:@[^\n]+\n)*param (\w+)", MAIN, re.MULTILINE)
    listed = (INFRA / "README.md").read_text(encoding="utf-8").split("## Parameters")[1]
    assert set(described) == set(parameters(MAIN))
    assert set(re.findall(r"^\| `(\w+)` \|", listed, re.MULTILINE)) == set(parameters(MAIN))


def test_the_image_holds_every_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    image = (INFRA / "Dockerfile").read_text(encoding="utf-8")
    context = (INFRA.parent / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for package in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        assert f"COPY {package} {package}\n" in image
        assert f"!{package}" in context
