"""The cards that people see at the end, beside those that tell the truth about a run."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import cards.approval
import cards.result
import cards.run
from orchestration.model import RESULT_CARD, RUN_CARD, Approval, Run, RunStatus
from tests.durability.supervisor import Blow
from tests.durability.weather import Chat, Post
from tests.fakes.connector import Json
from tests.fakes.signoff import buttons, text_of


@dataclass(frozen=True)
class Copy:
    """A card as it is now, and how it was posted."""

    card: Json
    post: Post

    @property
    def asks(self) -> bool:
        return "Approve" in buttons(self.card)


Copies = Mapping[str, Sequence[Copy]]
"""All cards about a record, in the order of posting. More than one of the same: second cards."""


def copies_of(chat: Chat) -> Copies:
    copies = defaultdict[str, list[Copy]](list)
    for activity, versions in chat.versions.items():
        if "I read this as" in text_of(versions[0]):  # an answer to words, about no record
            continue
        copies[_about(versions[0])].append(Copy(versions[-1], chat.posts[activity]))
    return copies


def _about(card: Json) -> str:
    said = text_of(card)
    if found := re.search(r"Revision (\d+) of", said):
        return f"review-{found.group(1)}"
    if "✓ Completed" in said:
        return RESULT_CARD
    return RUN_CARD if "Started " in said else said


def drawn(run: Run, approvals: Sequence[Approval], result: str) -> dict[str, Json]:
    """The cards that tell the truth about a run that has ended."""
    truth = {RUN_CARD: cards.run.card(run, datetime.now(UTC))}
    truth |= {approval.id: cards.approval.card(approval, run) for approval in approvals}
    if run.status is RunStatus.COMPLETED:
        truth[RESULT_CARD] = cards.result.card(run, result)
    return json.loads(json.dumps(truth))


def wrongly_shown(copies: Copies, truth: Mapping[str, Json]) -> Iterator[str]:
    """Of the cards about a record one is kept up to date."""
    for about, card in truth.items():
        shown = [copy.card for copy in copies.get(about, ())]
        if card not in shown:
            yield f"no card about {about} tells the truth: {[text_of(one)[:150] for one in shown]}"


@dataclass(frozen=True)
class Doubts:
    """When nobody can know what came of a post: its answer was lost, or its sender could not record it."""

    blows: Sequence[Blow]
    slowest: float
    """Seconds that a write of the store may take."""
    locked: bool
    """Whether one who sleeps may hold the lock that all others need to write."""

    def about(self, post: Post) -> bool:
        return bool(post.fault) or any(self._hindered(post, blow) for blow in self.blows)

    def _hindered(self, post: Post, blow: Blow) -> bool:
        everybody = self.locked and blow.freezes
        announced, recorded = post.taken - self.slowest, post.answered + self.slowest
        return (everybody or post.process == blow.process) and blow.within(announced, recorded)


def without_need(copies: Copies, doubts: Doubts) -> Iterator[str]:
    """A card may be posted again only while nobody can know what came of all the posts before."""
    for about, posted in copies.items():
        posts = [copy.post for copy in posted]
        if sum(not doubts.about(post) for post in posts) > 1:
            near = [one for one in doubts.blows if one.within(posts[0].taken - 5, posts[-1].taken)]
            yield f"{about} was posted again without need: {posts}, {near}"
