"""Making text safe, cutting it, splitting it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.text import (
    LINE,
    brief,
    clean,
    cost,
    cut,
    day,
    duration,
    head,
    moment,
    pages,
    plain,
    sentences,
    shown,
)

ANY = st.text(st.characters(), max_size=300)


@given(ANY)
def test_doing_it_twice_changes_nothing_more(text):
    assert clean(clean(text)) == clean(text)
    assert shown(shown(text)) == shown(text)


def test_ordinary_text_is_left_as_it_is():
    text = "Grüße, 你好, שלום, مرحبا: 👩‍👩‍👧‍👦 👍🏽 🇩🇪\n\n  - **not bold**, <at>nobody</at> [x](https://y.example)"
    assert shown(text) == text


def test_characters_that_reorder_or_hide_words_are_dropped():
    assert clean("a\u202eb\u2066c\u200bd\x00e\u00adf\U000e0041g") == "abcdefg"


def test_every_kind_of_line_break_is_one():
    assert clean("a\r\nb\rc\u2028d\x0be") == "a\nb\nc\nd\ne"


def test_many_blank_lines_become_one():
    assert clean("a\n\n \n\t\n\nb") == "a\n\nb"


def test_a_very_long_word_may_break():
    assert shown("x" * 100).split("\u200b") == ["x" * 16] * 6 + ["xxxx"]
    assert shown("x" * 64) == "x" * 64  # a SHA-256 can still be copied


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("[click](https://evil.example)", "(click)(https:\u2060//evil.example)"),
        ("**bold** and snake_case_name", "\u2217\u2217bold\u2217\u2217 and snake_case_name"),
        ("<at>x</at> &lt;at&gt;", "\u2039at\u203ax\u2039/at\u203a &\u2060lt;at&\u2060gt;"),
        ("1. first", "\u20601. first"),
        ("R&D -> Ops", "R&D -\u203a Ops"),
    ],
)
def test_where_markdown_is_rendered_markup_becomes_similar_characters(text, read):
    assert plain(text, 200) == read


@given(ANY, st.integers(4, 300))
def test_what_is_cut_fits(text, limit):
    assert cost(cut(clean(text), limit)) <= limit
    assert cost(brief(text, limit)) <= limit
    assert cost(plain(text, limit)) <= limit


@pytest.mark.parametrize("whole", ["👩‍👩‍👧‍👦", "👍🏽", "🇩🇪", "e\u0301\u0302", "❤️", "각"])
def test_what_people_see_as_one_character_is_not_torn_apart(whole):
    for limit in range(1, cost(whole)):
        assert head("a" + whole, limit) == "a"


def test_words_stay_whole_where_there_are_any():
    assert cut("one two three", 12) == "one two…"


@given(st.text(st.characters(), max_size=3000), st.integers(LINE + 40, 2000))
def test_pages_hold_every_word_in_order_and_fit(text, room):
    split = list(pages(text, room))
    read = "".join(line for page in split for line in page).replace("\u200b", "")
    assert "".join(read.split()) == "".join(shown(text).replace("\u200b", "").split())
    assert all(sum(LINE + cost(line) for line in page) <= room for page in split)


def test_indented_lines_stay_indented():
    assert next(pages("- a\n  - b", 1000)) == ["- a", "\u00a0\u00a0- b"]


def test_a_date_placeholder_stays_text():
    assert shown("{{DATE(2026-11-21T00:00:00Z)}}") == "{\u2060{DATE(2026-11-21T00:00:00Z)}}"


def test_times_are_in_utc():
    berlin = timezone(timedelta(hours=1))
    assert moment(datetime(2026, 11, 21, 15, 2, tzinfo=berlin)) == "14:02 UTC, 21 Nov"
    assert moment(datetime(2026, 2, 3, 9, 5, tzinfo=UTC)) == "09:05 UTC, 3 Feb"


@pytest.mark.parametrize(
    ("took", "words"),
    [
        (timedelta(seconds=-5), "less than a minute"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=2), "2 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(hours=3, minutes=5), "3 h 5 min"),
        (timedelta(days=1, hours=2), "26 h"),
        (timedelta(days=4, hours=5), "4 days"),
    ],
)
def test_durations_are_as_exact_as_people_need(took, words):
    assert duration(took) == words


def test_sentences_end_once():
    assert sentences("Publish?", "Revision 2", "", "Run ab12.") == "Publish? Revision 2. Run ab12."


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("UTC", "13:02 UTC, 21 Nov"),
        ("Europe/Berlin", "14:02 CET, 21 Nov"),
        ("Asia/Dubai", "17:02 UTC+4, 21 Nov"),
        ("Asia/Kathmandu", "18:47 UTC+5:45, 21 Nov"),
        ("America/Sao_Paulo", "10:02 UTC-3, 21 Nov"),
        ("Pacific/Kiritimati", "03:02 UTC+14, 22 Nov"),
        ("Mars/Olympus", "13:02 UTC, 21 Nov"),
        ("", "13:02 UTC, 21 Nov"),
    ],
)
def test_a_moment_is_told_in_the_readers_zone_which_it_names(zone, said):
    assert moment(datetime(2026, 11, 21, 13, 2, tzinfo=UTC), zone) == said


def test_a_zone_is_named_as_it_is_at_that_time_of_the_year():
    assert moment(datetime(2026, 7, 1, 12, tzinfo=UTC), "Europe/Berlin") == "14:00 CEST, 1 Jul"
    assert day(datetime(2026, 12, 1, 22, 59, tzinfo=UTC), "Europe/Berlin") == "Tue, 1 Dec 2026 (CET)"
