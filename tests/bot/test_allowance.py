"""What Teams allows is kept before Teams has to refuse."""

from hypothesis import given
from hypothesis import strategies as st

from bot.allowance import CONVERSATION, TENANT, Allowance


def sent(allowance: Allowance, seconds: float, *, every: float, conversation: str = "a") -> list[float]:
    """Try to send all the time; return when it worked."""
    now, times = 0.0, []
    while now < seconds:
        if allowance.take("t", conversation, now) == 0:
            times.append(now)
        now += every
    return times


def most_within(times: list[float], seconds: float) -> int:
    return max(sum(begin <= time < begin + seconds for time in times) for begin in times)


def test_a_bot_that_would_talk_all_the_time_keeps_every_limit():
    times = sent(Allowance(), 4000, every=0.25)
    for seconds, messages in CONVERSATION:
        assert most_within(times, seconds) <= messages
    assert len(times) > 1800


def test_a_conversation_does_not_use_up_what_another_may_say():
    allowance = Allowance()
    assert sum(allowance.take("t", "a", 0.0) == 0 for _ in range(20)) == 7
    assert allowance.take("t", "b", 0.0) == 0


def test_a_tenant_as_a_whole_has_a_limit_as_well():
    allowance = Allowance()
    taken = [allowance.take("t", f"chat {number}", 0.5) for number in range(80)]
    assert taken.count(0) == TENANT[0][1]
    assert allowance.take("other", "chat", 0.5) == 0


@given(st.lists(st.floats(min_value=0, max_value=3), max_size=60))
def test_waiting_as_long_as_it_says_is_always_enough(pauses):
    allowance, now = Allowance(), 0.0
    for pause in pauses:
        now += pause
        wait = allowance.take("t", "a", now)
        if wait:
            now += wait + 1e-6
            assert allowance.take("t", "a", now) == 0


def test_who_waits_has_a_place_and_all_are_served_in_order():
    allowance = Allowance()
    waits = [allowance.take("t", "a", 0.0, patience=10.0) for _ in range(20)]
    assert waits == sorted(waits)
    for seconds, messages in CONVERSATION:
        assert most_within(waits, seconds - 1e-9) <= messages
    assert max(waits) <= 4
    assert allowance.take("t", "a", 0.0, patience=0.5) > 0.5


def test_conversations_long_past_are_forgotten():
    allowance = Allowance()
    for number in range(1000):
        allowance.take("t", f"chat {number}", float(number))
    for number in range(1000):
        allowance.take("t", "now", 10_000.0 + number)
    assert len(allowance._sent) <= 3
