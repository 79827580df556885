"""What a run may cost: when people are asked whether it goes on, and what."""

from dataclasses import dataclass, replace
from datetime import datetime

from orchestration.messages import APPROVE, BUDGET, REJECT, Question, Rule
from orchestration.model import Approval, Run, Shares, Usage, costs, merged, used
from orchestration.prices import Money
from orchestration.questions import Whom, recorded


@dataclass(frozen=True)
class Budget:
    """What one run may cost, and who decides once it has cost more."""

    most: Money | None = None
    """Until people are asked, and again each time they let it go on; None: as much as it likes."""
    rule: Rule = Rule()  # noqa: RUF009 - frozen

    async def asked(
        self, run: Run, more: Shares, whom: Whom, now: datetime, *, number: int, step: str, state: int = 0
    ) -> Approval | None:
        """Return the question whether the run may go on; None: it may.

        `more` is what it used since its record was written, `number` that of the entry in its log with which
        it is asked, `state` that of the one from which it would go on, if that is another.
        Raises StepError if nobody could decide.
        """
        shares = merged(run.shares, more)
        if self.most is None or not (cost := _over(shares, limit := _limit(run, self.most))):
            return None
        question = Question(
            f"This run has used {cost.at_least} of the {limit.at_most} it may. Go on?",
            _text(run, used(shares), self.most, state or number),
            kind=BUDGET,
            rule=_unsilent(self.rule),
        )
        found = await whom.asked(run, question)
        approval = recorded(run, question, found, now, id=f"signoff-budget-{number}", step=step)
        return replace(approval, grants=self.most)


def _limit(run: Run, most: Money) -> Money:
    """Return what people have allowed, or the budget where that is more by now."""
    if run.ceiling is None or run.ceiling.currency != most.currency:
        return most
    return max(run.ceiling, most, key=lambda each: each.amount)


def _text(run: Run, usage: Usage, more: Money, number: int) -> str:
    calls = f"{usage.calls:,} {'call' if usage.calls == 1 else 'calls'}"
    return (
        f"It has made {calls} to models, with {usage.tokens:,} tokens in all.\n\n"
        f"If it goes on, it may use {more.at_most} more before this is asked again. "
        f"If not, it ends here. What it has is saved: “retry {run.short_id} from {number}” "
        "starts again from there."
    )


def _over(shares: Shares, limit: Money) -> Money | None:
    """Return what was spent in the currency of the limit, if that is more."""
    spent = [each for each in costs(shares) if each.currency == limit.currency]
    return next((each for each in spent if each.amount > limit.amount), None)


def _unsilent(rule: Rule) -> Rule:
    """Silence may approve a text, but spends no money."""
    return replace(rule, on_expiry=REJECT) if rule.on_expiry == APPROVE else rule
