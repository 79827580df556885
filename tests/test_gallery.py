"""The gallery shows cards as they are drawn now, as far as names go; `make gallery` draws the pictures."""

from tests.cards.states import STATES
from tests.gallery import CHAPTERS, DOCS, page


def test_the_gallery_names_states_that_exist_and_pictures_that_are_there():
    shown = [state for states in CHAPTERS.values() for state in states]
    assert [state for state in shown if state not in STATES] == []
    assert sorted(file.stem for file in (DOCS / "cards").glob("*.png")) == sorted(shown)
    assert (DOCS / "cards.md").read_text() == page(CHAPTERS)
