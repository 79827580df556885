"""When a time is up that counts working hours only."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.calendar import MIDNIGHT, WorkingCalendar, deadline

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = WorkingCalendar("Europe/Berlin", holidays=frozenset({date(2026, 12, 25)}))
ALWAYS = WorkingCalendar("Europe/Berlin", frozenset(range(7)), MIDNIGHT, MIDNIGHT)
SUNDAYS = frozenset({6})
HOUR = 3600


def berlin(month: int, day: int, hour: int, minute: int = 0, fold: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, fold=fold, tzinfo=BERLIN)


def after(calendar: WorkingCalendar, start: datetime, seconds: float) -> datetime:
    found = calendar.after(start, seconds)
    assert found.tzinfo is UTC
    return found.astimezone(ZoneInfo(calendar.zone))


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        (berlin(11, 18, 10), 2, berlin(11, 18, 12)),  # a Wednesday
        (berlin(11, 18, 16), 2, berlin(11, 19, 10)),
        (berlin(11, 18, 9), 8, berlin(11, 18, 17)),  # the moment of closing is still inside
        (berlin(11, 18, 17), 1, berlin(11, 19, 10)),
        (berlin(11, 18, 5), 1, berlin(11, 18, 10)),
        (berlin(11, 18, 23), 1, berlin(11, 19, 10)),
        (berlin(11, 20, 16), 2, berlin(11, 23, 10)),  # over a weekend
        (berlin(11, 21, 12), 0, berlin(11, 23, 9)),
        (berlin(12, 24, 16), 2, berlin(12, 28, 10)),  # over a holiday and a weekend
        (berlin(3, 27, 16), 2, berlin(3, 30, 10)),  # over a change of the clock
        (berlin(10, 23, 16), 2, berlin(10, 26, 10)),
        (berlin(11, 16, 9), 24, berlin(11, 18, 17)),
    ],
)
def test_working_time_passes_only_in_working_hours(start: datetime, hours: int, end: datetime) -> None:
    assert after(OFFICE, start, hours * HOUR) == end
    assert after(OFFICE, start.astimezone(ZoneInfo("Asia/Tokyo")), hours * HOUR) == end


def test_a_day_of_24_hours_every_day_is_plain_time() -> None:
    for start in (berlin(3, 28, 20), berlin(10, 24, 20), berlin(2, 28, 0)):
        assert after(ALWAYS, start, 36 * HOUR) == start.astimezone(UTC) + timedelta(hours=36)


def test_midnight_at_the_end_of_a_working_day_is_its_moment_of_closing() -> None:
    late = WorkingCalendar("Europe/Berlin", opens=time(9), closes=MIDNIGHT)
    saturday = berlin(11, 21, 0)
    assert after(late, berlin(11, 20, 23), HOUR) == after(late, saturday, 0) == saturday
    assert after(late, saturday, 1) == berlin(11, 23, 9) + timedelta(seconds=1)


def test_a_day_on_which_the_clock_changes_is_as_long_as_it_is() -> None:
    sundays = WorkingCalendar("Europe/Berlin", SUNDAYS, MIDNIGHT, MIDNIGHT)
    assert after(sundays, berlin(3, 29, 0), 23 * HOUR) == berlin(3, 30, 0)
    assert after(sundays, berlin(10, 25, 0), 25 * HOUR) == berlin(10, 26, 0)


def test_an_opening_that_the_clock_skips_is_the_moment_of_the_change() -> None:
    early = WorkingCalendar("Europe/Berlin", SUNDAYS, time(2, 30), time(8))
    assert after(early, berlin(3, 28, 12), 0) == berlin(3, 29, 3)


def test_a_closing_that_the_clock_skips_is_the_moment_of_the_change() -> None:
    late = WorkingCalendar("Europe/Berlin", SUNDAYS, time(0), time(2, 30))
    assert after(late, berlin(3, 29, 0), 2 * HOUR) == berlin(3, 29, 3)
    assert after(late, berlin(3, 29, 0), 2 * HOUR + 1) == berlin(4, 5, 0) + timedelta(seconds=1)


def test_working_hours_that_the_clock_skips_are_no_time_at_all() -> None:
    night = WorkingCalendar("Europe/Berlin", SUNDAYS, time(2), time(3))
    assert after(night, berlin(3, 28, 12), 0) == berlin(4, 5, 2)


def test_an_opening_that_the_clock_shows_twice_is_the_first_one() -> None:
    early = WorkingCalendar("Europe/Berlin", SUNDAYS, time(2, 30), time(8))
    assert after(early, berlin(10, 24, 12), 0).astimezone(UTC) == berlin(10, 25, 2, 30).astimezone(UTC)
    assert after(early, berlin(10, 25, 0), HOUR // 2).astimezone(UTC) == berlin(10, 25, 2, fold=1).astimezone(
        UTC
    )


def test_a_day_that_a_country_left_out_is_no_working_day() -> None:
    samoa = WorkingCalendar("Pacific/Apia", frozenset(range(7)))
    thursday = datetime(2011, 12, 29, 16, tzinfo=ZoneInfo("Pacific/Apia"))
    assert after(samoa, thursday, 2 * HOUR).replace(tzinfo=None) == datetime(2011, 12, 31, 10)  # noqa: DTZ001


def test_a_midnight_that_the_clock_skips_does_not_lose_the_day() -> None:
    brazil = WorkingCalendar("America/Sao_Paulo", SUNDAYS, MIDNIGHT, MIDNIGHT)
    saturday = datetime(2018, 11, 3, 12, tzinfo=ZoneInfo("America/Sao_Paulo"))
    assert after(brazil, saturday, 0).replace(tzinfo=None) == datetime(2018, 11, 4, 1)  # noqa: DTZ001


@pytest.mark.parametrize(
    "wrong",
    [
        {"zone": "Mars/Olympus"},
        {"zone": ""},
        {"zone": "Europe"},
        {"zone": "../etc/passwd"},
        {"days": frozenset()},
        {"days": frozenset({7})},
        {"opens": time(17), "closes": time(9)},
        {"opens": time(9), "closes": time(9)},
        {"opens": time(9, tzinfo=UTC)},
    ],
)
def test_a_calendar_in_which_nobody_works_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"zone|days|hours"):
        WorkingCalendar(**({"zone": "Europe/Berlin"} | wrong))  # pyright: ignore[reportArgumentType]


def test_what_cannot_be_counted_is_refused() -> None:
    start = berlin(11, 18, 10)
    for seconds in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="seconds"):
            OFFICE.after(start, seconds)
    with pytest.raises(ValueError, match="zone"):
        OFFICE.after(start.replace(tzinfo=None), 1)
    for seconds in (1e10, float("inf")):  # looking for its end must itself end
        with pytest.raises(OverflowError):
            OFFICE.after(start, seconds)


def test_a_deadline_follows_the_calendar_only_where_it_should() -> None:
    friday = berlin(11, 20, 16)
    assert deadline(OFFICE, friday, 2 * HOUR, working_time=True) == berlin(11, 23, 10)
    assert deadline(OFFICE, friday, 2 * HOUR, working_time=False) == berlin(11, 20, 18)
    assert deadline(None, friday, 2 * HOUR, working_time=True) == berlin(11, 20, 18)
    day = deadline(None, berlin(3, 28, 12), 24 * HOUR, working_time=False)
    assert day == berlin(3, 29, 13)  # 24 hours, although the clock says 25
    assert deadline(OFFICE, friday, 0, working_time=True) is None
    assert deadline(None, friday, -1, working_time=False) is None


# ---- whatever the calendar ----------------------------------------------------------------------

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Kolkata", "UTC")


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    opens = draw(st.integers(0, 23 * 60))
    closes = draw(st.integers(opens + 30, 24 * 60 - 1))  # with less, all amounts would take decades
    return WorkingCalendar(
        draw(st.sampled_from(ZONES)),
        draw(st.frozensets(st.integers(0, 6), min_size=1)),
        time(*divmod(opens, 60)),
        draw(st.sampled_from([time(*divmod(closes, 60)), MIDNIGHT])),
        draw(st.frozensets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=5)),
    )


starts = st.integers(0, 730 * 86_400).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s))
amounts = st.integers(0, 5 * 86_400)


@settings(deadline=None)
@given(calendars(), starts, amounts, amounts)
def test_times_one_after_the_other_are_their_sum(
    calendar: WorkingCalendar, start: datetime, one: int, other: int
) -> None:
    assert calendar.after(calendar.after(start, one), other) == calendar.after(start, one + other)


@settings(deadline=None)
@given(calendars(), starts, starts, amounts)
def test_who_begins_later_ends_no_earlier(
    calendar: WorkingCalendar, one: datetime, other: datetime, seconds: int
) -> None:
    earlier, later = sorted((one, other))
    assert calendar.after(earlier, seconds) <= calendar.after(later, seconds)
    assert calendar.after(earlier, seconds) >= earlier + timedelta(seconds=seconds)


@settings(deadline=None)
@given(calendars(), starts, amounts)
def test_it_ends_in_working_hours(calendar: WorkingCalendar, start: datetime, seconds: int) -> None:
    end = calendar.after(start, seconds + 1).astimezone(ZoneInfo(calendar.zone))
    last = end - timedelta(microseconds=1)  # before the moment of closing, which is inside
    if last.utcoffset() == (last - timedelta(days=1)).utcoffset():  # the examples have changes of the clock
        assert last.weekday() in calendar.days
        assert last.date() not in calendar.holidays
        assert calendar.opens <= last.time()
        assert calendar.closes == MIDNIGHT or last.time() < calendar.closes


def _minute_by_minute(calendar: WorkingCalendar, start: datetime, count: int) -> datetime:
    """The slow way: look at the clock in every minute."""
    now, zone = start, ZoneInfo(calendar.zone)
    while count:
        local = now.astimezone(zone)
        ended = calendar.closes != MIDNIGHT and local.time() >= calendar.closes
        works = local.weekday() in calendar.days and local.date() not in calendar.holidays
        count -= works and local.time() >= calendar.opens and not ended
        now += timedelta(minutes=1)
    return now


@given(
    calendars().filter(lambda it: it.opens.hour != 2 and it.closes.hour not in {2, 3}),  # shown twice
    st.sampled_from([(3, 27), (10, 23), (6, 12), (12, 31)]),
    st.integers(0, 5 * 24 * 60),
    st.integers(1, 3 * 24 * 60),
)
@settings(max_examples=60, deadline=None)
def test_it_is_what_counting_minutes_on_the_clock_gives(
    calendar: WorkingCalendar, day: tuple[int, int], minute: int, count: int
) -> None:
    calendar = replace(calendar, zone="Europe/Berlin", days=calendar.days | {5, 6})
    if calendar.length < timedelta(hours=1):
        calendar = replace(calendar, opens=MIDNIGHT, closes=time(12))
    start = datetime(2026, *day, tzinfo=UTC) + timedelta(minutes=minute)
    assert calendar.after(start, count * 60) == _minute_by_minute(calendar, start, count)
