"""What typed text means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import (
    CancelRun,
    ComeBack,
    ExportRun,
    ForgetMemory,
    Help,
    Leave,
    ListCheckpoints,
    ListRuns,
    ListWorkflows,
    Notify,
    Reassign,
    RemindOf,
    Reply,
    ResumeRun,
    RetryRun,
    ShowAbsence,
    ShowInbox,
    ShowMemory,
    ShowRun,
    ShowStats,
    ShowWorkflow,
    Start,
    TryWorkflow,
    WithdrawRun,
    parse,
)
from orchestration.model import Verdict


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("help", Help()),
        ("  HELP! ", Help()),
        ("", Help()),
        ("runs", ListRuns()),
        ("Workflows!", ListWorkflows()),
        ("show workflows", ListWorkflows()),
        ("run release-notes payments API", Start("release-notes", "payments API")),
        ("Run release-notes\nfirst line\nsecond line", Start("release-notes", "first line\nsecond line")),
        ("run release-notes", Start("release-notes", "")),
        ("stats", ShowStats()),
        ("Statistics.", ShowStats()),
        ("memory", ShowMemory()),
        ("Forget memory of writer.", ForgetMemory("writer")),
        ("forget the memory of Fact checker", ForgetMemory("Fact checker")),
        ("run", Start("", "")),
        ("status", ShowRun("")),
        ("status abcd2345", ShowRun("abcd2345")),
        ("Status run run-20261121-abcd2345.", ShowRun("run-20261121-abcd2345")),
        ("cancel", CancelRun("")),
        ("cancel ABCD2345", CancelRun("abcd2345")),
        ("retry abcd2345", RetryRun("abcd2345")),
        ("Retry run abcd2345 from 12.", RetryRun("abcd2345", 12)),
        ("retry from 3", RetryRun("", 3)),
        ("retry run from 3", RetryRun("", 3)),
        ("checkpoints", ListCheckpoints("")),
        ("checkpoints abcd2345", ListCheckpoints("abcd2345")),
        ("resume", ResumeRun("")),
        ("export", ExportRun("")),
        ("Export run ABCD2345.", ExportRun("abcd2345")),
        ("notify here", Notify(wanted=True)),
        ("notify off", Notify(wanted=False)),
        ("away", ShowAbsence()),
        ("Away?", ShowAbsence()),
        ("back", ComeBack()),
        ("I'm back!", ComeBack()),
        ("away until 2026-12-01, deputy @Ben", Leave("until 2026-12-01", "@Ben")),
        ("Away for 3 days; my deputy is Ben Okafor.", Leave("for 3 days", "Ben Okafor")),
        ("I am away till Friday with deputy: ben", Leave("till Friday", "ben")),
        ("away until December 1, 2026, deputy Ben", Leave("until December 1, 2026", "Ben")),
        ("away until friday", Leave("until friday", "")),
        ("away until my daughter's birthday, deputy Ben", Leave("until my daughter's birthday", "Ben")),
    ],
)
def test_commands_are_understood(text, command):
    assert parse(text) == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("show release-notes", ShowWorkflow("release-notes")),
        ("Show Release-Notes.", ShowWorkflow("release-notes")),
        ("try release-notes!", TryWorkflow("release-notes")),
    ],
)
def test_workflows_are_known_by_their_names(text, command):
    assert parse(text, {"release-notes"}) == command
    assert isinstance(parse(text, {"again"}), Reply)
    assert isinstance(parse(f"{text} and more", {"release-notes"}), Reply)


@pytest.mark.parametrize(
    ("text", "verdict", "comment"),
    [
        ("approve", Verdict.APPROVE, ""),
        ("Approved!", Verdict.APPROVE, ""),
        ("approve, but only for Berlin", Verdict.REQUEST_CHANGES, "approve, but only for Berlin"),
        ("approve, thanks!", Verdict.APPROVE, ""),
        ("reject", Verdict.REJECT, ""),
        (
            "Reject the second paragraph, keep the rest",
            Verdict.REQUEST_CHANGES,
            "Reject the second paragraph, keep the rest",
        ),
        ("reject-button label is wrong", Verdict.REQUEST_CHANGES, "reject-button label is wrong"),
        ("reject because it is too early", Verdict.REJECT, "because it is too early"),
        (
            "Start with the most important feature",
            Verdict.REQUEST_CHANGES,
            "Start with the most important feature",
        ),
        ("Reject: too early", Verdict.REJECT, "too early"),
        ("rejected. Not now", Verdict.REJECT, "Not now"),
        ("rejection letters are missing", Verdict.REQUEST_CHANGES, "rejection letters are missing"),
        ("cancel the second paragraph", Verdict.REQUEST_CHANGES, "cancel the second paragraph"),
        ("away is misspelt", Verdict.REQUEST_CHANGES, "away is misspelt"),
        (
            "away for the holidays reads odd in line 2",
            Verdict.REQUEST_CHANGES,
            "away for the holidays reads odd in line 2",
        ),
        ("back to the first version", Verdict.REQUEST_CHANGES, "back to the first version"),
        ("make it shorter", Verdict.REQUEST_CHANGES, "make it shorter"),
        ("helpful, but longer", Verdict.REQUEST_CHANGES, "helpful, but longer"),
    ],
)
def test_everything_else_is_a_reply(text, verdict, comment):
    plain = text in {"approve", "Approved!", "approve, thanks!", "reject"}
    assert parse(text) == Reply(verdict, comment, text, plain=plain)


@given(st.text())
def test_no_text_breaks_the_parser_and_only_the_plain_word_approves(text):
    command = parse(text)
    if isinstance(command, Reply) and command.plain and command.verdict is Verdict.APPROVE:
        assert text.strip().lower().startswith("approve")


@pytest.mark.parametrize("text", ["ok", "Yes!", "no", "👍", "LGTM", "fine."])
def test_a_word_that_is_no_plain_yes_or_no_is_read_back(text):
    verdict = Verdict.REJECT if text == "no" else Verdict.APPROVE
    assert parse(text) == Reply(verdict, "", text, plain=False)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("inbox", ShowInbox()),
        ("remind", RemindOf("")),
        ("withdraw ABCD2345", WithdrawRun("abcd2345")),
        ("reassign abcd2345 to @Ben Okafor", Reassign("abcd2345", "", "@Ben Okafor")),
        ("Hand over run abcd2345 from Ann to Ben.", Reassign("abcd2345", "Ann", "Ben")),
    ],
)
def test_commands_about_questions_are_understood(text, command):
    assert parse(text) == command
