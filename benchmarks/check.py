"""Right and wrong gradients before the checkers of gradients: what each catches, misses, and falsely accuses.

    python -m pip install -e '.[bench]'     # the peers; those that are missing are skipped
    python benchmarks/check.py              # about three minutes
    python benchmarks/check.py --quick      # a smoke run on a few formulas
    python benchmarks/check.py --list       # also name every wrong answer

1. Every checker gets the same numbers. A right gradient is that of our rules in doubles, and it counts as right only
   if it agrees with extended precision to nine digits. A wrong one comes from the same formula after one rule of one
   of its operations was changed: 0.1 % off, the wrong sign, its arguments swapped, 1e-5 off. The rule is the first, in
   the order of evaluation, whose change moves a derivative by at least half as much; a formula without such a rule has
   no such case. First well-conditioned formulas, then ill-conditioned ones.
2. A third table has right rules whose doubles have lost their digits. No verdict is wrong there: whether the rule is
   right is one question, and whether the number is, another. The table shows who tells them apart.
3. `grad --check` against `grad` alone on a program of 10,000 statements, as whole processes.

The checkers, as their users call them:

- ours: `check` on the graph with the changed rule; most of its time is the start of SymPy's process. To catch is to say
  FAIL; anything but PASS on a right gradient is a false alarm. The others get the numbers, and the function as a Python
  expression, and have no rules to look at.
- torch.autograd.gradcheck: an autograd.Function with a backward that returns the given gradient, in float64, with the
  default step and tolerances.
- scipy.optimize.check_grad: it returns the norm of the error, and judges nothing. Here it accuses where that is more
  than 1e-6 of the norm of the gradient, which is how it is commonly read.
- jax.test_util.check_grads: a custom_vjp with a backward that returns the given gradient, in float64, first order, by
  reverse mode, with the default step and tolerances.
- SymPy alone: diff, lambdify, and math.isclose with rel_tol=1e-6 in doubles. Its cache is emptied before each case.

A checker that ends in an exception accuses; one that is not its way to say so is noted. Nothing is asserted.
"""

import argparse
import math
import os
import re
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from types import SimpleNamespace
from typing import Any

from _measure import NOTHING, print_machine, print_table, seconds, take_turns
from large_formula import POINT, program
from latency import ENVIRONMENT, console_script

from autodiff.differentiate.results.gradient import Gradient
from autodiff.graph.build import build
from autodiff.graph.graph import Call, Graph
from autodiff.graph.rules import partial_text
from autodiff.ops.row import Kinked, Row
from autodiff.verify import verdict as checking
from autodiff.verify.judge import correct_digits
from autodiff.verify.results import Verdict

#: Digits that the double of a right gradient must have.
RIGHT = 9.0
#: What scipy and SymPy are allowed, relatively.
TOLERANCE = 1e-6
#: The exceptions by which torch and JAX say that a gradient is wrong.
VERDICTS = ("GradcheckError", "AssertionError")
#: `grad --check` may take so many times what `grad` takes, and so many seconds more.
TARGET = (20.0, 2.0)


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as text, its point, and the same function with the functions of a module, such as numpy or torch."""

    text: str
    point: dict[str, float]
    same: Callable[..., Any]


WELL_CONDITIONED = (
    Formula("(x + y)*max(y, z)", {"x": 1, "y": 2, "z": 0}, lambda m, x, y, z: (x + y) * m.maximum(y, z)),
    Formula("sin(x^2)*y", {"x": 1.1, "y": 0.7}, lambda m, x, y: m.sin(x**2) * y),
    Formula(
        "exp(-(x - u)^2/(2*s^2))/s", {"x": 1.5, "u": 0.4, "s": 1.3},
        lambda m, x, u, s: m.exp(-((x - u) ** 2) / (2 * s**2)) / s,
    ),
    Formula("x*y/(x + y)", {"x": 2.5, "y": 4.0}, lambda m, x, y: x * y / (x + y)),
    Formula("log(1 + exp(x))*y", {"x": 0.3, "y": -2.0}, lambda m, x, y: m.log(1 + m.exp(x)) * y),
    Formula("sqrt(x^2 + y^2)", {"x": 3.0, "y": 4.5}, lambda m, x, y: m.sqrt(x**2 + y**2)),
    Formula(
        "1/(1 + exp(-(w*x + b)))", {"w": 0.8, "x": -1.2, "b": 0.5},
        lambda m, w, x, b: 1 / (1 + m.exp(-(w * x + b))),
    ),
    Formula("x^y", {"x": 1.7, "y": 2.3}, lambda m, x, y: x**y),
    Formula("atan2(y, x)", {"y": 1.5, "x": -0.6}, lambda m, y, x: m.arctan2(y, x)),
    Formula(
        "g*a*b/r^2", {"g": 6.7, "a": 1.5, "b": 2.5, "r": 3.0},
        lambda m, g, a, b, r: g * a * b / r**2,
    ),
    Formula("tanh(w*x + b)^2", {"w": 0.9, "x": 0.7, "b": -0.2}, lambda m, w, x, b: m.tanh(w * x + b) ** 2),
    Formula(
        "a*exp(-b*t)*cos(c*t)", {"a": 2.0, "b": 0.3, "t": 1.9, "c": 2.2},
        lambda m, a, b, t, c: a * m.exp(-b * t) * m.cos(c * t),
    ),
    Formula("x^3 - 2*x*y + y^2", {"x": 1.4, "y": 0.6}, lambda m, x, y: x**3 - 2 * x * y + y**2),
    Formula("(a - b)/(a + b)", {"a": 3.2, "b": 1.1}, lambda m, a, b: (a - b) / (a + b)),
    Formula("m*c^2/sqrt(1 - v^2/c^2)", {"m": 1.2, "c": 3.0, "v": 1.0},
            lambda f, m, c, v: m * c**2 / f.sqrt(1 - v**2 / c**2)),
    Formula("log(x)/log(y)", {"x": 5.0, "y": 3.0}, lambda m, x, y: m.log(x) / m.log(y)),
    Formula("abs(x - y)*x", {"x": 1.0, "y": 2.5}, lambda m, x, y: m.abs(x - y) * x),
)  # fmt: skip

ILL_CONDITIONED = (
    # The value cancels.
    Formula("(x + 1e9)^2 - 1e18", {"x": 1.0}, lambda m, x: (x + 1e9) ** 2 - 1e18),
    Formula("x^2 - y^2", {"x": 1e8 + 1, "y": 1e8}, lambda m, x, y: x**2 - y**2),
    Formula("sqrt(x + 1) - sqrt(x)", {"x": 1e5}, lambda m, x: m.sqrt(x + 1) - m.sqrt(x)),
    Formula("log(1 + x)*y", {"x": 1e-6, "y": 2.0}, lambda m, x, y: m.log(1 + x) * y),
    Formula("exp(x) - exp(y)", {"x": 20.0, "y": 20 + 1e-9}, lambda m, x, y: m.exp(x) - m.exp(y)),
    # The derivative changes within the step of a difference.
    Formula("sin(1e5*x)*y", {"x": 0.3, "y": 2.0}, lambda m, x, y: m.sin(1e5 * x) * y),
    Formula("y/x", {"x": 1e-5, "y": 3.0}, lambda m, x, y: y / x),
    Formula("exp(-x^2/(2*s^2))", {"x": 2e-5, "s": 1e-5}, lambda m, x, s: m.exp(-(x**2) / (2 * s**2))),
    Formula("log(x)*y", {"x": 1e-7, "y": 1.5}, lambda m, x, y: m.log(x) * y),
    # Steep exponentials.
    Formula("exp(1e5*x)*y", {"x": 1e-3, "y": 0.5}, lambda m, x, y: m.exp(1e5 * x) * y),
    Formula("1/(1 + exp(-x/t))", {"x": 3e-6, "t": 1e-6}, lambda m, x, t: 1 / (1 + m.exp(-x / t))),
    Formula("exp(x)/(1 + exp(y))", {"x": 600.0, "y": 300.0}, lambda m, x, y: m.exp(x) / (1 + m.exp(y))),
    # Tiny scales.
    Formula("x^2 + y^2", {"x": 1e-8, "y": 2e-8}, lambda m, x, y: x**2 + y**2),
    Formula("x*y/(x + y)", {"x": 1e-8, "y": 3e-8}, lambda m, x, y: x * y / (x + y)),
    Formula(
        "exp(-a/(k*t))", {"a": 4e-21, "k": 1.380649e-23, "t": 300.0}, lambda m, a, k, t: m.exp(-a / (k * t)),
    ),
    Formula("q*v*b", {"q": 1.6e-19, "v": 2e5, "b": 0.1}, lambda m, q, v, b: q * v * b),
    # Near kinks.
    Formula("x*max(x, y)", {"x": 1.0, "y": 1 + 1e-9}, lambda m, x, y: x * m.maximum(x, y)),
    Formula("abs(x)*y", {"x": 1e-8, "y": 3.0}, lambda m, x, y: m.abs(x) * y),
    Formula("sqrt(x)*y", {"x": 1e-10, "y": 2.0}, lambda m, x, y: m.sqrt(x) * y),
    Formula("max(sin(x), cos(x))*y", {"x": math.pi / 4 + 1e-8, "y": 2.0},
            lambda m, x, y: m.maximum(m.sin(x), m.cos(x)) * y),
    # Large arguments.
    Formula("sin(x)*y", {"x": 1e6, "y": 2.0}, lambda m, x, y: m.sin(x) * y),
    Formula("sin(x*y)", {"x": 1e6, "y": 1.5}, lambda m, x, y: m.sin(x * y)),
    Formula("log(x)/y", {"x": 1e200, "y": 7.0}, lambda m, x, y: m.log(x) / y),
)  # fmt: skip

FEW_DIGITS = (
    Formula("(1 - cos(x))/x^2", {"x": 1e-7}, lambda m, x: (1 - m.cos(x)) / x**2),
    Formula("(exp(x) - 1 - x)/x^2", {"x": 1e-6}, lambda m, x: (m.exp(x) - 1 - x) / x**2),
    Formula("sqrt(x + 1) - sqrt(x)", {"x": 1e12}, lambda m, x: m.sqrt(x + 1) - m.sqrt(x)),
    Formula("(x - sin(x))/x^3", {"x": 1e-5}, lambda m, x: (x - m.sin(x)) / x**3),
    Formula("log(exp(x) + exp(-x)) - x", {"x": 18.0}, lambda m, x: m.log(m.exp(x) + m.exp(-x)) - x),
)


# Gradients, right and wrong.

RIGHT_ONE = "right"
#: What is done to a rule, and how much the derivative should move.
KINDS = {"0.1 % off": 1e-3, "wrong sign": 1.0, "swapped": 1e-3, "1e-5 off": 1e-5}


@dataclass(frozen=True, slots=True)
class Case:
    """A formula with a gradient that is right or wrong: the sweep of a graph, and what the peers get of it."""

    formula: Formula
    kind: str
    gradient: Gradient
    given: tuple[float, ...]

    @property
    def is_right(self) -> bool:
        return self.kind == RIGHT_ONE

    @property
    def point(self) -> tuple[float, ...]:
        return tuple(map(float, self.formula.point.values()))

    def __str__(self) -> str:
        point = ", ".join(f"{name}={value!r}" for name, value in self.formula.point.items())
        return f"{self.formula.text} at {point} ({self.kind})"


def gradient_of(formula: Formula, change: Callable[[Graph], None] = lambda graph: None) -> Gradient:
    """The gradient of a new graph, after `change` was done to it."""
    graph = build(formula.text, formula.point)
    change(graph)
    return Gradient(graph, [float(formula.point[name]) for name in graph.inputs])


def make_case(formula: Formula, kind: str, gradient: Gradient) -> Case:
    return Case(formula, kind, gradient, tuple(gradient.partials[name] for name in formula.point))


def corrupted(row: Row, argument: int, kind: str) -> Row | None:
    """The row with one wrong rule; None where that kind of error cannot be made."""
    text = partial_text(row, argument)
    if kind == "swapped":
        if row.variadic or len(row.params) < 2:
            return None
        first, second = row.params[:2]
        swap = {first: second, second: first}
        wrong = re.sub(r"\b[A-Za-z]\w*\b", lambda found: swap.get(found[0], found[0]), text)
    else:
        wrong = {"0.1 % off": f"({text})*1.001", "wrong sign": f"-({text})", "1e-5 off": f"({text})*1.00001"}[kind]
    partials = list(row.partials)
    place = 0 if row.variadic else argument
    old = partials[place]
    partials[place] = old._replace(rule=wrong) if isinstance(old, Kinked) else wrong
    return row._replace(partials=tuple(partials))


def plant(graph: Graph, row: Row, wrong: Row) -> None:
    graph.calls = [Call(wrong, call.arity) if call.row is row else call for call in graph.calls]


def wrong_case(formula: Formula, right: Case, kind: str) -> Case | None:
    """The first wrong rule that shows."""
    rows = dict.fromkeys((row.name, row) for _, row, _ in right.gradient.graph.operations())
    for _, row in rows:
        for argument in range(len(row.partials)):
            wrong = corrupted(row, argument, kind)
            if wrong is None:
                continue
            case = make_case(formula, kind, gradient_of(formula, partial(plant, row=row, wrong=wrong)))
            moved = [abs(a - b) / abs(b) if b else float(a != b) for a, b in zip(case.given, right.given, strict=True)]
            if all(map(math.isfinite, case.given)) and max(moved) >= KINDS[kind] / 2:
                return case
    return None


def digits(gradient: Gradient) -> float:
    """How many digits of the worst derivative are right, by our own rules in extended precision."""
    sweep = checking.sweep_extended(gradient)
    return min(correct_digits(gradient.adjoints[node], sweep.adjoints[node]) for node in gradient.wanted_nodes)


def make_cases(formulas: Sequence[Formula], *, mutate: bool) -> list[Case]:
    cases = []
    for formula in formulas:
        right = make_case(formula, RIGHT_ONE, gradient_of(formula))
        cases.append(right)
        known = digits(right.gradient)
        if (known >= RIGHT) is not mutate:
            print(f"note: {right} has {known:.1f} right digits and belongs to another table")
        if mutate:
            cases += filter(None, (wrong_case(formula, right, kind) for kind in KINDS))
    return cases


# The checkers: each says whether it accepts a gradient.

Checker = Callable[[Case], bool]


def ours() -> Checker:
    def accepts(case: Case) -> bool:
        verdict = checking.check(case.gradient, checking.Settings()).verdict
        # What is neither PASS nor FAIL counts against us, whatever the truth.
        return verdict is Verdict.PASS if case.is_right else verdict is not Verdict.FAIL

    return accepts


def by_torch() -> Checker:
    import torch

    def accepts(case: Case) -> bool:
        class Given(torch.autograd.Function):  # type: ignore[misc]
            @staticmethod
            def forward(ctx: Any, *xs: Any) -> Any:
                return case.formula.same(torch, *xs)

            @staticmethod
            def backward(ctx: Any, *upstream: Any) -> Any:
                return tuple(upstream[0] * number for number in case.given)

        xs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in case.point]
        return bool(torch.autograd.gradcheck(Given.apply, xs))

    return accepts


def by_scipy() -> Checker:
    import numpy as np
    from scipy.optimize import check_grad

    def accepts(case: Case) -> bool:
        given = np.array(case.given)
        error = check_grad(lambda xs: float(case.formula.same(np, *xs)), lambda _: given, np.array(case.point))
        return bool(error <= TOLERANCE * np.linalg.norm(given))

    return accepts


def by_jax() -> Checker:
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    import jax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)

    def accepts(case: Case) -> bool:
        @jax.custom_vjp  # type: ignore[untyped-decorator]
        def function(*xs: Any) -> Any:
            return case.formula.same(jax.numpy, *xs)

        function.defvjp(
            lambda *xs: (function(*xs), None),
            lambda _, upstream: tuple(upstream * number for number in case.given),
        )
        check_grads(function, [jax.numpy.float64(x) for x in case.point], order=1, modes=["rev"])
        return True

    return accepts


def by_sympy() -> Checker:
    import sympy
    from sympy.core.cache import clear_cache

    functions = SimpleNamespace(
        abs=sympy.Abs, arctan2=sympy.atan2, cos=sympy.cos, exp=sympy.exp, log=sympy.log, maximum=sympy.Max,
        sin=sympy.sin, sqrt=sympy.sqrt, tanh=sympy.tanh,
    )  # fmt: skip

    def accepts(case: Case) -> bool:
        symbols = [sympy.Symbol(name, real=True) for name in case.formula.point]
        expression = case.formula.same(functions, *symbols)
        found = [float(sympy.lambdify(symbols, sympy.diff(expression, x), "numpy")(*case.point)) for x in symbols]
        return all(math.isclose(a, b, rel_tol=TOLERANCE) for a, b in zip(found, case.given, strict=True))

    accepts.prepare = clear_cache  # type: ignore[attr-defined]
    return accepts


OURS = "ours"
CHECKERS: dict[str, Callable[[], Checker]] = {
    OURS: ours,
    "torch.autograd.gradcheck": by_torch,
    "scipy.optimize.check_grad": by_scipy,
    "jax.test_util.check_grads": by_jax,
    "SymPy alone": by_sympy,
}


def installed() -> Iterator[tuple[str, Checker]]:
    for name, make in CHECKERS.items():
        try:
            yield name, make()
        except ImportError as error:
            print(f"{name} is skipped: {error}")


# The tables.


@dataclass(frozen=True, slots=True)
class Answer:
    """What a checker said about a case, how long it took, and the exception that was not meant as a verdict."""

    case: Case
    accepts: bool
    seconds: float
    accident: str = ""

    @property
    def is_wrong(self) -> bool:
        return self.accepts is not self.case.is_right


def ask(checker: Checker, case: Case) -> Answer:
    getattr(checker, "prepare", lambda: None)()
    accident = ""
    start = perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            accepts = checker(case)
    except Exception as error:  # whatever it is, a test with it is red
        accepts = False
        if type(error).__name__ not in VERDICTS:
            accident = f"{type(error).__name__}: {error}"
    return Answer(case, accepts, perf_counter() - start, accident)


def ask_all(checker: Checker, cases: Sequence[Case]) -> list[Answer]:
    ask(checker, cases[0])  # Warm up: modules are loaded.
    answers = [ask(checker, case) for case in cases]
    for answer in answers:
        if answer.accident:
            print(f"note: {answer.case} ended in {answer.accident}")
    return answers


def share(answers: Sequence[Answer], want: Callable[[Answer], bool]) -> str:
    return f"{sum(map(want, answers))}/{len(answers)}" if answers else NOTHING


def compare(title: str, checkers: Sequence[tuple[str, Checker]], cases: Sequence[Case], *, names: bool) -> None:
    rows, lists = [], []
    for name, checker in checkers:
        answers = ask_all(checker, cases)
        wrong = [answer for answer in answers if not answer.case.is_right]
        right = [answer for answer in answers if answer.case.is_right]
        missed = [
            share([answer for answer in wrong if answer.case.kind == kind], lambda answer: answer.accepts)
            for kind in KINDS
        ]
        rows.append([
            name, share(wrong, lambda answer: not answer.accepts), share(wrong, lambda answer: answer.accepts),
            *missed, share(right, lambda answer: not answer.accepts),
            seconds(median(answer.seconds for answer in answers)),
        ])  # fmt: skip
        lists += [
            f"{name}: {'missed' if answer.accepts else 'false alarm'}: {answer.case}"
            for answer in answers if answer.is_wrong
        ]  # fmt: skip
    count = sum(case.is_right for case in cases)
    print_table(
        f"{title}: {count} right gradients, {len(cases) - count} wrong ones",
        ["checker", "caught", "missed", *(f"at {kind}" for kind in KINDS), "false alarms", "median time"], rows,
    )  # fmt: skip
    if names and lists:
        print("\n" + "\n".join(lists))


def compare_lost(checkers: Sequence[tuple[str, Checker]], cases: Sequence[Case]) -> None:
    rows = []
    for name, checker in checkers:
        answers = ask_all(checker, cases)
        warned = NOTHING
        if name == OURS:
            warned = share(answers, lambda answer: warns(answer.case))
        rows.append([
            name, share(answers, lambda answer: answer.accepts), share(answers, lambda answer: not answer.accepts),
            warned, seconds(median(answer.seconds for answer in answers)),
        ])  # fmt: skip
    print_table(
        f"Right rules whose doubles have lost their digits: {len(cases)} gradients",
        ["checker", "rule is right", "accuses", "warns of the digits", "median time"], rows,
    )  # fmt: skip


def warns(case: Case) -> bool:
    """Whether our check says that few digits are right."""
    found = checking.check(case.gradient, checking.Settings())
    return any("few digits" in remark for remark in found.remarks)


# `grad --check` on a long program.


def run(command: list[str], codes: list[int]) -> float:
    start = perf_counter()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, env=ENVIRONMENT)
    elapsed = perf_counter() - start
    codes.append(done.returncode)
    return elapsed


def long_program(size: int, pairs: int) -> None:
    codes: dict[str, list[int]] = {"checked": [], "alone": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.txt"
        path.write_text("".join(program(size)), encoding="utf-8")
        bound = [text for name, value in POINT.items() for text in (f"--{name}", str(value))]
        alone = [console_script(), "grad", f"@{path}", *bound, "--format", "json"]
        run(alone, [])  # Warm up: bytecode is compiled and files are in memory.
        turns = take_turns(
            partial(run, [*alone, "--check"], codes["checked"]), partial(run, alone, codes["alone"]), pairs
        )
    factor, more = TARGET
    met = all(a <= factor * b + more for a, b in zip(turns.ours, turns.theirs, strict=True))
    print_table(
        f"A program of {size:,} statements, whole processes ({pairs} pairs)",
        ["what", "--check", "alone", "ratio", "quartiles", "target", "ok", "exit codes"],
        [[
            "grad --format json", seconds(median(turns.ours)), seconds(median(turns.theirs)), f"{turns.ratio:.2f}",
            turns.spread, f"{factor:g} x + {more:g} s", "yes" if met else "NO",
            " ".join(str(code) for code in sorted({*codes["checked"], *codes["alone"]})),
        ]],
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few formulas of each kind, a short program, one pair")
    parser.add_argument("--list", action="store_true", help="name every wrong answer")
    parser.add_argument("--pairs", type=int, help="how often the long program is measured (default: 5)")
    options = parser.parse_args()
    step = 8 if options.quick else 1
    print_machine()
    checkers = list(installed())
    for title, formulas in (("Well-conditioned", WELL_CONDITIONED), ("Ill-conditioned", ILL_CONDITIONED)):
        compare(title, checkers, make_cases(formulas[::step], mutate=True), names=options.list)
    compare_lost(checkers, make_cases(FEW_DIGITS[::step], mutate=False))
    long_program(1_000 if options.quick else 10_000, options.pairs or (1 if options.quick else 5))


if __name__ == "__main__":
    main()
