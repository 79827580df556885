"""What a typed answer was read as, to be confirmed by the one who typed it."""

from cards.actions import Confirm, ShowMine
from cards.elements import Json, button, buttons, card, line, text_input, text_run
from cards.fields import COMMENT, MAX_COMMENT
from cards.phrases import ASKS, heading, name, note, short
from cards.text import brief
from orchestration.messages import REPLY
from orchestration.model import Approval, Person, Verdict

_STYLES = {
    Verdict.APPROVE: "positive",
    Verdict.REQUEST_CHANGES: "positive",
    Verdict.REJECT: "destructive",
}


def reading(approval: Approval, confirm: Confirm, by: Person) -> Json:
    """Return “I read this as …”, with the words that would be sent along, and a button that sends them."""
    asks = _asks(approval, confirm)
    title = f"{name(by)}, I read this as: {brief(asks, 200)}"
    body = [
        heading(title),
        line(
            text_run(f"“{brief(approval.title, 300)}”"), text_run(f", run {short(approval.run)}", subtle=True)
        ),
        text_input(COMMENT, "Comment", value=confirm.comment[:MAX_COMMENT], max_length=MAX_COMMENT)
        if confirm.comment
        else note("Nothing is recorded until you confirm."),
        buttons(
            [
                button("Confirm", confirm, style=_STYLES[confirm.verdict], inputs=True),
                button("Something else", ShowMine(approval.run, approval.id)),
            ]
        ),
    ]
    return card(body, title)


def _asks(approval: Approval, confirm: Confirm) -> str:
    if approval.kind == REPLY and confirm.verdict is Verdict.APPROVE:
        return "Your answer"
    return approval.option_title(confirm.option) if confirm.option else ASKS[confirm.verdict]
