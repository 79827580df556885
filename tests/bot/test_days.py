"""Which day people mean."""

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.days import end_of
from orchestration.errors import InvalidInputError

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
"""In Berlin it is half past midnight on Sunday, 22 November."""


@pytest.mark.parametrize(
    ("words", "last"),
    [
        ("until 2026-12-01", "2026-12-01"),
        ("Till  2026-12-1.", "2026-12-01"),
        ("until today", "2026-11-22"),
        ("until tomorrow", "2026-11-23"),
        ("until monday", "2026-11-23"),
        ("until Fri", "2026-11-27"),
        ("until sunday", "2026-11-29"),
        ("for a day", "2026-11-22"),
        ("for 3 days", "2026-11-24"),
        ("for two weeks", "2026-12-05"),
        ("until 1 December", "2026-12-01"),
        ("until 1. Dec", "2026-12-01"),
        ("until december 1st, 2026", "2026-12-01"),
        ("until 3 Feb", "2027-02-03"),
        ("until 22 November", "2026-11-22"),
        ("until 2020-01-01", "2020-01-01"),
    ],
)
def test_a_day_ends_at_midnight_where_the_person_is(words, last):
    end = end_of(words, NOW, BERLIN).astimezone(BERLIN)
    before = datetime.fromtimestamp(end.timestamp() - 1, BERLIN)
    assert (before.date().isoformat(), end.hour, end.minute) == (last, 0, 0)


def test_the_same_words_mean_another_day_in_another_zone():
    assert end_of("until tomorrow", NOW, UTC) == datetime(2026, 11, 23, tzinfo=UTC)


def test_a_day_can_be_longer_or_shorter_when_clocks_change():
    october = datetime(2026, 10, 25, 0, 30, tzinfo=BERLIN)
    assert end_of("until today", october, BERLIN) == datetime(2026, 10, 25, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    "words",
    [
        *(
            "until christmas",
            "until next friday",
            "until 01/12/2026",
            "until 31 February",
            "until 2026-13-01",
        ),
        *("for 0 days", "until 9999-12-31", "for 2 years", "until 5 mayor", "until fr", "until 29 Feb", ""),
    ],
)
def test_what_is_no_day_or_could_be_several_is_refused_with_examples(words):
    with pytest.raises(InvalidInputError, match=r"which day .* Say for example"):
        end_of(words, NOW, BERLIN)


@given(st.text())
def test_no_text_breaks_it(text):
    with suppress(InvalidInputError):
        assert end_of(text, NOW, BERLIN).tzinfo is UTC
