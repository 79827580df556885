"""Questions in chat: quorum, refusal, hand-over, withdrawal, reminder, inbox, and many at once."""

from typing import Any

from orchestration.messages import DECISION, EVERYONE, REPLY, REQUESTER, Option, Question, Rule
from tests.fakes import teams
from tests.fakes.clock import MovableClock
from tests.fakes.signoff import buttons, signoff, text_of
from tests.fakes.teams import ALICE, BOB, CAROL, DAVE
from tests.fakes.workflows import Work, asking, gated

GROUP = teams.group()
HERS, HIS, CAROLS, DAVES = (teams.personal(person) for person in (ALICE, BOB, CAROL, DAVE))
TWO, THREE = (BOB.entra_id, CAROL.entra_id), (BOB.entra_id, CAROL.entra_id, DAVE.entra_id)


def pay(**rule: Any) -> Question:
    return Question("Pay the invoice?", "Invoice 7, 90 EUR", rule=Rule(**rule))


async def started(it, by=ALICE, where=GROUP):
    await it.say("run asking please", by=by, where=where)
    return await it.card("Pay the invoice?", "Approve", where=where)


# ---- who ----------------------------------------------------------------------------------------


async def test_a_quorum_is_counted_live_for_everyone_and_the_last_needed_word_settles_it(any_store):
    async with signoff(any_store, definitions=[asking(pay(approvers=THREE, needed=2))]) as it:
        card = await started(it)
        answer = await it.click(card, "Approve", {"comment": "fine"}, by=BOB, where=GROUP)
        assert "1 of 2 have approved" in text_of(answer["value"])
        card = await it.card("1 of 2 have approved", "Bob Builder approved", "“fine”", where=GROUP)
        again = await it.click(card, "Approve", by=BOB, where=GROUP)
        assert "1 of 2 have approved" in text_of(again["value"])
        await it.click(card, "Approve", by=DAVE, where=GROUP)
        await it.card("✓ Approved", "Dave", "Bob Builder approved", where=GROUP)
        await it.card("Completed", where=GROUP)


async def test_a_mind_can_be_changed_until_it_is_settled(store):
    async with signoff(store, definitions=[asking(pay(approvers=THREE, needed=2))]) as it:
        card = await started(it)
        await it.click(card, "Approve", by=BOB, where=GROUP)
        card = await it.card("Bob Builder approved", where=GROUP)
        await it.click(card, "Reject", {"comment": "too much"}, by=BOB, where=GROUP)
        card = await it.card("Bob Builder rejected", "too much", where=GROUP)
        assert "have approved" in text_of(card)
        await it.click(card, "Reject", by=CAROL, where=GROUP)
        await it.card("✗ Rejected", where=GROUP)


async def test_all_must_approve_where_the_rule_says_everyone(store):
    async with signoff(store, definitions=[asking(pay(approvers=TWO, needed=EVERYONE))]) as it:
        card = await started(it)
        assert "All 2 approvers must approve" in text_of(card)
        await it.click(card, "Approve", by=BOB, where=GROUP)
        card = await it.card("1 of 2 have approved", where=GROUP)
        await it.click(card, "Approve", by=CAROL, where=GROUP)
        await it.card("Completed", where=GROUP)


async def test_who_started_it_does_not_approve_it_when_others_are_named(store):
    rule = {"approvers": (ALICE.entra_id, BOB.entra_id)}
    async with signoff(store, definitions=[asking(pay(**rule))]) as it:
        card = await started(it)
        mine = await it.click(card, "More", by=ALICE, where=GROUP)
        assert "You started this run, so somebody else decides" in text_of(mine["value"])
        answer = await it.click(card, "Approve", by=ALICE, where=GROUP)
        assert answer["value"] == (
            "You started this run, so somebody else has to decide. Nothing was changed."
        )
        await it.click(card, "Approve", by=BOB, where=GROUP)
        await it.card("Completed", where=GROUP)


async def test_a_refusal_is_private_and_changes_nothing(store):
    async with signoff(store, definitions=[asking(pay(approvers=TWO))]) as it:
        card = await started(it)
        await it.quiet()
        sent = len(it.teams.sent)
        answer = await it.click(card, "Reject", by=DAVE, where=GROUP)
        assert answer["type"] == "application/vnd.microsoft.activity.message"
        assert "You are not one of the approvers" in answer["value"]
        await it.quiet()
        assert len(it.teams.sent) == sent


async def test_a_rejection_needs_a_reason_where_the_rule_says_so(store):
    async with signoff(store, definitions=[asking(pay(approvers=TWO, comment_on_reject=True))]) as it:
        card = await started(it)
        answer = await it.click(card, "Reject", {"comment": "  "}, by=BOB, where=GROUP)
        assert answer["value"] == "Please say why in the comment, then choose Reject again."
        await it.click(card, "Reject", {"comment": "not ours"}, by=BOB, where=GROUP)
        await it.card("✗ Rejected", "not ours", where=GROUP)


async def test_each_person_sees_what_they_may_do(store):
    async with signoff(store, definitions=[asking(pay(approvers=TWO))]) as it:
        card = await started(it)
        seen = {}
        for person in (ALICE, BOB, DAVE):
            answer = await it.click(card, "More", by=person, where=GROUP)
            seen[person] = set(buttons(answer["value"]))
    assert seen[BOB] == {"Approve", "Request changes", "Reject", "Hand over"}
    assert seen[ALICE] == {"Hand over", "Remind", "Withdraw"}
    assert seen[DAVE] == set()


# ---- handing over, withdrawing, reminding -----------------------------------------------------


async def test_an_approver_hands_over_and_stays_informed(any_store):
    async with signoff(any_store, definitions=[asking(pay(approvers=(BOB.entra_id,)))]) as it:
        await it.say("help", by=CAROL, where=CAROLS)
        card = await started(it)
        mine = (await it.click(card, "More", by=BOB, where=GROUP))["value"]
        form = (await it.click(mine, "Hand over", by=BOB, where=GROUP))["value"]
        answer = await it.click(form, "Hand over", {"to": CAROL.entra_id}, by=BOB, where=GROUP)
        assert "Handed over" in text_of(answer["value"])
        card = await it.card("Handed over", where=GROUP)
        refused = await it.click(card, "Approve", by=BOB, where=GROUP)
        assert refused["value"] == "You handed this question over, so nothing was changed."
        await it.click(card, "Approve", by=CAROL, where=GROUP)
        await it.card("✓ Approved", "Handed over", "Carol", where=GROUP)


async def test_nobody_hands_over_to_the_requester_to_an_approver_or_for_somebody_else(store):
    async with signoff(store, definitions=[asking(pay(approvers=TWO))]) as it:
        card = await started(it)
        mine = (await it.click(card, "More", by=BOB, where=GROUP))["value"]
        form = (await it.click(mine, "Hand over", by=BOB, where=GROUP))["value"]
        for to, why in [
            (ALICE.entra_id, "may not decide this question"),
            (CAROL.entra_id, "is asked already"),
            ("", "Choose a person first."),
        ]:
            answer = await it.click(form, "Hand over", {"to": to}, by=BOB, where=GROUP)
            assert why in answer["value"]
        answer = await it.click(form, "Hand over", {"to": DAVE.entra_id}, by=DAVE, where=GROUP)
        assert "Several people are asked" in answer["value"] or "can hand" in answer["value"]
        run = (await store.runs_in(teams.TENANT, GROUP["id"], 1))[0]
        assert (await store.read(run.key)).approvals["ask-1"].approvers == TWO


async def test_the_requester_withdraws_and_every_card_says_so(store):
    async with signoff(store, definitions=[asking(pay(approvers=TWO))]) as it:
        card = await started(it)
        mine = (await it.click(card, "More", by=ALICE, where=GROUP))["value"]
        answer = await it.click(mine, "Withdraw", by=ALICE, where=GROUP)
        assert "Withdrawn" in text_of(answer["value"])
        await it.card("Pay the invoice?", "Withdrawn", where=GROUP)
        late = await it.click(card, "Approve", by=BOB, where=GROUP)
        assert "Withdrawn" in text_of(late["value"])


async def test_a_reminder_can_be_asked_for_but_not_again_and_again(store):
    clock = MovableClock()
    async with signoff(store, definitions=[asking(pay(approvers=TWO))], clock=clock) as it:
        await started(it)
        await it.say("remind", where=GROUP)
        await it.told("People were asked a moment ago.", where=GROUP)
        clock.forward(minutes=20)
        await it.say("remind", where=GROUP)
        await it.told("Asked once more: “Pay the invoice?”", where=GROUP)
        await it.card("This is a reminder.", where=GROUP)


async def test_it_is_escalated_when_nobody_answers_and_the_next_decides_alone(any_store):
    clock = MovableClock()
    rule = {"approvers": TWO, "needed": 2, "escalate_after": 3600.0, "escalate_to": ((DAVE.entra_id,),)}
    async with signoff(any_store, definitions=[asking(pay(**rule))], clock=clock) as it:
        card = await started(it)
        assert "will be asked as well" in text_of(card)
        refused = await it.click(card, "Approve", by=DAVE, where=GROUP)
        assert "not one of the approvers" in refused["value"]
        clock.forward(minutes=61)
        card = await it.card("Escalated to", where=GROUP)
        await it.click(card, "Approve", by=DAVE, where=GROUP)
        await it.card("Completed", where=GROUP)


# ---- the inbox ----------------------------------------------------------------------------------


async def test_the_inbox_shows_what_waits_for_me_newest_first_and_nobody_elses(any_store):
    definitions = [asking(pay(approvers=TWO)), gated(Work())]
    async with signoff(any_store, definitions=definitions) as it:
        for number in range(7):
            await it.say(f"run asking number {number}", where=teams.group(f"19:g{number}@thread.v2"))
            await it.card("Pay the invoice?", where=teams.group(f"19:g{number}@thread.v2"))
        await it.say("run gated other", by=DAVE, where=DAVES)
        await it.say("inbox", by=BOB, where=HIS)
        first = await it.card("Waiting for you", where=HIS)
        assert [f"Open {number}" in buttons(first) for number in range(1, 7)] == 5 * [True] + [False]
        older = (await it.click(first, "Older", by=BOB, where=HIS))["value"]
        assert "Open 2" in buttons(older)
        assert "Open 3" not in buttons(older)
        await it.say("inbox", by=ALICE, where=HERS)
        await it.card("Nothing waits for you.", where=HERS)


async def test_many_are_decided_at_once_only_those_ticked_and_each_says_what_came_of_it(store):
    async with signoff(store, definitions=[asking(pay(approvers=TWO))]) as it:
        places = [teams.group(f"19:g{number}@thread.v2") for number in range(3)]
        for number, where in enumerate(places):
            await it.say(f"run asking number {number}", where=where)
            card = await it.card("Pay the invoice?", where=where)
        await it.say("inbox", by=BOB, where=HIS)
        listed = await it.card("Waiting for you", where=HIS)
        none = await it.click(listed, "Approve ticked", by=BOB, where=HIS)
        assert none["value"] == "Tick the questions that you want to answer first."
        await it.click(card, "Reject", by=CAROL, where=places[2])  # the newest, which is listed first
        answer = await it.click(listed, "Approve ticked", {"ticked": "0,1"}, by=BOB, where=HIS)
        said = text_of(answer["value"])
        assert "1 of 2 recorded" in said
        assert "settled already, rejected by Carol" in said
        await it.card("Completed", where=places[1])
        await it.card("Pay the invoice?", "Approve", where=places[0])
        outsider = await it.click(listed, "Approve ticked", {"ticked": "2"}, by=DAVE, where=DAVES)
        assert "0 of 1 recorded" in text_of(outsider["value"])
        assert "Pay the invoice?" not in text_of(outsider["value"])


async def test_in_a_group_the_inbox_tells_nothing_of_other_conversations(store):
    async with signoff(store, definitions=[asking(pay(approvers=TWO))]) as it:
        await started(it)
        elsewhere = teams.group("19:elsewhere@thread.v2")
        await it.say("inbox", by=BOB, where=elsewhere)
        await it.card("Nothing waits for you.", where=elsewhere)
        await it.say("inbox", by=BOB, where=GROUP)
        await it.card("Waiting for you", "Pay the invoice?", where=GROUP)


# ---- options and replies ------------------------------------------------------------------------

CHOICE = Question(
    "Where shall we meet?",
    "Both are free on Friday.",
    kind=DECISION,
    options=(Option("b", "Berlin", "by train"), Option("r", "Rome", "by plane")),
)


async def test_a_choice_is_made_on_the_card_or_in_words(store):
    work = Work()
    async with signoff(store, definitions=[asking(CHOICE, work)]) as it:
        await it.say("run asking one")
        card = await it.card("Where shall we meet?", "Berlin: by train")
        answer = await it.click(card, "Choose")
        assert answer["value"] == "Choose one of the options first."
        answer = await it.click(card, "Choose", {"option": "x"})
        assert answer["value"] == "Choose one of the options first."
        answer = await it.click(card, "Choose", {"option": "r"})
        assert "Chosen : Rome" in text_of(answer["value"])
        await it.card("Completed")
        await it.say("run asking two", where=GROUP)
        await it.card("Where shall we meet?", "Berlin", where=GROUP)
        await it.say("approve", where=GROUP)
        await it.told("Please choose one of “Berlin”, “Rome”", where=GROUP)
        answer = await it.write("berlin", where=GROUP)
        assert "Chosen : Berlin" in text_of(answer["value"])
        await it.card("Completed", where=GROUP)


async def test_nobody_confirms_what_somebody_else_wrote(store):
    async with signoff(store, definitions=[gated(Work())]) as it:
        await it.say("run gated hello", where=GROUP)
        await it.card("Go on?", where=GROUP)
        await it.say("make it shorter", by=BOB, where=GROUP)
        card = await it.card("Bob Builder, I read this as: Request changes", where=GROUP)
        refused = await it.click(card, "Confirm", by=CAROL, where=GROUP)
        assert refused["value"] == "Only the one who wrote it can confirm it. Nothing was changed."
        await it.card("Go on?", "Approve", where=GROUP)


async def test_in_ones_own_chat_a_word_reaches_what_waits_elsewhere_but_only_when_confirmed(store):
    async with signoff(store, definitions=[asking(pay(approvers=(BOB.entra_id,)))]) as it:
        await started(it)
        await it.say("approve", by=BOB, where=HIS)
        card = await it.card("Bob Builder, I read this as: Approve", "Pay the invoice?", where=HIS)
        await it.card("Pay the invoice?", "Approve", where=GROUP)
        await it.click(card, "Confirm", by=BOB, where=HIS)
        await it.card("Completed", where=GROUP)


async def test_time_that_is_up_is_said_on_every_card(store):
    clock = MovableClock()
    rule = {"approvers": TWO, "expires_after": 300.0, "on_expiry": "approve"}
    async with signoff(store, definitions=[asking(pay(**rule))], clock=clock) as it:
        card = await started(it)
        assert "then it counts as approved" in text_of(card)
        clock.forward(minutes=6)
        await it.card("Too late", "counts as approved", where=GROUP)
        await it.card("Completed", where=GROUP)


# ---- told in their own chat -----------------------------------------------------------------


async def test_who_is_asked_and_is_not_in_the_chat_is_told_in_their_own(any_store):
    async with signoff(any_store, definitions=[asking(pay(approvers=TWO, needed=2))]) as it:
        await it.say("help", by=BOB, where=HIS)
        card = await started(it, where=HERS)
        card = await it.card("Not told yet, because they have not installed Signoff", where=HERS)
        his = await it.card("Pay the invoice?", "Approve", where=HIS)
        answer = await it.click(his, "Approve", by=BOB, where=HIS)
        assert "1 of 2 have approved" in text_of(answer["value"])
        await it.say("help", by=CAROL, where=CAROLS)
        await it.click(card, "Approve", by=CAROL, where=CAROLS)
        await it.card("Completed", where=HERS)
        await it.card("✓ Approved", "Bob Builder", where=HIS)


async def test_in_a_group_only_those_who_are_not_in_it_are_told_elsewhere(store):
    async with signoff(store, definitions=[asking(pay(approvers=TWO))]) as it:
        it.teams.members[GROUP["id"]] = [teams.member(person) for person in (ALICE, CAROL)]
        for person, where in ((BOB, HIS), (CAROL, CAROLS)):
            await it.say("help", by=person, where=where)
        await started(it)
        await it.card("Pay the invoice?", where=HIS)
        await it.quiet()
        assert not [card for card in it.teams.cards(CAROLS["id"]) if "Pay the invoice?" in text_of(card)]


async def test_a_deputy_is_told_and_decides_for_who_is_away(any_store):
    async with signoff(any_store, definitions=[asking(pay(approvers=(BOB.entra_id,)))]) as it:
        await it.say("help", by=DAVE, where=DAVES)
        await it.say(f"away for 3 days, deputy {DAVE.name}", by=BOB, where=HIS)
        await it.told("can answer for you", where=HIS)
        await started(it)
        card = await it.card("Pay the invoice?", "Approve", where=DAVES)
        await it.say("inbox", by=DAVE, where=DAVES)
        await it.card("Waiting for you", "Pay the invoice?", where=DAVES)
        answer = await it.click(card, "Approve", by=DAVE, where=DAVES)
        assert "for Bob Builder" in text_of(answer["value"])
        await it.card("Completed", where=GROUP)


async def test_somebody_is_named_in_a_command_by_a_mention_or_a_name(store):
    async with signoff(store, definitions=[asking(pay(approvers=TWO))]) as it:
        await it.say("help", by=DAVE, where=DAVES)
        await it.say("help", by=BOB, where=HIS)
        await started(it)
        (run,) = await store.runs_in(teams.TENANT, GROUP["id"], 2)
        await it.say(f"reassign {run.short_id} from Bob Builder to nobody here", where=GROUP)
        await it.told("I know nobody called “nobody here”", where=GROUP)
        await it.say(f"reassign {run.short_id} from Bob Builder to {DAVE.name}", where=GROUP)
        await it.told(f"{DAVE.name} is asked now", where=GROUP)
        card = await it.card("Handed over from Bob Builder", where=GROUP)
        await it.click(card, "Approve", by=DAVE, where=GROUP)
        await it.card("Completed", where=GROUP)


async def test_words_are_read_for_the_question_that_is_chosen_among_several(store):
    places, seats = Work(), Work()
    async with signoff(store, definitions=[asking(CHOICE, places), gated(seats)]) as it:
        await it.say("run gated two")
        await it.card("Go on?")
        await it.say("run asking one")
        await it.card("Where shall we meet?")
        await it.say("rome")
        card = await it.card("Which question do you mean?")
        waiting = await store.waiting_in(teams.TENANT, teams.personal()["id"], 10)
        choice = next(each for each in waiting if each.options)
        chosen = {"question": f"{choice.run}|{choice.id}"}
        answer = await it.click(card, "Send", {**chosen, "comment": "somewhere warm"})
        assert answer["value"].startswith("Please choose one of “Berlin”, “Rome”")
        answer = await it.click(card, "Send", {**chosen, "comment": "rome"})
        assert "Chosen : Rome" in text_of(answer["value"])
        assert len(await store.waiting_in(teams.TENANT, teams.personal()["id"], 10)) == 1


async def test_words_among_several_questions_neither_call_nor_change_a_tool(store):
    async with signoff(store) as it:
        await it.say("run ticket-triage CS-1234: I was charged twice in November, 99.99 EUR each time")
        await it.card("Issue refund?")
        await it.say("run release-notes Apples")
        await it.card("Revision 1 of 5")
        await it.say("make it 50")
        card = await it.card("Which question do you mean?")
        waiting = await store.waiting_in(teams.TENANT, teams.personal()["id"], 10)
        refund = next(each for each in waiting if each.kind == "tool")
        chosen = {"question": f"{refund.run}|{refund.id}", "comment": "make it 50"}
        answer = await it.click(card, "Send", chosen)
        assert answer["value"] == "Please approve or reject this, or change its values: on its card."
        assert len(await store.waiting_in(teams.TENANT, teams.personal()["id"], 10)) == 2


async def test_in_ones_own_chat_a_number_is_an_answer_to_an_agent_and_no_way_out(store):
    rule, way_out = Rule(approvers=(REQUESTER,), own=True), Option("done", "I am done")
    done = Question("How many seats?", "", kind=REPLY, options=(way_out,), rule=rule)
    async with signoff(store, definitions=[asking(done, Work())]) as it:
        await it.say("run asking one", where=GROUP)
        await it.card("How many seats?", where=GROUP)
        answer = await it.write("1")
        assert "1" in text_of(answer["value"])
        await it.card("Alice Admin: 1", where=GROUP)
