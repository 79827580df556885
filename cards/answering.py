"""What can be done with an open question: the inputs and buttons below it."""

from cards.actions import Decide, Remind, ShowEdit, ShowHandOver, ShowMine, Withdraw
from cards.asked import inputs, open_words
from cards.elements import Json, button, buttons, text_input
from cards.fields import COMMENT, MAX_COMMENT
from cards.view import View
from orchestration.messages import INPUT, REPLY
from orchestration.model import Approval, Verdict
from orchestration.rules import glance

_STYLES = {Verdict.APPROVE: "positive", Verdict.REJECT: "destructive"}


def ways(approval: Approval, view: View) -> list[Json]:
    """The inputs and buttons: first what answers the question, then what else the person may do."""
    words, others = open_words(approval), _others(approval, view)
    if not view.decide:
        return [buttons(others)] if others else []
    # On a phone three buttons in a row lose the ends of their words; and nobody rejects by a slip.
    yes = [_answer(approval, Verdict.APPROVE, words.approve)]
    if words.change:
        yes.append(_answer(approval, Verdict.REQUEST_CHANGES, words.change))
    last = [_answer(approval, Verdict.REJECT, words.reject), *others] if words.reject else others
    answers = [*inputs(approval), comment_input(approval), buttons(yes)]
    return [*answers, buttons(last)] if last else answers


def _others(approval: Approval, view: View) -> list[Json]:
    run, name = approval.run, approval.id
    drawn = [
        (_editable(approval, view), button("Edit values", ShowEdit(run, name))),
        (view.hand_over, button("Hand over", ShowHandOver(run, name))),
        (view.remind, button("Remind", Remind(run, name))),
        (view.withdraw, button("Withdraw", Withdraw(run, name), style="destructive")),
        (view.more, button("More", ShowMine(run, name))),
    ]
    return [each for wanted, each in drawn if wanted]


def _editable(approval: Approval, view: View) -> bool:
    return view.decide and bool(approval.schema) and approval.kind != INPUT


def comment_input(approval: Approval) -> Json:
    """The input for words that go with an answer."""
    words = open_words(approval)
    return text_input(COMMENT, words.comment, placeholder=words.hint, max_length=MAX_COMMENT)


def _answer(approval: Approval, verdict: Verdict, word: str) -> Json:
    ends = approval.kind == REPLY and verdict is Verdict.REJECT  # a way out, which undoes nothing
    form = approval.kind == INPUT and verdict is Verdict.APPROVE
    payload = Decide(approval.run, approval.id, verdict, glance(approval), edits=form)
    return button(word, payload, style="" if ends else _STYLES.get(verdict, ""), inputs=True)
