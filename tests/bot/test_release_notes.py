"""From chat to sign-off: release notes through the endpoint, with a recording connector."""

import asyncio

from orchestration.agents.demo import DemoChatClient
from tests.fakes import teams
from tests.fakes.connector import Fault
from tests.fakes.signoff import buttons, signoff, text_of
from tests.fakes.teams import ALICE, BOB, CAROL

DECIDING = {"Approve", "Request changes", "Reject", "Stop"}
ASK = "run release-notes Faster search. Dark mode."


async def test_a_run_from_the_first_word_to_the_published_text(any_store):
    async with signoff(any_store) as it:
        await it.say(ASK)
        card = await it.card("Publish these release notes?", "Revision 1 of 5", "Dark mode")
        answer = await it.click(card, "Request changes", {"comment": "shorter"})
        assert answer["type"] == "application/vnd.microsoft.card.adaptive"
        assert "shorter" in text_of(answer["value"])
        assert "Approve" not in buttons(answer["value"])
        card = await it.card("Publish these release notes?", "Revision 2 of 5")
        await it.click(card, "Approve")
        await it.card("Release notes", "What is new", without="Publish these release notes?")
        await it.card("Completed")
        await it.quiet()
        cards = it.teams.cards(teams.personal()["id"])
        assert len(cards) == 4
        assert all(not DECIDING & buttons(card).keys() for card in cards)


async def test_a_reply_in_the_chat_answers_the_waiting_question(store):
    async with signoff(store) as it:
        await it.say(ASK)
        await it.card("Revision 1 of 5", "Dark mode")
        answer = await it.write("mention the price")
        assert "Changes requested" in text_of(answer["value"])
        card = await it.card("Revision 2 of 5", "price")
        assert "Approve" in buttons(card)
        await it.say("Approve!")
        await it.told("Approved.")
        await it.card("Completed")


async def test_reject_in_the_chat_takes_the_rest_as_the_reason(store):
    async with signoff(store) as it:
        await it.say(ASK)
        await it.card("Revision 1 of 5", "Dark mode")
        await it.write("reject: we ship next week")
        await it.card("Rejected", "we ship next week")


async def test_a_reply_in_the_thread_of_the_card_answers_it_and_elsewhere_it_does_not(store):
    here, there = teams.thread(root="1"), teams.thread(root="2")
    async with signoff(store) as it:
        await it.say(ASK, where=here)
        await it.card("Revision 1 of 5", "Dark mode", where=here)
        await it.say("approve", by=BOB, where=there)
        await it.told("Nothing waits for an answer here", where=there)
        await it.say("approve", by=BOB, where=here)
        await it.card("Approved", "Bob Builder", where=here)


async def test_with_several_waiting_questions_a_reply_asks_which_one_is_meant(store):
    async with signoff(store) as it:
        for brief in ("Apples.", "Pears."):
            await it.say(f"run release-notes {brief}")
            await it.card("Revision 1 of 5", brief.strip("."))
        await it.say("more adjectives")
        card = await it.card("Which question do you mean?")
        waiting = await it.store.waiting_in(teams.TENANT, teams.personal()["id"], 10)
        assert len(waiting) == 2
        pears = next(approval for approval in waiting if "Pears" in approval.text)
        chosen = {"question": f"{pears.run}|{pears.id}", "comment": "more adjectives"}
        answer = await it.click(card, "Request changes", chosen)
        assert "more adjectives" in text_of(answer["value"])
        await it.card("Revision 2 of 5", "Pears")
        assert len(await it.store.waiting_in(teams.TENANT, teams.personal()["id"], 10)) == 2


async def test_a_message_delivered_twice_starts_one_run(store):
    async with signoff(store) as it:
        message = await it.say(ASK)
        await asyncio.gather(*(it.send(message) for _ in range(3)))
        await it.card("Revision 1 of 5")
        await it.quiet()
        assert len(await store.runs_of(teams.TENANT, ALICE.entra_id, 10)) == 1
        assert len(it.teams.cards(teams.personal()["id"])) == 2


async def test_a_reply_delivered_twice_does_not_answer_the_next_question(store):
    async with signoff(store) as it:
        await it.say(ASK)
        await it.card("Revision 1 of 5")
        await it.write("shorter please")
        await it.card("Revision 2 of 5")
        reply = await it.say("approve")
        await it.send(reply)
        await it.quiet()
        run = (await store.runs_of(teams.TENANT, ALICE.entra_id, 10))[0]
        assert [approval.revision for approval in await store.approvals(run.key)] == [1, 2]
        assert len(it.teams.texts(teams.personal()["id"])) == 1


async def test_a_reply_that_comes_late_or_again_does_not_answer_a_question_its_writer_never_saw(store):
    async with signoff(store) as it:
        where = teams.group()
        await it.say(ASK, where=where)
        card = await it.card("Revision 1 of 5", where=where)
        late = teams.message("approve", by=ALICE, where=where)
        await it.click(card, "Request changes", {"comment": "shorter"}, by=BOB, where=where)
        await it.card("Revision 2 of 5", where=where)
        for _ in range(2):
            await it.send(late)
        await it.told("A newer question was asked after you wrote this.", where=where)
        run = (await store.runs_in(teams.TENANT, where["id"], 1))[0]
        assert [each.status for each in await store.approvals(run.key)] == ["changes requested", "pending"]
        await it.say("approve", where=where)
        await it.told("Approved.", where=where)


async def test_a_late_reply_means_the_question_that_was_there_and_not_a_newer_one(store):
    async with signoff(store) as it:
        await it.say("run release-notes Apples.")
        await it.card("Revision 1 of 5", "Apples")
        late = teams.message("approve")
        await it.say("run release-notes Pears.")
        await it.card("Revision 1 of 5", "Pears")
        await it.send(late)
        await it.card("Completed", "Apples")
        waiting = await store.waiting_in(teams.TENANT, teams.personal()["id"], 10)
        assert ["Pears" in approval.text for approval in waiting] == [True]


async def test_a_double_click_counts_once_and_shows_the_same_decision_twice(store):
    async with signoff(store) as it:
        await it.say(ASK)
        card = await it.card("Revision 1 of 5")
        answers = await asyncio.gather(*(it.click(card, "Approve") for _ in range(4)))
        assert all("Approved" in text_of(answer["value"]) for answer in answers)
        run = (await store.runs_of(teams.TENANT, ALICE.entra_id, 10))[0]
        await it.card("Completed")
        assert [event.what for event in await store.history(run.key)].count("decided: approve") == 1


async def test_a_click_on_an_old_card_shows_what_was_decided_by_whom(store):
    async with signoff(store) as it:
        where = teams.group()
        await it.say(ASK, where=where)
        card = await it.card("Revision 1 of 5", where=where)
        await it.click(card, "Approve", by=BOB, where=where)
        await it.card("Completed", where=where)
        answer = await it.click(card, "Reject", by=CAROL, where=where)
        assert "Approved" in text_of(answer["value"])
        assert "Bob Builder" in text_of(answer["value"])
        assert not DECIDING & buttons(answer["value"]).keys()


async def test_a_click_by_somebody_who_may_not_decide_is_refused_in_words_and_changes_nothing(store):
    async with signoff(store, SIGNOFF_APPROVERS=BOB.entra_id) as it:
        where = teams.group()
        await it.say(ASK, where=where)
        card = await it.card("Revision 1 of 5", where=where)
        answer = await it.click(card, "Approve", by=CAROL, where=where)
        assert answer["type"] == "application/vnd.microsoft.activity.message"
        assert "not one of the approvers" in answer["value"]
        assert len(await store.waiting_in(teams.TENANT, where["id"], 10)) == 1
        await it.click(card, "Approve", by=BOB, where=where)
        await it.card("Completed", where=where)


async def test_forged_card_data_decides_nothing(store):
    async with signoff(store) as it:
        where = teams.group()
        await it.say(ASK)
        card = await it.card("Revision 1 of 5")
        data = buttons(card)["Approve"]["data"]
        forgeries = [
            teams.click(data, by=BOB, where=where),  # from another conversation
            teams.click(data, where=teams.personal() | {"tenantId": teams.OTHER_TENANT}),
            teams.click({**data, "run": "run-20260101-aaaaaaaa"}),
            teams.click({**data, "verdict": "always"}),
            teams.click({**data, "approval": ["review-1"]}),
            teams.click({"verb": "decide"}),
            teams.click(data) | {"value": "approve"},
            teams.click(data)
            | {"value": {"action": {"verb": "decide", "data": data}, "trigger": "automatic"}},
        ]
        for forgery in forgeries:
            if "value" in forgery and isinstance(forgery["value"], dict):
                forgery["value"]["action"]["verb"] = "decide"
            answer = await it.send(forgery)
            assert answer["type"] == "application/vnd.microsoft.activity.message", answer
        assert len(await store.waiting_in(teams.TENANT, teams.personal()["id"], 10)) == 1


async def test_requesting_changes_without_a_comment_says_what_is_missing(store):
    async with signoff(store) as it:
        await it.say(ASK)
        card = await it.card("Revision 1 of 5")
        answer = await it.click(card, "Request changes")
        assert "say what should change" in str(answer["value"])
        assert len(await store.waiting_in(teams.TENANT, teams.personal()["id"], 10)) == 1


async def test_a_long_draft_is_cut_on_the_card_and_can_be_read_page_by_page(store):
    long = "\n".join(f"- Feature {n} is new and everybody likes it." for n in range(1, 900))
    client = DemoChatClient(rules={"release notes": lambda messages, options: long})
    async with signoff(store, client=client) as it:
        await it.say(ASK)
        card = await it.card("Revision 1 of 5", within=20)
        answer = await it.click(card, "Show whole text")
        assert "Page 1 of" in text_of(answer["value"])
        page, pages = answer["value"], 1
        while "Next" in buttons(page):
            page = (await it.click(page, "Next"))["value"]
            pages += 1
        assert pages > 1
        assert "Feature 899" in text_of(page)
        back = await it.click(page, "Back to card")
        assert "Approve" in buttons(back["value"])


async def test_after_a_restart_the_click_on_the_old_card_still_works(any_store):
    async with signoff(any_store) as it:
        await it.say(ASK)
        card = await it.card("Revision 1 of 5")
        connector = it.teams
    async with signoff(any_store) as it:
        await it.say("hello")  # the connector is another one now; so is its address
        await it.click(card, "Approve")
        await it.card("Release notes", "What is new")
        assert connector.posts


async def test_a_card_that_is_throttled_or_busy_arrives_later_and_once(store):
    async with signoff(store) as it:
        it.teams.fail(Fault.throttled(1), Fault(412, "PreconditionFailed"))
        await it.say(ASK)
        await it.card("Revision 1 of 5", within=15)
        await it.quiet()
        assert len(it.teams.cards(teams.personal()["id"])) == 2


async def test_a_conversation_that_refuses_the_card_is_recorded_and_not_tried_again(store):
    async with signoff(store) as it:
        it.teams.always = Fault(403, "BotNotInConversationRoster")
        await it.say(ASK)
        run = (await store.runs_of(teams.TENANT, ALICE.entra_id, 10))[0]
        async with asyncio.timeout(10):
            while not (book := await store.read(run.key)).approvals or book.unsettled:
                await asyncio.sleep(0.05)
        assert {card.trouble for card in book.postings.values()} == {"403 BotNotInConversationRoster"}
        asked = len(it.teams.requests)
        await asyncio.sleep(3)
        assert len(it.teams.requests) == asked


async def test_a_post_whose_answer_was_lost_is_not_repeated_at_once(store):
    async with signoff(store) as it:
        it.teams.fail(Fault.cut(applied=True))
        await it.say(ASK)
        await it.card("Revision 1 of 5")
        await it.quiet()
        assert len(it.teams.cards(teams.personal()["id"])) == 2


async def test_a_deleted_card_is_posted_again_when_it_changes(store):
    async with signoff(store) as it:
        await it.say(ASK)
        await it.card("Revision 1 of 5")
        await it.quiet()
        it.teams.fail(Fault(404, "ActivityNotFoundInConversation"))
        await it.say("approve")
        await it.card("Approved")
        await it.card("Completed")
