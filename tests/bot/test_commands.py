"""What typed text means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import (
    CancelRun,
    Help,
    ListCheckpoints,
    ListRuns,
    Notify,
    Reply,
    ResumeRun,
    RetryRun,
    ShowRun,
    Start,
    Unclear,
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
        ("run release-notes payments API", Start("release-notes", "payments API")),
        ("Run release-notes\nfirst line\nsecond line", Start("release-notes", "first line\nsecond line")),
        ("run release-notes", Start("release-notes", "")),
        ("run", Start("", "")),
        ("status", ShowRun("")),
        ("status abcd2345", ShowRun("abcd2345")),
        ("Status run run-20261121-abcd2345.", ShowRun("run-20261121-abcd2345")),
        ("cancel", CancelRun("")),
        ("cancel ABCD2345", CancelRun("abcd2345")),
        ("retry abcd2345", RetryRun("abcd2345")),
        ("Retry run abcd2345 from 12.", RetryRun("abcd2345", 12)),
        ("checkpoints", ListCheckpoints("")),
        ("checkpoints abcd2345", ListCheckpoints("abcd2345")),
        ("resume", ResumeRun("")),
        ("notify here", Notify(wanted=True)),
        ("notify off", Notify(wanted=False)),
    ],
)
def test_commands_are_understood(text, command):
    assert parse(text) == command


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
        ("make it shorter", Verdict.REQUEST_CHANGES, "make it shorter"),
        ("helpful, but longer", Verdict.REQUEST_CHANGES, "helpful, but longer"),
    ],
)
def test_everything_else_is_a_reply(text, verdict, comment):
    assert parse(text) == Reply(verdict, comment, text)


@given(st.text())
def test_no_text_breaks_the_parser_and_only_the_plain_word_approves(text):
    command = parse(text)
    if isinstance(command, Reply) and command.verdict is Verdict.APPROVE:
        assert text.strip().lower().startswith("approve")


@pytest.mark.parametrize("text", ["ok", "Yes!", "no", "👍", "LGTM", "fine."])
def test_a_word_that_is_no_plain_yes_or_no_is_not_guessed(text):
    assert parse(text) == Unclear(text)
