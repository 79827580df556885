"""What the cards about workflows say."""

from dataclasses import replace

import pytest

from cards import workflows
from cards.deciders import deciders
from cards.elements import LIMIT, size
from cards.pictures import picture
from cards.view import View
from orchestration.limits import USUAL
from orchestration.messages import EVERYONE, REQUESTER, Rule
from orchestration.model import Step
from tests.cards.states import ANN, BEN, CARA, CATALOG, FAN, LARGE, LOOP, NAMES, STATES
from tests.cards.test_cards import buttons, said

VIEW = View(names=NAMES)


@pytest.mark.parametrize(
    ("rule", "approvers", "sentences"),
    [
        (Rule(), (), ["Whoever sees the question may decide."]),
        (Rule(needed=2), (), ["2 people must approve."]),
        (Rule(own=True), (BEN.id, ANN.id), ["Ben Okafor or Ann Lindqvist may decide."]),
        (Rule(own=True, approvers=(CARA.id,)), (BEN.id,), ["Cara Diaz may decide."]),
        (Rule(own=True, approvers=("nobody-knows",)), (), ["Somebody may decide."]),
        (Rule(approvers=(REQUESTER,)), (), ["Whoever starts the run may decide."]),
        (
            Rule(approvers=("group:finance", BEN.id), needed=EVERYONE),
            (),
            [
                "All of them must approve: the group finance and Ben Okafor.",
                "Whoever starts a run decides it only if nobody else may.",
            ],
        ),
        (
            Rule(
                own=True, needed=2, approvers=(BEN.id, "x", "y"), comment_on_reject=True, expires_after=7200
            ),
            (),
            [
                "2 of them must approve: Ben Okafor and 2 people.",
                "A rejection needs a reason.",
                "Without an answer after 2 h, it counts as rejected.",
            ],
        ),
        (
            Rule(remind_after=3600, expires_after=86400 * 3, on_expiry="fail", working_time=True),
            (),
            [
                "Whoever sees the question may decide.",
                "The question is asked again after 1 h.",
                "Without an answer after 3 days, the run fails.",
                "Only working hours count.",
            ],
        ),
    ],
)
def test_a_rule_is_said_in_words(rule, approvers, sentences):
    assert deciders(rule, approvers, VIEW) == sentences


def test_a_workflow_is_shown_with_every_step_and_where_people_are_asked():
    words = said(STATES["workflow"]())
    assert (
        "1. Gather the changes\n2. Write the draft\n3. Ask for sign-off (may ask people)\n4. Publish" in words
    )
    assert (
        "A run may work for 15 min in all, and 5 min at a time. Waiting for people does not count." in words
    )
    assert "run release-notes Faster search" in words
    assert buttons(STATES["workflow"]()) == ["Start example", "Test run", "All workflows"]


def test_a_fallback_is_named_with_its_step():
    assert "4. Book travel and hotel (if it fails: ask the travel office)" in said(STATES["workflow-rule"]())


def test_who_cannot_see_the_picture_can_read_it():
    assert workflows.in_words(LOOP) == (
        "Gather the changes, then Write the draft. Write the draft, then Ask for sign-off. "
        "Ask for sign-off (may ask people), then Write the draft, Publish. Publish."
    )
    assert "Read the request, then Find a venue, Plan the food, Book travel and hotel." in workflows.in_words(
        FAN
    )


def test_without_a_picture_the_card_has_the_words():
    card = workflows.listed([replace(CATALOG[0], about="")] * 12)
    assert "and 4 more: release-notes" in said(card)
    assert "Image" not in str(card)


def test_problems_are_counted_beyond_the_first():
    words = said(STATES["workflows-problems"]())
    assert words.count("Workflows of the package") == 5
    assert "and 2 more; all of them are in the log" in words
    assert "Left out" not in said(STATES["workflows"]())


def test_a_workflow_with_more_words_than_a_card_can_hold_beside_its_picture_has_none():
    many = {f"p{number}": f"Somebody with a rather long name {number} " + "x" * 60 for number in range(40)}
    steps = tuple(Step(node.id, "A rather long title " * 6) for node in LARGE.nodes)
    card = workflows.shown(
        workflows.Entry("contract", "Check", "x " * 300, "y " * 300, steps),
        graph=LARGE,
        picture=picture(LARGE),
        rule=Rule(needed=3),
        approvers=tuple(many),
        limits=USUAL,
        view=View(names=many),
    )
    assert size(card) <= LIMIT
    assert "Image" not in {part["type"] for part in card["body"]}
    assert "Image" in {part["type"] for part in STATES["workflow-large"]()["body"]}
