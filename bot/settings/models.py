"""The file about models: which there are, who writes in which role, how much tenants may ask, what it costs.

Pure. Every mistake is a sentence with its place, and all of them are reported at once.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.settings import money
from bot.settings.policy import MOST_BYTES
from bot.settings.tables import Table, table_of
from bot.settings.texts import guid, is_https, is_loopback
from orchestration.agents.roles import USUAL_ROLE, Choice, Instance, Models, Quota, Role

MOST_AT_ONCE, MOST_PER_DAY = 10_000, 10**12
_TABLES = ("models", "roles", "quotas", "currency", "budget_per_run", "budgets")
_INSTANCE = (
    *("provider", "model", "address", "key_variable", "api_version", "capabilities", "at_once", "price"),
)
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "local": ("model", "address"),
    "openai": ("model", "key_variable"),
    "azure": ("model", "address"),
    "demo": (),
}
"""What each provider must have."""
_QUOTA = ("at_once", "calls_per_day", "tokens_per_day")
_NAME = re.compile(r"[A-Za-z0-9]([\w.-]{0,58}[\w])?", re.ASCII)
_WORD = re.compile(r"[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


@dataclass(frozen=True)
class Around:
    """What is known outside the file."""

    environ: Mapping[str, str]
    workflows: Collection[str] = ()


def models_at(path: Path, read: Callable[[Path], bytes], around: Around, problems: list[str]) -> Models:
    """Return what a file says about models. What is wrong with it is added to the problems."""
    try:
        found = read(path)
    except OSError as error:
        problems.append(f"SIGNOFF_MODELS: {path} cannot be read ({error.strerror}). Name a file that can.")
        return Models()
    if len(found) > MOST_BYTES:
        problems.append(f"{path} is larger than 1 MB. Name the file about models, or make it smaller.")
        return Models()
    known = len(problems)
    file = table_of(found, str(path), problems)
    return _models(file, around) if len(problems) == known else Models()


def _models(file: Table, around: Around) -> Models:
    file.only(_TABLES)
    instances, roles, quotas = file.table("models"), file.table("roles"), file.table("quotas")
    known = {name: _instance(instances.table(name), around.environ) for name in instances}
    for name in (name for name in known if not _NAME.fullmatch(name)):
        instances.wrong(name, "is no name for a model: use letters, digits, dots and hyphens")
    if not known:
        file.wrong("models", "names no model: add [models.<name>]")
    if USUAL_ROLE not in roles:
        roles.wrong(USUAL_ROLE, 'is missing: say which models write for all other agents, models = ["..."]')
    usual = _quota(quotas.table("default"), Quota()) if "default" in quotas else Quota()
    budgets = file.table("budgets")
    budgets.only(around.workflows, "workflow")
    costs = any(each.price for each in known.values()) or "budget_per_run" in file or "budgets" in file
    return Models(
        instances=known,
        roles={name: _role(roles.table(name), known) for name in roles},
        quota=usual,
        quotas=_quotas(quotas, usual),
        currency=money.currency(file, needed=costs),
        budget=money.budget(file, "budget_per_run"),
        budgets={name: found for name in budgets if (found := money.budget(budgets, name)) is not None},
    )


def _instance(table: Table, environ: Mapping[str, str]) -> Instance:
    table.only(_INSTANCE)
    provider = table.text("provider", _provider, "") if "provider" in table else ""
    if "provider" not in table:
        table.wrong("provider", f"is missing: write one of {', '.join(_REQUIRED)}")
    for key in _REQUIRED.get(provider, ()):
        if key not in table:
            table.wrong(key, f"is missing: {provider} needs it")
    return Instance(
        provider=provider,
        model=table.text("model", _filled, ""),
        address=table.text("address", _address(provider), ""),
        key_variable=table.text("key_variable", _key_variable(environ), ""),
        api_version=table.text("api_version", _filled, ""),
        capabilities=frozenset(table.texts("capabilities", _word)),
        at_once=table.whole("at_once", 0, MOST_AT_ONCE),
        price=money.price(table.table("price")) if "price" in table else None,
    )


def _provider(word: str) -> str:
    if word not in _REQUIRED:
        raise ValueError(f"is not one of {', '.join(_REQUIRED)}")
    return word


def _filled(word: str) -> str:
    if not word.strip() or not word.isprintable():
        raise ValueError("says nothing: fill it, or remove it")
    return word.strip()


def _address(provider: str) -> Callable[[str], str]:
    def parse(word: str) -> str:
        """A key or token is sent there, so nobody may read it on the way; a local server may do without."""
        if "@" in word or "?" in word or "#" in word:
            raise ValueError("must have no password, query or mark in it")
        plain = provider == "local" and word.startswith("http://") and is_https(f"https{word[4:]}")
        if not (plain or is_https(word) or is_loopback(word)):
            raise ValueError("is not an address such as https://name.openai.azure.com")
        return word

    return parse


def _key_variable(environ: Mapping[str, str]) -> Callable[[str], str]:
    def parse(word: str) -> str:
        if not _VARIABLE.fullmatch(word):
            raise ValueError("is not the name of an environment variable; never write the key itself here")
        key = environ.get(word, "").strip()
        if not key:
            raise ValueError("is not set: put the key into that environment variable")
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise ValueError("has characters that no key has: copy it again")
        return word

    return parse


def _word(word: str) -> str:
    if not _WORD.fullmatch(word):
        raise ValueError("is not a word in small letters such as vision")
    return word


def _role(table: Table, known: Mapping[str, Instance]) -> Role:
    table.only(("models", "choose", "needs"))

    def model(word: str) -> str:
        if word not in known:
            raise ValueError(f"is not a model of this file. Known: {', '.join(sorted(known)) or 'none'}")
        return word

    if "models" not in table:
        table.wrong("models", "is missing: name the models that write in this role")
    role = Role(
        models=table.texts("models", model),
        choose=table.text("choose", _choice, Choice.ROUND_ROBIN),
        needs=frozenset(table.texts("needs", _word)),
    )
    able = [name for name in role.models if name not in known or known[name].capabilities >= role.needs]
    if role.models and not able:
        table.wrong("needs", f"none of its models has all of {', '.join(sorted(role.needs))}")
    return role


def _choice(word: str) -> Choice:
    if word not in set(Choice):
        raise ValueError(f"is not one of {', '.join(Choice)}")
    return Choice(word)


def _quotas(table: Table, usual: Quota) -> Mapping[str, Quota]:
    found: dict[str, Quota] = {}
    for name in (name for name in table if name != "default"):
        try:
            found[guid(name)] = _quota(table.table(name), usual)
        except ValueError:
            table.wrong(name, "is neither default nor the id of a tenant")
    return found


def _quota(table: Table, usual: Quota) -> Quota:
    """Return a quota; what it does not state is as usual."""
    table.only(_QUOTA)
    return Quota(
        at_once=table.whole("at_once", usual.at_once, MOST_AT_ONCE),
        calls_per_day=table.whole("calls_per_day", usual.calls_per_day, MOST_PER_DAY),
        tokens_per_day=table.whole("tokens_per_day", usual.tokens_per_day, MOST_PER_DAY),
    )
