"""Says when a quota of a day is used up, and from when the models can be asked again. Pure."""

from datetime import datetime

from orchestration.agents.leases import Amount, next_day, others
from orchestration.agents.roles import Quota
from orchestration.errors import QuotaUsedUpError
from orchestration.model import Load


def refuse_if_used_up(
    load: Load, quota: Quota, worker: str, need: Amount, *, reserved: int, now: datetime
) -> None:
    """Raise QuotaUsedUpError when what a worker needs is not there, and nobody may still give it back today.

    `reserved` are the tokens set aside for calls of the worker that are under way.
    """
    elsewhere = others(load, worker)
    missing = need.calls > max(quota.calls_per_day - load.calls, 0)
    if missing and not any(lease.calls for lease in elsewhere):
        raise _used_up(f"be asked {_times(quota.calls_per_day)} a day, and that is used up", now)
    missing = need.tokens > max(quota.tokens_per_day - load.tokens, 0)
    if missing and not reserved and not any(lease.tokens for lease in elsewhere):
        most = f"read and write {quota.tokens_per_day:,} tokens a day"
        raise _used_up(f"{most}, and too little of that is left", now)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def _used_up(may: str, now: datetime) -> QuotaUsedUpError:
    again = next_day(now)
    hours = max(round((again - now).total_seconds() / 3600), 1)
    return QuotaUsedUpError(
        f"The models may {may}. They can be asked again from {again:%d %B %Y, %H:%M} UTC, "
        f"which is in about {hours} {'hour' if hours == 1 else 'hours'}."
    )
