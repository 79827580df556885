"""Secrets do not reach cards, records or logs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.redact import redacted
from orchestration.wording import quoted


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Incorrect API key provided: sk-proj-abcdef1234567890.", "abcdef1234567890"),
        ("Authorization: Bearer abc.def.ghi-123456", "abc.def.ghi-123456"),
        ("token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl rest", "eyJzdWIiOiIxMjM0In0"),
        ("AccountEndpoint=https://x/;AccountKey=bWFkZSB1cA==;", "bWFkZSB1cA"),
        ("https://user:hunter2@example.org/x", "hunter2"),
        ("GET /blob?sv=1&sig=c2VjcmV0c2ln&se=2", "c2VjcmV0c2ln"),
        ("password: correct-horse", "correct-horse"),
        ("api_key=0123456789abcdef", "0123456789abcdef"),
        ("connect(password='correct-horse')", "correct-horse"),
        ("{'password': 'correct horse'}", "correct horse"),
        ('{"api_key": "correct-horse"}', "correct-horse"),
        ("?access_token=c2VjcmV0c2ln&x=1", "c2VjcmV0c2ln"),
        ("SharedAccessKey=c2VjcmV0c2ln;", "c2VjcmV0c2ln"),
        ("Authorization: Basic  dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ("ghp_abcdefghijklmnop1234", "abcdefghijklmnop1234"),
        ("AKIAIOSFODNN7EXAMPLE", "IOSFODNN7EXAMPLE"),
        ("https://u:p@ss/w@host/x", "p@ss/w"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text, secret):
    assert secret not in redacted(text)


def test_a_hostile_text_is_looked_through_quickly():
    for hostile in ("eyJ-" * 50_000, "password" * 20_000, "://" * 50_000, "api_key=" * 20_000):
        redacted(hostile)


def test_an_ordinary_sentence_stays_as_it_is():
    sentence = "The mail server at mail.example.org answered 503 after 20 seconds (try 2 of 3)."
    assert redacted(sentence) == sentence


@given(st.text())
def test_a_quotation_holds_no_markup_and_is_short(text):
    shown = quoted(text)
    assert not set("[]()<>*_`~#|\\") & set(shown)
    assert "://" not in shown
    assert len(shown) <= 43
