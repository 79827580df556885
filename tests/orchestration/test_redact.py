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
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text, secret):
    assert secret not in redacted(text)


def test_an_ordinary_sentence_stays_as_it_is():
    sentence = "The mail server at mail.example.org answered 503 after 20 seconds (try 2 of 3)."
    assert redacted(sentence) == sentence


@given(st.text())
def test_a_quotation_holds_no_markup_and_is_short(text):
    shown = quoted(text)
    assert not set("[]()<>*_`~#|\\") & set(shown)
    assert "://" not in shown
    assert len(shown) <= 43
