"""Texts on cards: what stands out in them."""

from cards.passage import sections

TEXT = """Dinner for 20 people
Place: Berlin.

Venue
Old Mill Hall

A sentence stands for itself.

Hello Maria,
thank you"""


def bold(parts):
    runs = [part["inlines"][0] for part in parts]
    return [run["text"] for run in runs if run.get("weight") == "Bolder"]


def test_the_titles_of_sections_are_bold_and_nothing_else():
    assert bold(sections(TEXT.split("\n"))) == ["Dinner for 20 people", "Venue"]


def test_every_line_is_there_and_sections_stand_apart():
    parts = sections(TEXT.split("\n"))
    assert [part["inlines"][0]["text"] for part in parts] == [line for line in TEXT.split("\n") if line]
    assert [part["spacing"] for part in parts][:4] == ["None", "None", "Medium", "None"]
