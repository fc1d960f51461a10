"""Pictures of graphs: what they show, that nothing of a formula breaks out of its format, and where boxes go."""

import itertools
import json
import random
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.support import ROOT, autodiff, smooth_formula

from autodiff.api import Formula
from autodiff.report.pictures import graphviz, layout, mermaid, picture, svg, tree
from autodiff.report.pictures.picture import Picture
from autodiff.report.sheet import Options

SVG = "{http://www.w3.org/2000/svg}"
#: A comment and names with everything that some format reads as its own.
NASTY = '# ]]> --> </svg> "quoted" & <b> \\n `x` #35; ; end\nend = x < 1; ℵ·label + end*graph'


@pytest.fixture
def own_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphviz, "is_installed", lambda: False)


def picture_of(text: str, **values: float) -> Picture:
    formula = Formula(text)
    if not values:
        return picture.of_graph(formula.graph())
    return picture.of_result(formula.gradient(values), Options())


def texts_of(lines: str) -> list[str]:
    return ["".join(text.itertext()) for text in ElementTree.fromstring(lines).iter(f"{SVG}text")]


@pytest.mark.usefixtures("own_layout")
def test_an_svg_shows_values_gradients_partials_and_kinks_and_shared_nodes_once() -> None:
    texts = texts_of("\n".join(svg.lines(picture_of("(x + y) * max(y, z)", x=1, y=2, z=2))))
    leaves = ["x", "value 1", "gradient 2", "y", "value 2", "gradient 3.5", "z", "value 2", "gradient 1.5"]
    operations = ["a = x + y", "value 3", "gradient 2", "b = max(y, z)", "value 2", "gradient 3", "kink [0, 1] [0, 1]"]
    output = ["f = a * b", "value 6", "gradient 1"]
    assert sorted(texts) == sorted([*leaves, *operations, *output, "1", "1", "0.5", "0.5", "2", "3"])


@pytest.mark.parametrize("place", [layout.lay_out, pytest.param(graphviz.lay_out, marks=pytest.mark.skipif(
    not graphviz.is_installed(), reason="pygraphviz is not installed"))])  # fmt: skip
def test_several_arrows_between_two_boxes_have_a_curve_each(place: Any) -> None:
    arrows = [(0, 1), (0, 1), (1, 2), (0, 2), (1, 2), (1, 2)]
    found = place(dict.fromkeys(range(3), (60.0, 30.0)), arrows, [(8.0, 12.0)] * len(arrows))
    assert len({tuple(curve) for curve in found.curves}) == len(arrows)
    for curve, (source, target) in zip(found.curves, arrows, strict=True):
        assert len(curve) % 3 == 1
        (_, top), (_, bottom) = found.centres[source], found.centres[target]
        assert top < curve[0][1] <= curve[-1][1] < bottom


@pytest.mark.usefixtures("own_layout")
def test_the_picture_in_the_documents_is_the_one_that_the_tool_makes(tmp_path: Path) -> None:
    path = tmp_path / "graph.svg"
    assert autodiff("graph", "(x + y) * max(y, z)", "--x", "1", "--y", "2", "--z", "0", "-o", str(path)).code == 0
    assert path.read_text(encoding="utf-8") == (ROOT / "docs" / "graph.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("installed", [False, pytest.param(True, marks=pytest.mark.skipif(
    not graphviz.is_installed(), reason="pygraphviz is not installed"))])  # fmt: skip
def test_names_and_comments_are_escaped_in_every_format(monkeypatch: pytest.MonkeyPatch, installed: bool) -> None:
    monkeypatch.setattr(graphviz, "is_installed", lambda: installed)
    formula = Formula(NASTY)
    values = dict.fromkeys(formula.variables, 0.5)
    found = picture.of_result(formula.gradient(values), Options())
    drawn = "\n".join(svg.lines(found))
    assert "end = x < 1" in texts_of(drawn)
    assert ElementTree.fromstring(drawn).find(f"{SVG}title") is not None
    for line in mermaid.lines(found):
        assert re.fullmatch(r"[^\"`<>]*(\"(?:[^\"`<>\[\]]|<br/>)*\"[^\"`<>]*(-->)?[^\"`<>]*)?|.*-->.*", line), line
    dot = "\n".join(graphviz.dot_lines(found))
    assert "x &lt; 1" in dot
    if installed:
        assert graphviz.render(found, "png").startswith(b"\x89PNG")
        assert graphviz.render(found, "pdf").startswith(b"%PDF")
    if program := shutil.which("dot"):
        subprocess.run([program, "-Tsvg"], input=dot.encode(), check=True, capture_output=True, timeout=600)


@pytest.mark.parametrize("seed", range(6))
def test_boxes_neither_overlap_nor_leave_the_picture_and_arrows_run_down(seed: int) -> None:
    generator = random.Random(seed)
    text = " + ".join(smooth_formula(generator.randbytes(40)) for _ in range(4))
    found = picture_of(text, **dict.fromkeys(Formula(text).variables, 0.4))
    sizes = {box.node: svg.box_size(box, live=False) for box in found.boxes}
    arrows = [(arrow.source, arrow.target) for arrow in found.arrows]
    placed = layout.lay_out(sizes, arrows, [(40.0, 12.0)] * len(arrows))
    corners = {
        node: (x - sizes[node][0] / 2, y - sizes[node][1] / 2, x + sizes[node][0] / 2, y + sizes[node][1] / 2)
        for node, (x, y) in placed.centres.items()
    }
    for node, (left, top, right, bottom) in corners.items():
        assert left >= 0 and top >= 0 and right <= placed.size[0] and bottom <= placed.size[1]
        for other, (a, b, c, d) in corners.items():
            assert other == node or right < a or c < left or bottom < b or d < top
    for (source, target), curve in zip(arrows, placed.curves, strict=True):
        assert curve[0][1] == pytest.approx(corners[source][3])
        assert curve[-1][1] == pytest.approx(corners[target][1])
        assert all(low[1] <= high[1] + 1e-9 for low, high in itertools.pairwise(curve))


@pytest.mark.parametrize("text", [
    "(1 - a)^2 + 100*(b - a^2)^2 + (1 - b)^2 + 100*(c - b^2)^2", "((((a*x + b)*x + c)*x + d)*x + h)*x + k",
    "(tanh(w1*x + w2*y + b1)*v1 + tanh(w3*x + w4*y + b2)*v2 + c - t)^2",
])  # fmt: skip
def test_labels_stand_beside_all_lines_and_over_nothing(text: str) -> None:
    found = picture.of_graph(Formula(text).graph())
    sizes = {box.node: svg.box_size(box, live=True) for box in found.boxes}
    arrows = [(arrow.source, arrow.target) for arrow in found.arrows]
    placed = layout.lay_out(sizes, arrows, [(64.0, 13.5)] * len(arrows))
    labels = [(*place, 64.0, 13.5) for place in placed.labels]
    pieces = [curve[k : k + 4] for curve in placed.curves for k in range(0, len(curve) - 3, 3)]
    points = [layout._on_piece(piece, k / 300) for piece in pieces for k in range(301)]
    for k, label in enumerate(labels):
        assert label[0] >= 32 and label[0] + 32 <= placed.size[0]
        assert not any(layout._overlap(label, (*placed.centres[node], *size)) for node, size in sizes.items())
        assert not any(layout._overlap(label, other) for other in labels[:k])
        assert not any(layout._overlap(label, (*point, 0.0, 0.0)) for point in points)


def test_a_branch_that_was_not_chosen_has_no_numbers() -> None:
    boxes = {box.operation: box for box in picture_of("log(x) if x > 0 else x^2", x=-1.0).boxes}
    assert not boxes["log(x)"].used
    assert (boxes["log(x)"].value, boxes["log(x)"].mark) == ("", "not used here")
    assert boxes["x^2"].value == "1"


def test_a_node_that_is_not_finite_is_marked() -> None:
    boxes = {box.operation: box for box in picture_of("sqrt(x)", x=0.0).boxes}
    assert boxes[""].mark == "gradient not finite"


def test_a_deep_chain_is_a_tree_without_recursion() -> None:
    text = "a0 = sin(x); " + "; ".join(f"a{k} = sin(a{k - 1})" for k in range(1, 3000)) + "; a2999"
    lines = list(tree.lines(picture_of(text), Options()))
    assert len(lines) == 3001
    assert max(map(len, lines)) < 300
    found = layout.lay_out(
        dict.fromkeys(range(3000), (50.0, 20.0)), [(k, k + 1) for k in range(2999)], [(0.0, 0.0)] * 2999
    )
    assert len(found.centres) == 3000


@pytest.mark.parametrize(
    ("args", "message", "hint"),
    [
        (("x*y", "-o", "g.txt"), "'g.txt' ends in .txt, which cannot be drawn", ".svg"),
        (("x*y", "-o", "g.svgg"), "cannot be drawn", "did you mean .svg?"),
        (("x*y", "-o", "graph"), "'graph' has no ending", ".mmd"),
        (("x*y", "-o", "/no/such/folder/g.svg"), "cannot be written: no such file or directory", "-o takes a path"),
        (("x*y", "--wrt", "x"), "--wrt needs values", "--x 1"),
        (("x*y", "--x", "1"), "nothing is bound to 'y'", "--y 1"),
        ((" + ".join(f"x{k}" for k in range(200)),), "a picture of 399 nodes is hard to read", "--all"),
    ],
)  # fmt: skip
def test_a_wrong_request_says_what_to_do(args: tuple[str, ...], message: str, hint: str) -> None:
    done = autodiff("graph", *args)
    assert (done.code, done.stdout) == (2, "")
    assert message in done.stderr
    assert hint in done.stderr.partition("hint: ")[2]


def test_a_place_that_cannot_be_drawn_to_is_not_called_missing(tmp_path: Path) -> None:
    path = tmp_path / "taken.svg"
    path.mkdir()
    done = autodiff("graph", "x*y", "-o", str(path))
    assert (done.code, done.stdout) == (2, "")
    assert "is a directory\nhint: write it in another place" in done.stderr


@pytest.mark.usefixtures("own_layout")
@pytest.mark.parametrize("ending", ["png", "pdf"])
def test_a_missing_extra_says_how_to_install_it(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"graph.{ending}"
    done = autodiff("graph", "x*y", "-o", str(path))
    assert done.code == 2
    assert "pip install 'autodiff-cli[graph]'" in done.stderr
    assert not path.exists()


def test_all_draws_many_nodes() -> None:
    done = autodiff("graph", " + ".join(f"x{k}" for k in range(200)), "--all")
    assert done.code == 0
    assert len(done.stdout.splitlines()) == 399


@pytest.mark.parametrize("outputs", ["{0}", "{0}, x"])
def test_on_a_page_what_no_variable_moves_can_sit_on_no_kink(tmp_path: Path, outputs: str) -> None:
    formula = Formula(outputs.format("x if x >= 0 and 2 >= 2 else 3x"))
    path = tmp_path / "page.html"
    assert autodiff("graph", formula.text, "--x", "1", "-o", str(path)).code == 0
    found = re.search(r"^ *active: (.*),$", path.read_text(encoding="utf-8"), re.M)
    names = [node.name for node in formula.evaluate(x=1).nodes]
    assert found is not None
    moved = {name for name, flag in zip(names, json.loads(found[1]), strict=True) if flag}
    assert "x" in moved and not moved & {"0", "2", "3"}
