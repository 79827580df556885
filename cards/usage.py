"""What models were asked in a run, and what that cost: a line, and a card with what each step used."""

from collections.abc import Sequence

from cards.actions import ShowCard
from cards.elements import Json, button, buttons, line, text_run
from cards.elements import card as whole_card
from cards.phrases import NAME, heading, note, short
from cards.text import brief, sentences
from orchestration.model import RUN_CARD, Run, Share, Usage, costs, used
from orchestration.prices import LITTLE, Money

USAGE, DETAILS = "usage", "Model use"
"""The name of its page, and what the button to it says."""
MOST = 24
"""Steps on the card; the rest is counted."""


def spent(run: Run) -> str:
    """Return for example "12 model calls, 34,000 tokens, about EUR 0.42"; empty: no model was asked."""
    shares = run.asked_of_models
    return in_words(used(shares), costs(shares)) if shares else ""


def in_words(usage: Usage, amounts: Sequence[Money]) -> str:
    """Return calls, tokens and what they cost, if that is known."""
    calls = f"{usage.calls:,} model {'call' if usage.calls == 1 else 'calls'}"
    cost = " and ".join(map(str, amounts))  # several, where the currency has changed
    about = "" if cost.startswith(LITTLE) else "about "
    return ", ".join([calls, f"{usage.tokens:,} tokens", *([f"{about}{cost}"] if cost else [])])


def card(run: Run) -> Json:
    """Return what each step of a run asked of each model."""
    title = f"What run {short(run.id)} asked of models"
    shares = run.asked_of_models
    rows = [part for share in shares[:MOST] for part in _row(run, share)]
    beyond = [note(f"and {len(shares) - MOST} more")] if len(shares) > MOST else []
    total = [line(text_run(f"In all: {spent(run)}.", bold=True), spacing="Medium")] if spent(run) else []
    back = buttons([button("Back to card", ShowCard(run.id, RUN_CARD))])
    return whole_card([heading(title), *rows, *beyond, *total, back], sentences(title, spent(run)))


def _row(run: Run, share: Share) -> list[Json]:
    step = next((step.title for step in run.steps if step.id == share.step), share.step) or "Other"
    cost = [str(amount) for amount in costs([share])]
    calls = f"{share.calls:,} {'call' if share.calls == 1 else 'calls'}"
    tokens = f"{share.input_tokens:,} tokens read, {share.output_tokens:,} written"
    what = text_run(f" with {brief(share.model, NAME)}", subtle=True)
    return [
        line(text_run(brief(step, NAME), bold=True), what, spacing="Medium"),
        line(", ".join([calls, tokens, *cost]), spacing="None"),
    ]
