"""What users of other products suffered from having much to decide, and from not seeing what was decided."""

import json

from orchestration.messages import DATA, Question, Rule
from tests.bot.complaints.scene import GROUP, HIS, TITLE, asked, pay, question
from tests.fakes import teams
from tests.fakes.signoff import buttons, signoff, text_of
from tests.fakes.teams import BOB, CAROL
from tests.fakes.workflows import asking

TWO = (BOB.entra_id, CAROL.entra_id)


def room(number: int):
    return teams.group(f"19:g{number}@thread.v2")


# ---- many at once -------------------------------------------------------------------------------


async def test_deciding_many_decides_only_what_the_list_has_shown(any_store):
    """Complaint 44: “Approve all” also approved what had come in after the list was drawn."""
    async with signoff(any_store, definitions=[asking(pay(approvers=TWO))]) as it:
        for number in range(2):
            await asked(it, where=room(number))
        await it.say("inbox", by=BOB, where=HIS)
        listed = await it.card("Waiting for you", where=HIS)
        assert not any("all" in title.casefold().split() for title in buttons(listed))
        await asked(it, where=room(2))
        answer = await it.click(listed, "Approve ticked", {"ticked": "0,1,2,3,-1,all"}, by=BOB, where=HIS)
        assert text_of(answer["value"]).startswith("2 recorded")
        for number in range(2):
            await it.card("Completed", where=room(number))
        assert (await question(it, room(2))).pending


async def test_a_forged_list_decides_nothing_that_the_person_could_not_decide_one_by_one(store):
    """Complaint 44: Many at once went around the checks that each one had."""
    mine, others = {"approvers": TWO, "comment_on_reject": True}, {"approvers": (CAROL.entra_id,)}
    definitions = [asking(pay(**mine)), asking(pay(**others), name="other")]
    async with signoff(store, definitions=definitions) as it:
        await asked(it, where=room(0))
        await it.say("run other please", where=room(1))
        await it.card(TITLE, "Approve", where=room(1))
        await it.say("inbox", by=BOB, where=HIS)
        listed = await it.card("Waiting for you", where=HIS)
        theirs, his = await question(it, room(1)), await question(it, room(0))
        shown = [[theirs.run, theirs.id, ""], [his.run, his.id, ""]]
        forged = {"shown": json.dumps(shown), "ticked": "0,1", "verdict": "reject"}
        said = text_of((await it.click(listed, "Approve ticked", forged, by=BOB, where=HIS))["value"])
        assert "0 of 2 recorded" in said
        assert "You are not one of the approvers" in said
        assert "Please say why" in said
        for number in range(2):
            assert (await question(it, room(number))).votes == ()


async def test_each_of_many_says_what_came_of_it_and_one_that_fails_stops_no_other(store):
    """Complaint 44: One that could not be approved made all fail, and nobody knew which."""
    async with signoff(store, definitions=[asking(pay(approvers=TWO))]) as it:
        for number in range(3):
            await asked(it, words=f"number {number}", where=room(number))
        await it.say("inbox", by=BOB, where=HIS)
        listed = await it.card("Waiting for you", where=HIS)
        await it.say("reject", by=CAROL, where=room(1))
        await it.card("✗ Rejected", where=room(1))
        said = text_of(
            (await it.click(listed, "Approve ticked", {"ticked": "0,1,2"}, by=BOB, where=HIS))["value"]
        )
        assert "2 of 3 recorded" in said
        assert said.count("Approved.") == 2
        assert "rejected by Carol Case" in said
        runs = [(await store.runs_in(teams.TENANT, room(number)["id"], 2))[0] for number in range(3)]
        assert all(run.short_id in said for run in runs)


async def test_what_has_changed_since_the_list_was_drawn_is_not_approved_by_its_box(store):
    """Complaint 44: What was ticked was no longer what had been read."""
    schema = '{"type": "object", "properties": {"amount": {"type": "integer", "title": "Amount"}}}'
    rule = Rule(approvers=TWO, needed=2)
    ask = Question(
        TITLE, "", kind=DATA, subject="invoice", proposed='{"amount": 90}', schema=schema, rule=rule
    )
    async with signoff(store, definitions=[asking(ask)]) as it:
        card = await asked(it)
        await it.say("inbox", by=BOB, where=HIS)
        listed = await it.card("Waiting for you", where=HIS)
        mine = (await it.click(card, "More", by=CAROL, where=GROUP))["value"]
        form = (await it.click(mine, "Edit values", by=CAROL, where=GROUP))["value"]
        (amount,) = [part["id"] for part in form["body"] if part.get("id", "").startswith("v.")]
        await it.click(form, "Approve these values", {amount: 9000}, by=CAROL, where=GROUP)
        answer = await it.click(listed, "Approve ticked", {"ticked": "0"}, by=BOB, where=HIS)
        assert "0 of 1 recorded" in text_of(answer["value"])
        assert "The values have changed since your card was drawn." in text_of(answer["value"])
        assert [vote.by.id for vote in (await question(it)).votes] == [CAROL.entra_id]


# ---- what was decided ---------------------------------------------------------------------------


async def test_what_was_asked_and_answered_stays_to_be_read_by_whom_and_in_order(any_store):
    """Complaint 45: Once decided, nobody could see any more who had wanted what, and why."""
    async with signoff(any_store) as it:
        await it.say("run release-notes Faster search.", where=GROUP)
        card = await it.card("Revision 1 of 5", where=GROUP)
        await it.click(card, "Request changes", {"comment": "shorter"}, by=BOB, where=GROUP)
        second = await it.card("Revision 2 of 5", "Approve", where=GROUP)
        await it.click(second, "Approve", {"comment": "now it is"}, by=CAROL, where=GROUP)
        await it.card("Revision 1 of 5", "↻ Changes requested", "Bob Builder", "shorter", where=GROUP)
        await it.card("Revision 2 of 5", "✓ Approved", "Carol Case", "now it is", where=GROUP)
        await it.card("Completed", where=GROUP)
        (run,) = await any_store.runs_in(teams.TENANT, GROUP["id"], 2)
        await it.say(f"checkpoints {run.short_id}", where=GROUP)
        await it.card("Saved states of run", "Publish these release notes?", where=GROUP)
        told = await any_store.history(run.key)
        first, last = await any_store.approvals(run.key)
    decided = [
        (event.about, event.what, event.by.name, event.detail) for event in told if "decided" in event.what
    ]
    assert decided == [
        (first.id, "decided: request_changes", BOB.name, "shorter"),
        (last.id, "decided: approve", CAROL.name, "now it is"),
    ]
    assert [event.what for event in told if event.what == "asked"] == ["asked", "asked"]
    assert first.text != last.text


async def test_every_answer_of_a_vote_stays_on_the_card_when_it_is_settled(store):
    """Complaint 45: The card named the last one who clicked, as if they had decided alone."""
    async with signoff(store, definitions=[asking(pay(approvers=TWO, needed=2))]) as it:
        card = await asked(it)
        await it.click(card, "Approve", {"comment": "fine"}, by=BOB, where=GROUP)
        await it.click(card, "Approve", {"comment": "with me too"}, by=CAROL, where=GROUP)
        await it.card("✓ Approved", "Bob Builder approved", "fine", "Carol Case", "with me too", where=GROUP)
