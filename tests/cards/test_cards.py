"""What the cards say, where golden files would not say why."""

from dataclasses import replace
from datetime import timedelta

import pytest
from adaptivecards.elements import TextRun

from cards import approval, failure, lists, pages, result, run, stats
from cards.elements import card as whole_card
from cards.elements import element, line
from orchestration.messages import SKIP, TOOL
from orchestration.model import ApprovalStatus, Decision, Remedy, RunStatus, Saved, Verdict
from orchestration.statistics import Scope
from tests.cards.states import (
    DEMO,
    DRAFT,
    ELSEWHERE,
    FAILED,
    FAILURE,
    FIGURES,
    LATER,
    LONG,
    MIA,
    NOON,
    QUESTION,
    REMEDIED,
    RUN,
    SPENT,
    STATES,
    TALK,
    answered,
    parts,
    started,
)


def said(card):
    """The words of a card, line by line."""
    lines = [part["inlines"] for part in parts(card) if part["type"] == "RichTextBlock"]
    return "\n".join("".join(run["text"] for run in runs) for runs in lines)


def buttons(card):
    return [part["title"] for part in parts(card) if part["type"] == "Action.Execute"]


def test_an_open_question_shows_the_whole_draft_and_three_answers():
    card = approval.card(QUESTION, RUN)
    assert [text for text in DRAFT.split("\n") if text.strip() and text.strip() not in said(card)] == []
    assert buttons(card) == ["Approve", "Request changes", "Reject", "More"]


@pytest.mark.parametrize("status", ["pending", *(status for status in ApprovalStatus if status != "pending")])
def test_only_an_open_question_of_a_run_that_goes_on_has_answers(status):
    asked = replace(QUESTION, status=ApprovalStatus(status), text="short")
    assert bool(buttons(approval.card(asked, RUN))) == (status == "pending")
    assert buttons(approval.card(asked, started(RunStatus.FAILED))) == []


@pytest.mark.parametrize("revision", [5, 6])
def test_the_last_revision_says_what_asking_for_changes_does(revision):
    assert "ends the run" in said(approval.card(replace(QUESTION, revision=revision), RUN))


@pytest.mark.parametrize("changes", [{"revision": 4}, {"revision": 9, "last_revision": 0}])
def test_an_earlier_revision_does_not(changes):
    assert "ends the run" not in said(approval.card(replace(QUESTION, **changes), RUN))


@pytest.mark.parametrize(
    ("approvers", "words"),
    [
        ((), "Whoever sees this may decide."),
        ((MIA.id,), "Only Mia Chen may decide."),
        (("somebody else",), "Only the named approver may decide."),
        (("a", "b"), "Only the 2 named approvers may decide."),
    ],
)
def test_who_may_decide_is_said_in_words(approvers, words):
    assert words in said(approval.card(replace(QUESTION, approvers=approvers), RUN))


def test_an_answered_question_says_who_what_when_and_why():
    words = said(approval.card(answered(Verdict.REJECT, "Not before the audit."), RUN))
    assert "Rejected by Ben Okafor, 14:07 UTC, 21 Nov" in words
    assert "Not before the audit." in words


def test_a_comment_of_the_greatest_length_is_shown_in_full():
    comment = ("word " * 800).strip()
    assert comment in said(approval.card(answered(Verdict.REJECT, comment), RUN))


def test_a_person_without_a_name_is_somebody():
    nameless = replace(RUN, requester=replace(MIA, name=" "))
    assert "for somebody" in said(approval.card(QUESTION, nameless))


@pytest.mark.parametrize(
    "card", [approval.card(QUESTION, DEMO), run.card(DEMO, NOON), result.card(DEMO, "text")]
)
def test_demo_text_is_called_that(card):
    assert "not from a model" in said(card)


def test_a_run_says_where_it_stands_and_can_be_stopped():
    card = run.card(RUN, LATER)
    assert "Waiting for an answer at step 3 of 4: Ask for sign-off" in said(card)
    assert "✓ Write the draft, done\n● Ask for sign-off, waiting\n○ Publish, to come" in said(card)
    assert "Last update after 5 min." in said(card)
    assert buttons(card) == ["Stop"]


@pytest.mark.parametrize("status", [status for status in RunStatus if started(status).over])
def test_a_run_that_is_over_cannot_be_stopped(status):
    card = run.card(started(status), LATER)
    assert buttons(card) == []
    assert "Took 5 min." in said(card)


def test_a_run_that_repeats_another_names_it():
    assert "again after run ef56ab78" in said(run.card(replace(RUN, retry_of="run-20261120-ef56ab78"), NOON))


def test_a_run_tells_how_long_each_step_took_and_how_much_work_is_left():
    words = said(STATES["run-running-left"]())
    assert "✓ Gather the changes, 3 s\n● Write the draft, now, 46 s so far\n○ Ask" in words
    assert "About 2 min of work left" in words
    assert buttons(STATES["run-running-left"]()) == ["Stop"]


def test_a_run_that_waits_says_since_when_and_not_how_much_work_is_left():
    words = said(STATES["run-waiting-since"]())
    assert "● Ask for sign-off, waiting since 14:02 UTC, 21 Nov" in words
    assert "left" not in words


def test_a_failed_step_says_after_what_time_it_failed():
    assert "✗ Write the draft, failed after 41 s" in said(STATES["run-failed-times"]())


def test_a_card_of_a_run_that_is_over_never_changes():
    assert STATES["run-completed-times"]() == run.card(
        started(RunStatus.COMPLETED, "publish", spent=(*SPENT, ("publish", 4.5))), LATER + timedelta(days=9)
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (4, "A few seconds"),
        (11, "About 20 s"),
        (50, "About 50 s"),
        (51, "About 1 min"),
        (95, "About 2 min"),
        (3700, "About 1 h 2 min"),
    ],
)
def test_a_guess_is_as_exact_as_it_can_be(seconds, words):
    assert f"{words} of work left" in said(run.card(RUN, NOON, timedelta(seconds=seconds)))


# ---- statistics ---------------------------------------------------------------------------------


def bars(card):
    """(label, number, length) of every bar."""
    rows = [
        [said(column) for column in part["columns"]] for part in parts(card) if part["type"] == "ColumnSet"
    ]
    return [(label, number, len(bar)) for label, number, bar in rows]


def test_every_bar_has_its_number_as_text_and_the_most_frequent_is_the_longest():
    assert bars(STATES["stats"]())[:4] == [
        ("Running", "1", 1),
        ("Waiting for an answer", "4", 1),
        ("Completed", "31", 10),
        ("Rejected", "2", 1),
    ]


def test_causes_are_in_words_and_unknown_ones_keep_their_name():
    labels = [label for label, _, _ in bars(STATES["stats"]())]
    assert labels[-3:] == ["The model was away", "The step took too long", "ValueError"]
    both = replace(FIGURES, causes=(("StepTimeoutError", 1), ("StepError", 2), ("TimeoutError", 3)))
    assert bars(stats.card(Scope.OWN, both))[-2:] == [
        ("The step took too long", "4", 10),
        ("The step could not go on", "2", 5),
    ]


def test_figures_say_how_long_answers_took_and_whether_runs_were_left_out():
    assert "Half of 38 came within 4 min, the slowest after 2 days." in said(STATES["stats"]())
    assert "43 runs.\n" in said(STATES["stats"]())
    many = said(STATES["stats-many"]())
    assert "The newest 500 runs; there were more." in many
    assert "The only one: 48 s." in many
    assert "and 2 more" in many
    assert said(STATES["stats-none"]()) == "Your runs, last 30 days\nNo runs."


def test_more_steps_than_a_card_can_show_are_counted():
    many = replace(RUN, steps=RUN.steps * 10)
    assert "and 16 more" in said(run.card(many, NOON))


def test_the_beginning_of_a_long_request_leads_to_all_of_it():
    assert buttons(run.card(replace(RUN, title="Everything since the last…"), NOON)) == [
        "Stop",
        "Show whole text",
    ]


def test_a_failure_offers_what_can_work():
    assert buttons(failure.card(FAILURE, FAILED)) == ["Resume", "Retry"]
    assert buttons(failure.card(replace(FAILURE, resumable=False), FAILED)) == ["Retry"]
    assert buttons(failure.card(FAILURE, RUN)) == []


def test_a_failure_shows_the_first_200_characters_of_its_reason():
    words = said(failure.card(replace(FAILURE, reason="ab " * 100), FAILED)).split("\n")
    assert ("ab " * 100)[:200].strip() + "…" in words


def test_a_failure_outside_of_all_steps_names_none():
    words = said(failure.card(replace(FAILURE, position=0, step_title=""), FAILED))
    assert words.startswith("Release notes failed\n")


def test_a_remedied_failure_says_by_whom_and_offers_nothing():
    assert "Resumed by Ben Okafor, 14:07 UTC, 21 Nov" in said(failure.card(REMEDIED, RUN))
    again = replace(REMEDIED, remedy=Remedy.RETRIED, successor="run-20261121-ef56ab78")
    assert "Retried as run ef56ab78 by Ben Okafor" in said(failure.card(again, FAILED))
    assert buttons(failure.card(again, FAILED)) == []


@pytest.mark.parametrize(
    ("number", "words", "ways"),
    [
        (1, "Page 1 of 7", ["Next", "Back to card"]),
        (3, "Page 3 of 7", ["Previous", "Next", "Back to card"]),
        (7, "Page 7 of 7", ["Previous", "Back to card"]),
        (99, "Page 7 of 7", ["Previous", "Back to card"]),
        (0, "Page 1 of 7", ["Next", "Back to card"]),
    ],
)
def test_pages_can_be_turned(number, words, ways):
    card = pages.page(RUN, QUESTION.id, QUESTION.title, LONG, number)
    assert words in said(card)
    assert buttons(card) == ways


def test_the_pages_together_are_the_text():
    shown = "\n".join(said(pages.page(RUN, "result", "", LONG, number)) for number in range(1, 8))
    assert [part for part in LONG.split("\n\n") if part.strip() not in shown] == []


@pytest.mark.parametrize(
    ("name", "about"), [("input", "run"), ("result", "result"), ("failure-1", "failure-1")]
)
def test_the_way_back_leads_to_the_card_that_was_left(name, about):
    back = list(parts(pages.page(RUN, name, "", "text", 1)))[-1]
    assert back["data"] == {"run": RUN.id, "about": about}


def test_many_runs_are_counted():
    assert "and 2 more older runs" in said(lists.runs([RUN] * 12, NOON))


def test_the_newest_state_of_a_run_that_is_done_is_its_end_and_not_offered():
    states = [Saved(number, number, NOON, "Publish", (), "") for number in (2, 1, 0)]
    done, failed = (
        lists.saved(started(status, ""), states) for status in (RunStatus.COMPLETED, RunStatus.FAILED)
    )
    assert "2 the end" in said(done)
    assert " from 1” starts" in said(done)
    assert "2 next: Publish" in said(failed)
    assert " from 2” starts" in said(failed)
    assert "After 1 step," in said(done)
    assert "Before the first step," in said(done)


def test_any_words_are_sent_as_changes_only_where_all_questions_take_changes():
    tool = replace(QUESTION, kind=TOOL, last_revision=0, revision=1)
    drafts = lists.which([QUESTION, ELSEWHERE], Verdict.REQUEST_CHANGES, "shorter")
    mixed = lists.which([QUESTION, tool], Verdict.REQUEST_CHANGES, "shorter")
    assert "Your answer: Request changes" in said(drafts)
    assert "Request changes" not in said(mixed)
    assert "revision 1" not in str(mixed)


def test_questions_can_be_told_apart():
    choices = next(part for part in parts(STATES["which"]()) if part["type"] == "Input.ChoiceSet")["choices"]
    assert [choice["value"] for choice in choices] == [
        "run-20261121-ab12cd34|5f0c9a52-0001",
        "run-20261121-ef56ab78|5f0c9a52-0002",
    ]
    assert choices[1]["title"] == (
        "Send this offer to Contoso? Run ef56ab78, revision 2 of 5, asked 14:07 UTC, 21 Nov."
    )


@pytest.mark.parametrize("state", STATES)
def test_every_input_has_a_label(state):
    assert [
        part for part in parts(STATES[state]()) if part["type"].startswith("Input") and not part["label"]
    ] == []


@pytest.mark.parametrize("state", STATES)
def test_buttons_stand_in_the_body_where_old_clients_can_leave_them_out(state):
    assert "actions" not in STATES[state]()


def test_a_misspelt_property_is_an_error():
    with pytest.raises(TypeError, match="TextRun has no property colour"):
        element(TextRun, text="text", colour="Good")


def test_a_card_is_made_of_plain_values():
    card = whole_card([line("text")], "summary")
    assert type(card["body"][0]) is dict
    assert type(card["body"][0]["inlines"][0]) is dict


def test_what_agents_remember_is_said_in_numbers():
    words = said(STATES["memory"]())
    assert "writer: 2 notes, 60 KB\nRecalled 12 times. Too old: 3. Made room for others: 1." in words
    assert "researcher: 16 notes, 3.2 MB\nRecalled once." in words
    assert "reviewer: no notes" in words
    assert "at most 1000 notes and 100 MB, each note for 24 h. “forget memory of writer” deletes" in words
    assert said(STATES["memory-none"]()) == "What agents remember\nNo agent keeps notes."


def test_who_goes_on_without_an_answer_does_not_end_the_conversation():
    asked = replace(TALK, options=(SKIP,), expires=LATER, on_expiry="reject")
    assert "then it goes on without an answer" in said(approval.card(asked, RUN))
    left = asked.decided(Decision(Verdict.REJECT, "", MIA, LATER, "click-1"))
    late = asked.expired(Decision(Verdict.REJECT, "Nobody answered in time.", MIA, LATER, "1"), LATER)
    assert "went on without an answer." in said(approval.card(left, RUN))
    assert "the conversation went on without an answer" in said(approval.card(late, RUN))
