"""What a policy file may say, and what is said about it when it is wrong."""

from datetime import date, time
from pathlib import Path

import pytest

from bot.settings import Policy, Settings, SettingsError
from orchestration.calendar import MIDNIGHT, WorkingCalendar
from orchestration.catalog import WORKFLOWS
from orchestration.messages import EVERYONE, Rule
from storage.sqlite import SqliteStore
from tests.fakes.signoff import signoff
from tests.fakes.teams import ALICE, BOB, TENANT

FILE = "policy.toml"
ONE, TWO, THREE, FOUR, FIVE = (f"aaaaaaaa-0000-4000-8000-00000000000{number}" for number in range(1, 6))
HOUR, WORKING_DAY = 3600.0, 8 * 3600.0
ROOT = Path(__file__).resolve().parents[2]
GROUPS = f'[groups]\nfinance = ["{ONE}", "{TWO}"]\n'
CALENDAR = '[calendar]\nzone = "Europe/Berlin"\ndays = ["mon", "fri"]\nhours = "09:00-17:00"\n'


def policy(text: str | bytes, **environ: str) -> Policy:
    contents = text if isinstance(text, bytes) else text.encode()
    names = [definition.name for definition in WORKFLOWS]
    given = {"SIGNOFF_POLICY": FILE, **environ}
    return Settings.local(given, workflows=names, read={Path(FILE): contents}.__getitem__).policy


def rule(lines: str, before: str = "", **environ: str) -> Rule:
    return policy(f"{before}[workflows.release-notes]\n{lines}", **environ).rules["release-notes"]


def problems(text: str | bytes, **environ: str) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        policy(text, **environ)
    return raised.value.problems


def problem(text: str | bytes, **environ: str) -> str:
    [found] = problems(text, **environ)
    assert found.startswith(FILE)
    assert found.endswith(".")
    assert "\n" not in found
    return found


def wrong(lines: str, before: str = "", **environ: str) -> str:
    return problem(f"{before}[workflows.release-notes]\n{lines}", **environ)


# ---- what it may say ----------------------------------------------------------------------------


def test_without_a_file_there_are_no_rules() -> None:
    assert Settings.local({}).policy == Policy()
    assert policy("") == Policy()


def test_the_example_is_right_and_says_everything() -> None:
    found = policy((ROOT / "infra/policy.example.toml").read_bytes())
    holidays = frozenset({date(2026, 12, 25), date(2027, 1, 1)})
    assert found.groups == {"finance": (ONE, TWO), "board": (FOUR,)}
    assert found.calendar == WorkingCalendar(
        "Europe/Berlin", frozenset(range(5)), time(9), time(17), holidays
    )
    assert found.rules["release-notes"] == Rule(
        approvers=("group:finance", THREE),
        needed=2,
        comment_on_reject=True,
        expires_after=3 * WORKING_DAY,
        remind_after=4 * HOUR,
        escalate_after=WORKING_DAY,
        escalate_to=((FIVE,), ("group:board",)),
        working_time=True,
    )


def test_the_readme_shows_a_right_one() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = [block.split("```")[0] for block in readme.split("```toml\n")[1:]]
    (rules,) = (block for block in shown if "[workflows." in block)
    assert policy(rules).rules["release-notes"].needed == 2


def test_ids_are_written_small_and_words_may_be_large() -> None:
    found = policy(f'[groups]\nfinance = ["{ONE.upper()}"]\n' + CALENDAR.replace('"mon"', '"MON"'))
    assert found.groups == {"finance": (ONE,)}
    assert found.calendar
    assert found.calendar.days == {0, 4}


def test_a_file_may_begin_with_a_byte_order_mark_and_dates_need_no_quotes() -> None:
    text = CALENDAR + "holidays = [2026-12-25]\n"
    found = policy(b"\xef\xbb\xbf" + text.encode()).calendar
    assert found
    assert found.holidays == {date(2026, 12, 25)}
    assert policy(CALENDAR + "holidays = []\n").calendar


def test_working_hours_may_be_the_whole_day() -> None:
    found = policy(CALENDAR.replace("09:00-17:00", "00:00-24:00")).calendar
    assert found
    assert (found.opens, found.closes) == (MIDNIGHT, MIDNIGHT)


def test_times_that_a_rule_does_not_state_come_from_the_variables() -> None:
    assert rule("") == Rule(remind_after=24 * HOUR)
    given = {"SIGNOFF_REMIND_AFTER_HOURS": "2", "SIGNOFF_EXPIRE_AFTER_HOURS": "5"}
    assert rule("", **given) == Rule(remind_after=2 * HOUR, expires_after=5 * HOUR)
    stated = rule('remind_after = "never"\nexpires_after = "90m"', **given)
    assert (stated.remind_after, stated.expires_after) == (0.0, 1.5 * HOUR)


def test_a_day_is_a_working_day_only_in_working_time() -> None:
    assert rule('expires_after = "3d"', CALENDAR).expires_after == 72 * HOUR
    assert rule('expires_after = "3d"\nworking_time = true', CALENDAR).expires_after == 3 * WORKING_DAY


def test_everyone_may_be_those_of_the_variable() -> None:
    assert rule('needed = "everyone"', SIGNOFF_APPROVERS=ONE).needed == EVERYONE
    assert rule("needed = 2").needed == 2  # of those who see the question, however many they are
    assert rule('approvers = ["group:finance"]\nneeded = "everyone"', GROUPS).needed == EVERYONE


# ---- what is wrong with it ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("group = 1", "group: there is no such table. Known: calendar, groups, workflows"),
        ("groups = 1", "groups: is a number: write a table"),
        ("[groups]\nfinance = []", "[groups] finance: is an empty list"),
        (f'[groups]\nfinance = "{ONE}"', "[groups] finance: is a text: write a list"),
        ('[groups]\nfinance = ["mia@contoso.com"]', "'mia@contoso.com' is not a GUID"),
        ("[groups]\nfinance = [1]", "has a number in its list: write texts in quotes"),
        (f'[groups]\nfinance = ["{ONE}", "{ONE.upper()}"]', f"'{ONE}' is there more than once"),
        (f'[groups]\n"" = ["{ONE}"]', "is no name for a group"),
        (f'[groups]\n"a\\nb" = ["{ONE}"]', "is no name for a group"),
        ("[workflows.release]", "[workflows] release: there is no such workflow. Known: event-planning, rel"),
        ("[workflows]\nrelease-notes = true", "release-notes: is true or false: write a table"),
        (CALENDAR + 'name = "x"', "[calendar] name: there is no such setting"),
        (CALENDAR.replace("Europe/Berlin", "Berlin"), "[calendar] zone: 'Berlin' is not a time zone"),
        (CALENDAR.replace('"fri"', '"friday"'), "'friday' is not one of mon, tue, wed"),
        (CALENDAR.replace('"fri"', '"mon"'), "[calendar] days: 'mon' is there more than once"),
        (CALENDAR.replace('"mon", "fri"', ""), "[calendar] days: is an empty list"),
        (CALENDAR.replace("17:00", "08:00"), "hours: '09:00-08:00' end before they begin"),
        (CALENDAR.replace("17:00", "00:00"), "24:00 is the end of the day"),
        (CALENDAR.replace("17:00", "17:60"), "are not hours such as 09:00-17:00"),
        (CALENDAR.replace('"09:00-17:00"', "09:00:00"), "[calendar] hours: is a time: write a text"),
        (CALENDAR.replace("hours", "# hours"), "[calendar] hours: is missing"),
        (CALENDAR + 'holidays = ["2026-02-30"]', "'2026-02-30' is not a date such as 2026-12-25"),
        (CALENDAR + 'holidays = ["20261225"]', "is not a date"),
        (CALENDAR + "holidays = [2026-12-25T10:00:00]", "has a date with a time in its list"),
        (CALENDAR + 'holidays = [2026-12-25, "2026-12-25"]', "more than once"),
        ("[groups", "is not TOML"),
        ("[groups]\n[groups]", "is not TOML"),
        ("x = " + "[" * 100_000, "too large or too deep"),
        ("x = " + "9" * 5000, "too large or too deep"),
        (b"\xff\xfe", "save it as UTF-8"),
        (b"#" * 1_000_001, "larger than 1 MB"),
    ],
)  # fmt: skip
def test_a_mistake_is_a_sentence_with_its_place(text: str | bytes, words: str) -> None:
    assert words in problem(text)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("need = 2", "[workflows.release-notes] need: there is no such setting. Known: approvers, "),
        ('approvers = ["group:finanse"]', "'group:finanse' is not a group of this file. Known: finance"),
        ('approvers = ["finance"]', "approvers: 'finance' is not a GUID"),
        ('approvers = ["group:finance", "group:finance"]', "approvers: 'group:finance' is there more than"),
        ("approvers = []", "approvers: is an empty list"),
        ("needed = 0", "needed: is not a number from 1 to 40"),
        ("needed = true", "needed: is not a number"),
        ('needed = "2"', "without quotes"),
        ("needed = 2.0", "needed: is not a number"),
        ("needed = 41", "from 1 to 40"),
        ('needed = "everyone"', "nobody is named: add approvers"),
        (f'approvers = ["{ONE}", "group:finance"]\nneeded = 3', "needed: is 3, but only 2 can approve"),
        ("own = 1", "own: is a number: write true or false"),
        ('comment_on_reject = "yes"', "comment_on_reject: is a text: write true or false"),
        ("remind_after = 8", "remind_after: is a number: write a text in quotes"),
        ('remind_after = "8"', "'8' is not a time such as 30m, 24h, 3d or never"),
        ('remind_after = "1h30m"', "is not a time such as"),
        ('remind_after = "-1h"', "is not a time such as"),
        ('remind_after = "0h"', "'0h' is not a time from 1m to a year"),
        ('expires_after = "366d"', "'366d' is not a time from 1m to a year"),
        ('on_expiry = "ignore"', "'ignore' is not one of approve, reject, fail"),
        ('escalate_after = "1h"', "escalate_after: has nobody to ask: add escalate_to"),
        (f'escalate_to = [["{ONE}"]]', "escalate_to: is never asked: add escalate_after"),
        (f'escalate_after = "never"\nescalate_to = [["{ONE}"]]', "escalate_to: is never asked"),
        (f'escalate_after = "1h"\nescalate_to = ["{ONE}"]', "has a text in its list: write lists in the"),
        ('escalate_after = "1h"\nescalate_to = [[]]', "escalate_to: is an empty list"),
        ('escalate_after = "1h"\nescalate_to = []', "escalate_to: is an empty list"),
        ("working_time = true", "but the file has no working hours: add [calendar]"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_rule_is_a_sentence_with_its_place(lines: str, words: str) -> None:
    assert words in wrong(lines, GROUPS)


def test_a_year_of_working_time_has_only_its_working_days() -> None:
    assert rule('expires_after = "104d"\nworking_time = true', CALENDAR).expires_after == 104 * WORKING_DAY
    assert "to a year" in wrong('expires_after = "105d"\nworking_time = true', CALENDAR)


def test_more_people_than_a_question_can_ask_are_refused() -> None:
    many = ", ".join(f'"aaaaaaaa-0000-4000-8000-0000000000{number}"' for number in range(10, 51))
    groups = f"[groups]\nall = [{many}]\n"
    assert "approvers: names 41 people" in wrong('approvers = ["group:all"]', groups)
    lines = 'escalate_after = "1h"\nescalate_to = [["group:all"]]'
    assert "escalate_to: names 41 people" in wrong(lines, groups)


def test_more_approvals_than_the_variable_has_approvers_are_refused() -> None:
    assert "but only 1 can approve" in wrong("needed = 2", SIGNOFF_APPROVERS=ONE)


def test_all_mistakes_are_reported_at_once_and_none_because_of_another() -> None:
    found = problems(
        '[groups]\nfinance = ["mia"]\nboard = []\n'
        '[calendar]\nzone = "Mars"\ndays = ["mon"]\n'
        '[workflows.release-notes]\napprovers = ["group:finance"]\nworking_time = true\nown = "no"\n'
        "[workflows.other]\nneeded = 0\n",
        PORT="eighty",
    )
    places = ["groups] finance", "groups] board", "calendar] hours", "calendar] zone", "workflows] other"]
    places += ["release-notes] own", "workflows.other] needed", "PORT"]
    assert sorted(place for place in places if sum(place in each for each in found) == 1) == sorted(places)
    assert len(found) == len(places)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(SettingsError) as raised:
            Settings.local({"SIGNOFF_POLICY": str(path)})
        [sentence] = raised.value.problems
        assert sentence.startswith(f"SIGNOFF_POLICY: {path} cannot be read (")


def test_a_large_file_is_not_read_to_its_end() -> None:
    with pytest.raises(SettingsError, match="larger than 1 MB"):
        Settings.local({"SIGNOFF_POLICY": "/dev/zero"})


# ---- what it does -------------------------------------------------------------------------------


async def test_a_question_follows_the_rule_of_its_workflow(store: SqliteStore, tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.write_text(
        f'[groups]\neditors = ["{BOB.entra_id}"]\n{CALENDAR}[workflows.release-notes]\n'
        f'approvers = ["group:editors", "{ALICE.entra_id}"]\nneeded = 1\ncomment_on_reject = true\n'
        'remind_after = "never"\nexpires_after = "1d"\non_expiry = "fail"\nworking_time = true\n'
    )
    async with signoff(store, SIGNOFF_POLICY=str(file)) as bot:
        await bot.say("run release-notes dark mode")
        await bot.card("Publish these release notes?")
        [run] = await store.runs_of(TENANT, ALICE.entra_id, 1)
        book = await store.read(run.key)
    assert book
    [question] = book.pending
    assert (question.approvers, question.excluded) == ((BOB.entra_id,), ALICE.entra_id)
    assert (question.comment_on_reject, question.remind, question.on_expiry) == (True, None, "fail")
    calendar = WorkingCalendar("Europe/Berlin", frozenset({0, 4}))
    assert question.expires == calendar.after(question.asked, WORKING_DAY)
