"""A picture of any graph takes a moment: what Graphviz would take minutes for, or what it cannot do, we lay out."""

import itertools
import sys
from types import ModuleType
from typing import Any

import pytest
from tests.support import autodiff

from autodiff.report.pictures import graphviz, layout


def dense(count: int) -> tuple[dict[int, tuple[float, float]], list[tuple[int, int]]]:
    """Boxes, each with an arrow from all before it."""
    return dict.fromkeys(range(count), (80.0, 30.0)), [(i, k) for k in range(count) for i in range(k)]


def test_the_limit_of_graphviz_counts_the_layers_that_arrows_cross() -> None:
    sizes, arrows = dense(10)
    assert graphviz.crossed(list(sizes), arrows) == sum(k - i for i, k in arrows)
    assert graphviz.crossed([], []) == 0


def test_a_picture_beyond_the_limit_never_reaches_graphviz(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(graphviz, "is_installed", lambda: True)
    monkeypatch.setattr(graphviz, "lay_out", never)
    monkeypatch.setattr(graphviz, "_graph", never)
    sizes, arrows = dense(40)
    assert graphviz.laid_out(sizes, arrows, [(0.0, 0.0)] * len(arrows)) is None
    text = "a0 = x; " + "; ".join(f"a{k} = max(x, {', '.join(f'a{i}' for i in range(k))})" for k in range(1, 40))
    done = autodiff("graph", text, "-o", "never.png")
    assert done.code == 2
    assert "Graphviz draws up to 3,000" in done.stderr and "hint: write .svg" in done.stderr


def test_a_broken_graphviz_leaves_the_drawing_to_us(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    broken = ModuleType("pygraphviz")

    def fails(*_: Any, **__: Any) -> Any:
        raise OSError("libgvc.so.6: cannot open shared object file")

    broken.AGraph = fails  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pygraphviz", broken)
    monkeypatch.setattr(graphviz, "is_installed", lambda: True)
    done = autodiff("graph", "x*y", "-o", str(tmp_path / "x.svg"))
    assert (done.code, done.stderr) == (0, "")
    assert (tmp_path / "x.svg").stat().st_size > 100
    done = autodiff("graph", "x*y", "-o", str(tmp_path / "x.png"))
    assert done.code == 2
    assert "Graphviz cannot draw .png: libgvc.so.6" in done.stderr and "hint: " in done.stderr
    assert not (tmp_path / "x.png").exists()


def test_labels_are_compared_with_what_is_near_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with each would be four times as many for twice as many."""
    counts = []
    for size in (100, 200, 400, 800):
        compared = 0

        def overlap(a: Any, b: Any, real: Any = layout._overlap) -> bool:
            nonlocal compared
            compared += 1
            return bool(real(a, b))

        with monkeypatch.context() as patch:
            patch.setattr(layout, "_overlap", overlap)
            boxes = dict.fromkeys(range(size), (80.0, 30.0))
            arrows = [(k, k + 1) for k in range(size - 1)]
            layout.lay_out(boxes, arrows, [(20.0, 10.0)] * len(arrows))
        counts.append(compared)
    assert all(later <= 2.5 * before for before, later in itertools.pairwise(counts)), counts
    assert layout._overlap((0, 0, 2, 2), (1, 1, 2, 2)) and not layout._overlap((0, 0, 2, 2), (5, 0, 2, 2))
