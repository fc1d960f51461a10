"""Building a graph pauses Python's garbage collector, and leaves it as it was: on or off, whatever the text is."""

import gc
from collections.abc import Callable, Iterator, Mapping

import pytest

from autodiff import FormulaError
from autodiff.api import differentiate, load_ops
from autodiff.differentiate.derive.adjoint import adjoint
from autodiff.graph import build as building
from autodiff.graph.build import build
from autodiff.syntax.parser import parse


@pytest.fixture(params=[True, False], ids=["on", "off"])
def collecting(request: pytest.FixtureRequest) -> Iterator[bool]:
    before = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if before else gc.disable)()


BUILDS: dict[str, Callable[[], object]] = {
    "a graph": lambda: build("x*y + sin(x)"),
    "functions": lambda: build("f(t) = t^2; f(f(x))"),
    "operations": lambda: load_ops("cube(x) = x^3\nd/dx = 3*x^2"),
    "an adjoint graph": lambda: adjoint(build("x*y + sin(x)"), [0]),
    "a derivative": lambda: differentiate("x^2*sin(x)", order=2),
}
WRONG: dict[str, Callable[[], object]] = {
    "no formula": lambda: build("x +"),
    "no function": lambda: build("sinn(x)"),
    "recursion": lambda: build("f(x) = f(x); f(1)"),
    "no definition": lambda: load_ops("cube(x) = x^^3"),
}


@pytest.mark.parametrize("make", BUILDS.values(), ids=BUILDS)
def test_the_collector_is_after_a_build_as_it_was_before(collecting: bool, make: Callable[[], object]) -> None:
    make()
    assert gc.isenabled() is collecting


@pytest.mark.parametrize("make", WRONG.values(), ids=WRONG)
def test_the_collector_is_after_an_error_as_it_was_before(collecting: bool, make: Callable[[], object]) -> None:
    with pytest.raises(FormulaError):
        make()
    assert gc.isenabled() is collecting


def test_the_collector_pauses_while_a_graph_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    def watched(text: str, *_calls: Mapping[str, str]) -> object:
        seen.append(gc.isenabled())
        return parse(text)

    monkeypatch.setattr(building, "parse", watched)
    gc.enable()
    build("x*y")
    assert seen == [False]
