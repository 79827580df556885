"""Graphs as pictures: nothing covers anything else, and every picture fits into a card."""

from base64 import b64decode
from io import BytesIO
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cards.pictures import MOST_BYTES, picture
from cards.pictures.drawing import wrapped
from cards.pictures.layers import MOST_IN_A_ROW, is_step, layered
from cards.pictures.layout import laid_out
from orchestration.model import Graph, Node
from tests.cards.states import FAN, LARGE, LOOP

NAMES = "abcdefghij"
EDGES = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=25)


def graph(edges, asks=()):
    return Graph(tuple(Node(name, f"Step {name}", name in asks) for name in NAMES), tuple(edges))


GRAPHS = st.builds(graph, EDGES, st.sets(st.sampled_from(NAMES)))


def decoded(shown):
    kind, _, data = shown.data.partition(",")
    assert kind == "data:image/png;base64"
    return b64decode(data)


def test_a_line_that_begins_beside_the_middle_finds_its_way_across():
    """To a waypoint that stands right below its step, which has another line beside it."""
    edges = [("a", "c"), ("a", "d"), ("a", "g"), ("a", "i"), ("b", "a"), ("f", "a"), ("h", "b")]
    assert laid_out(graph(edges), wrapped).lines


@settings(max_examples=150, deadline=None)
@given(GRAPHS)
def test_no_step_covers_another_and_all_are_on_the_sheet(made):
    layout = laid_out(made, wrapped)
    assert len(layout.boxes) == len(NAMES)
    for box in layout.boxes:
        assert 0 < box.left < box.right < layout.width
        assert 0 < box.top < box.bottom < layout.height
    for one, other in combinations(layout.boxes, 2):
        apart = one.right <= other.left or other.right <= one.left
        assert apart or one.bottom <= other.top or other.bottom <= one.top


@settings(max_examples=150, deadline=None)
@given(GRAPHS)
def test_no_line_runs_through_a_step_or_off_the_sheet(made):
    layout = laid_out(made, wrapped)
    for line in layout.lines:
        assert all(0 < x < layout.width and 0 < y < layout.height for x, y in line.points)
        for (x1, y1), (x2, y2) in pairwise(line.points):
            assert x1 == x2 or y1 == y2
            for box in layout.boxes:
                beside = max(x1, x2) <= box.left or min(x1, x2) >= box.right
                assert beside or max(y1, y2) <= box.top or min(y1, y2) >= box.bottom


@settings(max_examples=150, deadline=None)
@given(GRAPHS)
def test_every_edge_leads_down_over_rows_or_back_up(made):
    layers = layered(made)
    row = {name: number for number, names in enumerate(layers.rows) for name in names}
    assert all(row[target] == row[source] + 1 for source, target in layers.hops)
    assert all(row[target] <= row[source] for source, target in layers.back)
    assert all(0 < sum(map(is_step, names)) <= MOST_IN_A_ROW for names in layers.rows)
    for source, target in set(made.edges) - set(layers.back):
        assert target in reached(source, layers.hops)


def reached(source, hops):
    """The steps to which lines lead from a step, past waypoints."""
    left, found = [b for a, b in hops if a == source], set()
    while left:
        name = left.pop()
        found.add(name)
        left += [] if is_step(name) else [b for a, b in hops if a == name]
    return found


@settings(max_examples=150, deadline=None)
@given(GRAPHS)
def test_no_line_connects_what_the_graph_does_not(made):
    layers = layered(made)
    for name in NAMES:
        after = {target for target in reached(name, layers.hops) if is_step(target)}
        assert after == {b for a, b in made.edges if a == name and (a, b) not in layers.back}


def test_a_cycle_is_one_dashed_line_back_up():
    layout = laid_out(LOOP, wrapped)
    assert [(line.head, line.points[0][1] > line.points[-1][1]) for line in layout.lines if line.back] == [
        (True, True)
    ]
    assert [len(row) for row in layered(FAN).rows] == [1, 3, 1, 1]


@pytest.mark.parametrize("made", [LOOP, FAN, LARGE], ids=["loop", "fan", "twenty steps"])
def test_a_picture_is_a_small_png_with_few_colours(made):
    shown = picture(made)
    png = decoded(shown)
    assert len(png) <= MOST_BYTES
    with Image.open(BytesIO(png)) as image:
        assert (image.format, image.mode) == ("PNG", "P")
        assert len(image.getcolors()) <= 16
        assert image.width >= shown.width * 0.8
    assert shown.width >= 300


def test_steps_that_ask_people_look_different():
    plain = Graph((Node("a", "Ask"),), ())
    asking = Graph((Node("a", "Ask", asks=True),), ())
    with (
        Image.open(BytesIO(decoded(picture(plain)))) as one,
        Image.open(BytesIO(decoded(picture(asking)))) as other,
    ):
        yellow = (255, 244, 206)
        assert yellow not in [colour for _, colour in one.convert("RGB").getcolors()]
        assert yellow in [colour for _, colour in other.convert("RGB").getcolors()]


def test_what_has_no_room_on_a_card_has_no_picture():
    assert picture(Graph((), ())) is None
    assert picture(Graph(tuple(Node(f"{n}", "Step") for n in range(25)), ())) is None


@pytest.mark.parametrize("text", ["W" * 5000, "word " * 2000, "\ud800\u202e", "", "測試 " * 50])
def test_any_title_fits_into_its_step(text):
    lines = wrapped(text, 78.0)
    assert 1 <= len(lines) <= 3
    assert picture(Graph((Node("a", text, asks=True), Node("b", text)), (("a", "b"),)))
