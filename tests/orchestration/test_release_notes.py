"""The release notes workflow on the core, without chat."""

from agent_framework import Message

from orchestration.agents.demo import DemoChatClient
from orchestration.model import ApprovalStatus, RunStatus, Verdict
from tests.fakes.core import ALICE, BOB, core


class Listening(DemoChatClient):
    """The demo model, which also keeps what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[list[str]] = []

    def _inner_get_response(self, *, messages: list[Message], **kwargs):
        self.told.append([f"{message.role}: {message.text}" for message in messages])
        return super()._inner_get_response(messages=messages, **kwargs)


async def test_an_approved_draft_becomes_the_result(any_store):
    async with core(any_store) as it:
        run = await it.start("Faster search. Dark mode.")
        draft = await it.asked(run.key, "review-1")
        assert "Dark mode" in draft.text
        assert (draft.revision, draft.last_revision, draft.step) == (1, 5, "review")
        outcome = await it.decide(run.key, "review-1", Verdict.APPROVE, by=BOB)
        assert outcome.counted
        run = await it.ended(run.key)
        assert run.status is RunStatus.COMPLETED
        assert await it.store.text(run.key, "result") == draft.text


async def test_the_writer_gets_the_draft_and_the_guidance_and_nothing_twice(store):
    client = Listening()
    async with core(store, client=client) as it:
        run = await it.start("Faster search. Dark mode.")
        first = await it.asked(run.key, "review-1")
        await it.decide(run.key, "review-1", Verdict.REQUEST_CHANGES, "shorter please")
        second = await it.asked(run.key, "review-2")
        await it.decide(run.key, "review-2", Verdict.REQUEST_CHANGES, "mention the price")
        await it.asked(run.key, "review-3")
    assert [len(messages) for messages in client.told] == [1, 3, 5]
    last = client.told[-1]
    assert len(set(last)) == len(last)
    assert last[1].endswith(first.text)
    assert "shorter please" in last[2]
    assert last[3].endswith(second.text)
    assert "mention the price" in last[4]


async def test_every_draft_and_every_comment_is_kept_under_its_number(store):
    async with core(store) as it:
        run = await it.start()
        for number in (1, 2):
            await it.asked(run.key, f"review-{number}")
            await it.decide(run.key, f"review-{number}", Verdict.REQUEST_CHANGES, f"comment {number}")
        await it.asked(run.key, "review-3")
        await it.decide(run.key, "review-3", Verdict.APPROVE)
        await it.ended(run.key)
        kept = await it.store.approvals(run.key)
    assert [approval.revision for approval in kept] == [1, 2, 3]
    assert all(approval.text for approval in kept)
    comments = [approval.decision.comment for approval in kept if approval.decision]
    assert comments == ["comment 1", "comment 2", ""]


async def test_a_rejected_draft_ends_the_run_without_a_result(store):
    async with core(store) as it:
        run = await it.start()
        await it.asked(run.key, "review-1")
        await it.decide(run.key, "review-1", Verdict.REJECT, "not now")
        run = await it.ended(run.key)
        assert run.status is RunStatus.REJECTED
        closed = await it.store.approval(run.key, "review-1")
        assert closed.status is ApprovalStatus.REJECTED


async def test_asking_for_changes_too_often_fails_the_run_with_a_clear_sentence(store):
    async with core(store, max_revisions=2) as it:
        run = await it.start()
        for number in (1, 2):
            await it.asked(run.key, f"review-{number}")
            await it.decide(run.key, f"review-{number}", Verdict.REQUEST_CHANGES, "again")
        run = await it.ended(run.key)
        book = await it.store.read(run.key)
    assert run.status is RunStatus.FAILED
    failure = book.failures["failure-1"]
    assert "Changes were requested 2 times" in failure.reason
    assert (failure.step_title, failure.position, failure.total) == ("Review", 3, 4)
    assert not failure.resumable


async def test_usage_of_the_model_is_recorded_on_the_run(store):
    async with core(store) as it:
        run = await it.start()
        await it.asked(run.key, "review-1")
        await it.decide(run.key, "review-1", Verdict.REQUEST_CHANGES, "shorter", by=ALICE)
        await it.asked(run.key, "review-2")
        await it.decide(run.key, "review-2", Verdict.APPROVE)
        run = await it.ended(run.key)
    assert run.usage.calls == 2
    assert run.usage.input_tokens > run.usage.output_tokens > 0
