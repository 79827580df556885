"""What users of other products suffered from the end of time, and from approvers who were fixed for ever."""

from datetime import timedelta
from pathlib import Path

import pytest

from orchestration.limits import USUAL
from orchestration.messages import DECISION, Option, Question, Rule
from orchestration.model import ApprovalStatus
from tests.bot.complaints.scene import (
    CAROLS,
    DECIDING,
    GROUP,
    HERS,
    HIS,
    TITLE,
    asked,
    live,
    met,
    on_a_friday_afternoon,
    pay,
    question,
)
from tests.fakes import teams
from tests.fakes.clock import MovableClock
from tests.fakes.signoff import buttons, signoff, text_of
from tests.fakes.teams import ALICE, BOB, CAROL, DAVE, Person
from tests.fakes.workflows import Work, asking, gated

BOBS, TWO = (BOB.entra_id,), (BOB.entra_id, CAROL.entra_id)
HOUR, DAY = 3600.0, 86_400.0
NOTES = "run release-notes Faster search."
CALENDAR = '[calendar]\nzone = "UTC"\ndays = ["mon", "tue", "wed", "thu", "fri"]\nhours = "09:00-17:00"\n'


def policy(folder: Path, rule: str, groups: str = "") -> str:
    """Write a policy file for the release notes, and return its path."""
    file = folder / "policy.toml"
    file.write_text(f"{groups}{CALENDAR}[workflows.release-notes]\n{rule}", encoding="utf-8")
    return str(file)


# ---- when time is up ----------------------------------------------------------------------------


async def test_a_question_whose_time_is_up_is_closed_for_everybody_and_everywhere(any_store):
    """Complaint 34: A task that had run out stayed active, and people rejected what counted as approved."""
    clock, rule = MovableClock(), {"approvers": TWO, "expires_after": DAY, "on_expiry": "approve"}
    async with signoff(any_store, definitions=[asking(pay(**rule))], clock=clock) as it:
        it.teams.members[GROUP["id"]] = [teams.member(ALICE)]
        await met(it, BOB, CAROL)
        card = await asked(it)
        for where in (HIS, CAROLS):
            await it.card(TITLE, "Approve", where=where)
        clock.forward(days=2)
        for where in (GROUP, HIS, CAROLS):
            await it.card(TITLE, "Too late", where=where)
            assert not live(it, where)
        late = await it.click(card, "Reject", by=BOB, where=GROUP)
        assert "Too late" in text_of(late["value"])
        assert not DECIDING & buttons(late["value"]).keys()
        await it.say("reject", by=CAROL, where=GROUP)
        await it.told("Nothing waits for an answer here", where=GROUP)
        await it.say("inbox", by=CAROL, where=CAROLS)
        await it.card("Nothing waits for you.", where=CAROLS)
        assert (await question(it)).status is ApprovalStatus.TIMED_OUT
        await it.card("Asking", "Completed", where=GROUP)


THEN = {
    "approve": ("then it counts as approved", "so it counts as approved", "Completed"),
    "reject": ("then it counts as rejected", "so it counts as rejected", "Rejected"),
    "fail": ("then the run fails", "so the run failed", "Failed at step"),
}


@pytest.mark.parametrize("then", THEN)
async def test_the_card_says_before_and_after_what_happens_when_time_is_up(store, then):
    """Complaint 35: Over a weekend a wait ended by itself, and nobody had known what that would mean."""
    clock, (before, after, run) = MovableClock(), THEN[then]
    rule = {"approvers": TWO, "expires_after": 3 * DAY, "on_expiry": then}
    async with signoff(store, definitions=[asking(pay(**rule))], clock=clock) as it:
        card = await asked(it)
        assert "Open until" in text_of(card)
        assert before in text_of(card)
        clock.forward(days=2)
        await it.say("status", where=GROUP)
        await it.card(TITLE, before, "Approve", where=GROUP)
        clock.forward(days=2)
        await it.card(TITLE, "Too late", after, where=GROUP)
        await it.card("Asking", run, where=GROUP)


async def test_silence_is_consent_where_the_workflow_says_so_and_nobody_is_named_for_it(store):
    """Complaint 36: Others want silence to be a yes; then that must be said, and name nobody."""
    clock, work = MovableClock(), Work()
    rule = {"approvers": TWO, "needed": 2, "expires_after": DAY, "on_expiry": "approve"}
    async with signoff(store, definitions=[asking(pay(**rule), work)], clock=clock) as it:
        card = await asked(it)
        assert "then it counts as approved" in text_of(card)
        clock.forward(hours=25)
        closed = text_of(
            await it.card(TITLE, "Nobody answered in time, so it counts as approved", where=GROUP)
        )
        assert "✓ Approved" not in closed
        await it.card("Completed", where=GROUP)
        decision = (await question(it)).decision
    assert (decision.by.id, decision.by.name) == ("", "Signoff")
    assert "last" in work.done


async def test_a_choice_that_nobody_made_is_not_made_by_silence(store):
    """Complaint 36: What was consented to by silence has to be one thing, known before."""
    options = (Option("b", "Berlin"), Option("r", "Rome"))
    rule = Rule(expires_after=DAY, on_expiry="approve")
    ask = Question("Where to?", "", kind=DECISION, options=options, rule=rule)
    async with signoff(store, definitions=[asking(ask)]) as it:
        await it.say("run asking please", where=GROUP)
        await it.card("failed at step 2", "nobody would choose an option if time is up", where=GROUP)


async def test_without_settings_there_are_days_and_a_reminder_after_one(store):
    """Complaint 37: After five minutes, which was the default, the question was gone."""
    clock = MovableClock()
    async with signoff(store, clock=clock) as it:
        await it.say(NOTES)
        card = await it.card("Publish these release notes?", "Revision 1 of 5")
        clock.forward(hours=23)
        await it.quiet()
        assert (await question(it, HERS)).reminders == 0
        clock.forward(hours=2)
        await it.card("Publish these release notes?", "This is a reminder.", "Approve")
        clock.forward(days=60)
        await it.click(card, "Approve")
        await it.card("Completed")


async def test_a_month_of_waiting_is_not_a_second_of_work(store):
    """Complaint 38: The time limit for the work ran while people thought, and killed the wait."""
    clock = MovableClock()
    async with signoff(store, definitions=[gated(Work())], clock=clock) as it:
        await it.say("run gated hello")
        card = await it.card("Go on?", "Approve")
        clock.forward(days=30)
        await it.click(card, "Approve")
        await it.card("Completed")
        (run,) = await store.runs_of(teams.TENANT, ALICE.entra_id, 2)
        assert run.ended - run.started >= timedelta(days=30)
        assert run.worked < USUAL.run.total_seconds()


async def test_too_late_is_another_word_than_rejected(any_store):
    """Complaint 39: Nobody had said no, but the record said that it was denied."""
    clock, rule = MovableClock(), {"approvers": TWO, "expires_after": DAY}
    async with signoff(any_store, definitions=[asking(pay(**rule))], clock=clock) as it:
        await asked(it)
        clock.forward(days=2)
        silent = text_of(await it.card(TITLE, "Too late", "Nobody answered in time", where=GROUP))
        assert "✗ Rejected" not in silent
        stored = await question(it)
        assert (stored.status, stored.votes) == (ApprovalStatus.TIMED_OUT, ())
        await it.card("Asking", "Rejected", where=GROUP)  # the run ends as if somebody had said no
        other = teams.group("19:other@thread.v2")
        card = await asked(it, where=other)
        await it.click(card, "Reject", by=BOB, where=other)
        await it.card("✗ Rejected", "Bob Builder", without="Too late", where=other)
        assert (await question(it, other)).status is ApprovalStatus.REJECTED


# ---- who ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [ALICE, DAVE], ids=["requester", "administrator"])
async def test_while_a_question_waits_somebody_else_can_be_put_in_the_place_of_an_approver(store, by):
    """Complaint 40: The approver was on holiday, and nobody could change who was asked."""
    how = {"definitions": [asking(pay(approvers=BOBS))], "SIGNOFF_ADMINISTRATORS": DAVE.entra_id}
    async with signoff(store, **how) as it:
        it.teams.members[GROUP["id"]] = [teams.member(person) for person in (ALICE, DAVE)]
        await met(it, BOB, CAROL)
        await asked(it)
        old = await it.card(TITLE, "Approve", where=HIS)
        (run,) = await store.runs_in(teams.TENANT, GROUP["id"], 2)
        await it.say(f"reassign {run.short_id} to {CAROL.name}", by=by, where=GROUP)
        await it.told("Carol Case is asked now", where=GROUP)
        refused = await it.click(old, "Approve", by=BOB, where=HIS)
        assert (
            "not one of the approvers" in refused["value"] or "handed this question over" in refused["value"]
        )
        new = await it.card(TITLE, "Handed over from Bob Builder", "Approve", where=CAROLS)
        await it.click(new, "Approve", by=CAROL, where=CAROLS)
        await it.card("Completed", where=GROUP)


async def test_nobody_else_can_change_who_is_asked(store):
    """Complaint 40: Whoever saw the request could give it to a friend."""
    async with signoff(store, definitions=[asking(pay(approvers=BOBS))]) as it:
        await met(it, CAROL)
        await asked(it)
        (run,) = await store.runs_in(teams.TENANT, GROUP["id"], 2)
        await it.say(f"reassign {run.short_id} to {CAROL.name}", by=DAVE, where=GROUP)
        await it.told("Only the approver, whoever started the run, or an administrator", where=GROUP)
        assert (await question(it)).approvers == BOBS


async def test_who_handed_a_question_over_still_learns_what_became_of_it(any_store):
    """Complaint 41: After handing over, the first approver never heard of the matter again."""
    async with signoff(any_store, definitions=[asking(pay(approvers=BOBS))]) as it:
        it.teams.members[GROUP["id"]] = [teams.member(ALICE)]
        await met(it, BOB, CAROL)
        await asked(it)
        card = await it.card(TITLE, "Approve", where=HIS)
        mine = (await it.click(card, "More", by=BOB, where=HIS))["value"]
        form = (await it.click(mine, "Hand over", by=BOB, where=HIS))["value"]
        await it.click(form, "Hand over", {"to": CAROL.entra_id}, by=BOB, where=HIS)
        await it.card(TITLE, "Handed over from Bob Builder to Carol Case", where=HIS)
        await it.click(await it.card(TITLE, "Approve", where=CAROLS), "Approve", by=CAROL, where=CAROLS)
        await it.card("✓ Approved", "Carol Case", "Handed over", where=HIS)
        assert not live(it, HIS)


FIVE = [
    BOB,
    CAROL,
    DAVE,
    Person("Erin Eager", "29:erin", "aaaaaaaa-0000-4000-8000-000000000005"),
    Person("Finn Far", "29:finn", "aaaaaaaa-0000-4000-8000-000000000006"),
]
FINANCE = f"[groups]\nfinance = {[person.entra_id for person in FIVE]}\n"


@pytest.mark.parametrize("voters", [(1, 4), (3, 0)], ids=str)
async def test_any_two_of_a_group_of_five_decide(any_store, tmp_path, voters):
    """Complaint 42: Two of five, out of a group, could be said nowhere; so all five were asked to agree."""
    file = policy(tmp_path, 'approvers = ["group:finance"]\nneeded = 2\n', FINANCE)
    async with signoff(any_store, SIGNOFF_POLICY=file) as it:
        await it.say(NOTES, where=GROUP)
        card = await it.card("2 of 5 approvers must approve", where=GROUP)
        one, two = (FIVE[number] for number in voters)
        await it.click(card, "Approve", by=one, where=GROUP)
        await it.card("1 of 2 have approved", one.name, where=GROUP)
        await it.click(card, "Approve", by=one, where=GROUP)
        refused = await it.click(card, "Approve", by=ALICE, where=GROUP)
        assert "somebody else has to decide" in refused["value"] or "not one of" in refused["value"]
        assert (await question(it)).pending
        await it.click(card, "Approve", by=two, where=GROUP)
        await it.card("✓ Approved", one.name, two.name, where=GROUP)
        await it.card("Completed", where=GROUP)


async def test_four_of_five_who_reject_end_what_two_cannot_approve_any_more(store, tmp_path):
    """Complaint 42: With a quorum nobody knew when it could not be reached any more."""
    file = policy(tmp_path, 'approvers = ["group:finance"]\nneeded = 2\n', FINANCE)
    async with signoff(store, SIGNOFF_POLICY=file) as it:
        await it.say(NOTES, where=GROUP)
        card = await it.card("2 of 5 approvers must approve", where=GROUP)
        for person in FIVE[:3]:
            await it.click(card, "Reject", by=person, where=GROUP)
            assert (await question(it)).pending
        await it.click(card, "Reject", by=FIVE[3], where=GROUP)
        await it.card("✗ Rejected", where=GROUP)


async def test_an_approver_who_is_silent_is_reminded_in_their_own_chat_and_then_the_next_is_asked(any_store):
    """Complaint 43: The approver was never told, and when nothing came nobody else was asked."""
    clock = MovableClock()
    rule = {"remind_after": 4 * HOUR, "escalate_after": 10 * HOUR, "escalate_to": ((CAROL.entra_id,),)}
    async with signoff(any_store, definitions=[asking(pay(approvers=BOBS, **rule))], clock=clock) as it:
        it.teams.members[GROUP["id"]] = [teams.member(ALICE)]
        await met(it, BOB, CAROL)
        card = await asked(it)
        assert "Carol Case will be asked as well" in text_of(card)
        await it.card(TITLE, "Approve", where=HIS)
        clock.forward(hours=5)
        await it.card(TITLE, "This is a reminder.", "Approve", where=HIS)
        assert not live(it, CAROLS)
        clock.forward(hours=6)
        hers = await it.card(TITLE, "Escalated to Carol Case", "Approve", where=CAROLS)
        await it.click(hers, "Approve", by=CAROL, where=CAROLS)
        await it.card("✓ Approved", "Carol Case", where=HIS)
        await it.card("Completed", where=GROUP)


async def test_who_could_not_be_told_is_named_on_the_card(store):
    """Complaint 43: It looked as if everybody knew, but one had never got anything."""
    async with signoff(store, definitions=[asking(pay(approvers=TWO))]) as it:
        await met(it, BOB)
        await it.say("run asking please", where=HERS)
        await it.card("Not told yet, because they have not installed Signoff", where=HERS)


async def test_a_weekend_is_no_time_in_which_somebody_was_silent(store, tmp_path):
    """Complaint 43: On Saturday the question went to the next one, and on Sunday it had run out."""
    clock = on_a_friday_afternoon()
    rule = f'approvers = ["{BOB.entra_id}"]\nworking_time = true\nremind_after = "2h"\n'
    rule += f'escalate_after = "4h"\nescalate_to = [["{CAROL.entra_id}"]]\nexpires_after = "1d"\n'
    async with signoff(store, clock=clock, SIGNOFF_POLICY=policy(tmp_path, rule)) as it:
        await it.say(NOTES, where=GROUP)
        card = await it.card("Publish these release notes?", "Approve", where=GROUP)
        clock.forward(hours=48)
        await it.say("status", where=GROUP)
        await it.card("newer card", where=GROUP)
        await it.quiet()
        stored = await question(it)
        assert (stored.reminders, stored.superiors, stored.pending) == (0, (), True)
        clock.forward(hours=18)  # Monday, 10:00: two of its hours have passed, one on Friday
        await it.card("This is a reminder.", where=GROUP)
        assert (await question(it)).superiors == ()
        clock.forward(hours=3)
        await it.card("Escalated to", where=GROUP)
        assert (await question(it)).pending
        await it.click(card, "Approve", by=BOB, where=GROUP)
        await it.card("Completed", where=GROUP)
