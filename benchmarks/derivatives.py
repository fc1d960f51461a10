"""Derivatives of a formula that is parsed once: gradients, Hessians, and a network with arrays.

    python -m pip install -e '.[bench]'     # the peers; those that are missing are skipped
    python benchmarks/derivatives.py        # about two minutes
    python benchmarks/derivatives.py --quick

1. Value and gradient against the value alone, for 10 to 10,000 inputs: `Formula.gradient` against `Formula.evaluate`,
   and the same without the binding of names, which is the sweeps and what is put around them. Both hold all nodes.
2. A Hessian of 100 variables, banded and dense, against `jax.jit(jax.hessian(f))` and CasADi's `hessian`: what comes
   before it (parsing, tracing, compiling) with the first one, and each one after it at another point. JAX and CasADi
   get the function as their users write it, on vectors.
3. A network of two layers (784-256-10, a batch of 64, softmax and cross-entropy), value and gradient by all four
   parameters, against PyTorch in float64. Its float32 is shown beside it: we have no such thing.

All in this one process, on one thread, in float64, in turns; the tables show medians and the quartiles of the ratios.
The results are asserted to agree; nothing is asserted about speed.
"""

import argparse
import gc
import importlib
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

from _measure import NOTHING, print_machine, print_table, take_turns, verdict

from autodiff import Formula
from autodiff.differentiate.results.gradient import Gradient, Values

#: One thread for everybody: what a machine has of them should not show in a ratio. Read when the libraries start.
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
}

#: Value and gradient may take so many times what the value takes, and a network what PyTorch takes.
GRADIENT, NETWORK = 4.0, 1.5


def load(name: str) -> Any:
    """A peer; None where it is missing."""
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"{name} is not installed: skipped")
        return None


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """How long a piece of work takes."""

    def measure() -> float:
        start = perf_counter()
        work()
        return perf_counter() - start

    return measure


def short(value: float) -> str:
    return f"{value * 1e6:,.1f} us" if value < 1e-3 else f"{value * 1e3:,.2f} ms" if value < 1 else f"{value:,.2f} s"


# 1. Gradients.


def rosenbrock(size: int) -> str:
    """The chained function of Rosenbrock, a statement for each term."""
    terms = [f"t{k} = 100*(x{k + 1} - x{k}^2)^2 + (1 - x{k})^2" for k in range(size - 1)]
    return "\n".join([*terms, " + ".join(f"t{k}" for k in range(size - 1))])


def sines(size: int) -> str:
    return "*".join(f"sin(x{k})" for k in range(size))


def near(middle: float, spread: float, size: int) -> list[float]:
    """A point without symmetries, at which a product of sines neither vanishes nor is free of charge."""
    return [middle + spread * math.sin(k + 1) for k in range(size)]


FAMILIES = (("chained Rosenbrock", rosenbrock, 1.2, 0.3), ("product of sines", sines, math.pi / 2, 0.02))


def compare_gradients(sizes: Sequence[int], pairs: int) -> None:
    rows = []
    for name, text, middle, spread in FAMILIES:
        for size in sizes:
            formula = Formula(text(size))
            point = {f"x{k}": number for k, number in enumerate(near(middle, spread, size))}
            graph = formula.graph()
            inputs = [point[each] for each in graph.inputs]
            gradient = formula.gradient(point).partials
            assert all(map(math.isfinite, gradient.values()))
            assert all(gradient.values())
            for what, ours, theirs in (
                ("calls", lambda f=formula, p=point: f.gradient(p), lambda f=formula, p=point: f.evaluate(p)),
                ("sweeps", lambda g=graph, p=inputs: Gradient(g, p), lambda g=graph, p=inputs: Values(g, p)),
            ):
                turns = take_turns(timed(ours), timed(theirs), max(pairs, 20_000 // size))
                rows.append([
                    f"{name}, {size:,} inputs: {what}", short(median(turns.theirs)), short(median(turns.ours)),
                    f"{turns.ratio:.2f}", turns.spread, f"{GRADIENT:.1f}", verdict(turns.ratio, GRADIENT),
                ])  # fmt: skip
    print_table(
        "Value and gradient against the value alone",
        ["what", "value", "and gradient", "ratio", "quartiles", "target", "ok"], rows,
    )  # fmt: skip


# 2. Hessians.


@dataclass(frozen=True, slots=True)
class Case:
    """A function of a vector: as our formula, for JAX (with its numpy) and for CasADi (with itself)."""

    name: str
    text: Callable[[int], str]
    jax: Callable[[Any, Any], Any]
    casadi: Callable[[Any, Any], Any]


def log_sum(size: int) -> str:
    return "log(" + " + ".join(f"exp(x{k})" for k in range(size)) + ")"


def pairs_of_sines(size: int) -> str:
    """Every two variables meet in a term of their own."""
    return " + ".join(f"sin(x{k}*x{j})" for k in range(size) for j in range(k))


def casadi_pairs(c: Any, x: Any) -> Any:
    return sum(c.sin(x[k] * x[j]) for k in range(x.shape[0]) for j in range(k))


def jax_pairs(n: Any, x: Any) -> Any:
    return n.sum(n.tril(n.sin(n.outer(x, x)), -1))


HESSIANS = (
    Case(
        "banded: chained Rosenbrock", rosenbrock,
        lambda n, x: n.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2),
        lambda c, x: c.sum1(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2),
    ),
    Case(
        "dense: log of a sum of exp", log_sum, lambda n, x: n.log(n.sum(n.exp(x))), lambda c, x: c.log(c.sum1(c.exp(x)))
    ),
    Case("dense: sines of all products", pairs_of_sines, jax_pairs, casadi_pairs),
)  # fmt: skip

#: A function of a point, a list of numbers, that gives a matrix.
Matrix = Callable[[list[float]], Any]


def ours_hessian(case: Case, size: int) -> Matrix:
    formula: Any = Formula(case.text(size))
    names = [f"x{k}" for k in range(size)]
    return lambda point: formula.hessian(dict(zip(names, point, strict=True)), wrt=names).entries


def jax_hessian(case: Case, size: int) -> Matrix:
    jax = importlib.import_module("jax")
    numpy = importlib.import_module("jax.numpy")
    function = jax.jit(jax.hessian(lambda x: case.jax(numpy, x)))
    return lambda point: function(numpy.array(point)).block_until_ready()


def casadi_hessian(case: Case, size: int) -> Matrix:
    casadi = importlib.import_module("casadi")
    x = casadi.SX.sym("x", size)
    function = casadi.Function("hessian", [x], [casadi.hessian(case.casadi(casadi, x), x)[0]])
    matrix: Matrix = function
    return matrix


def compare_hessians(size: int, pairs: int) -> None:
    if not hasattr(Formula, "hessian"):
        print("\nHessians: skipped, this version of autodiff has no Formula.hessian")
        return
    jax = load("jax")
    if jax is not None:
        jax.config.update("jax_enable_x64", True)
    peers = (("JAX", jax, jax_hessian), ("CasADi", load("casadi"), casadi_hessian))
    points = [near(0.3, 0.2 + 0.01 * k, size) for k in range(7)]
    rows = []
    for case in HESSIANS:
        for name, module, make in peers:
            if module is None:
                continue
            firsts = take_turns(
                timed(lambda case=case: ours_hessian(case, size)(points[0])),
                timed(lambda case=case, make=make: make(case, size)(points[0])),
                3,
            )
            ours, theirs = ours_hessian(case, size), make(case, size)
            for point in points[:2]:
                assert_same_matrix(ours(point), theirs(point))
            places = iter(points * (pairs + 1))
            further = take_turns(
                timed(lambda ours=ours, places=places: ours(next(places))),
                timed(lambda theirs=theirs, places=places: theirs(next(places))),
                pairs,
            )
            for what, turns in (("first", firsts), ("each after it", further)):
                rows.append([
                    f"{case.name}, {name}: {what}", short(median(turns.ours)), short(median(turns.theirs)),
                    f"{turns.ratio:.3f}", turns.spread,
                ])  # fmt: skip
    if rows:
        print_table(
            f"A Hessian of {size} variables", ["what, and against whom", "ours", "theirs", "ratio", "quartiles"], rows
        )


def assert_same_matrix(ours: Any, theirs: Any) -> None:
    numpy = importlib.import_module("numpy")
    found, expected = numpy.array(ours), numpy.array(theirs.full() if hasattr(theirs, "full") else theirs)
    assert numpy.allclose(found, expected, rtol=1e-10, atol=1e-12 * abs(expected).max()), abs(found - expected).max()


# 3. A network.

PARAMETERS = ("W", "b", "V", "c")
NETWORK_TEXT = "h = {hidden}(X @ W + b); z = h @ V + c; mean(logsumexp(z, axis=1) - sum(Y*z, axis=1))"


def data_of_network(batch: int = 64, width: int = 784, hidden: int = 256, classes: int = 10) -> dict[str, Any]:
    numpy = importlib.import_module("numpy")
    random = numpy.random.default_rng(20_240_501)
    return {
        "X": random.standard_normal((batch, width)),
        "W": random.standard_normal((width, hidden)) / math.sqrt(width),
        "b": 0.1 * random.standard_normal(hidden),
        "V": random.standard_normal((hidden, classes)) / math.sqrt(hidden),
        "c": 0.1 * random.standard_normal(classes),
        "Y": numpy.eye(classes)[random.integers(0, classes, batch)],
    }


def torch_network(torch: Any, data: dict[str, Any], hidden: str, dtype: Any) -> Callable[[], tuple[float, list[Any]]]:
    x = torch.tensor(data["X"], dtype=dtype)
    classes = torch.tensor(data["Y"].argmax(axis=1))
    parameters = [torch.tensor(data[name], dtype=dtype, requires_grad=True) for name in PARAMETERS]

    def run() -> tuple[float, list[Any]]:
        for parameter in parameters:
            parameter.grad = None
        w, b, v, c = parameters
        z = getattr(torch, hidden)(x @ w + b) @ v + c
        loss = torch.nn.functional.cross_entropy(z, classes)
        loss.backward()
        return loss.item(), [parameter.grad for parameter in parameters]

    return run


def compare_networks(pairs: int) -> None:
    torch = load("torch")
    if torch is None:
        return
    torch.set_num_threads(1)
    data = data_of_network()
    rows = []
    for hidden in ("tanh", "relu"):
        formula = Formula(NETWORK_TEXT.format(hidden=hidden))

        def ours(formula: Formula = formula) -> Gradient:
            return formula.gradient(data, wrt=PARAMETERS)

        double, single = (torch_network(torch, data, hidden, dtype) for dtype in (torch.float64, torch.float32))
        loss, gradients = double()
        found = ours()
        assert math.isclose(found.value, loss, rel_tol=1e-12)
        for name, gradient in zip(PARAMETERS, gradients, strict=True):
            assert abs(found.partials[name] - gradient.numpy()).max() < 1e-10, name
        del found, gradients
        for name, theirs, target in (("float64", double, NETWORK), ("float32", single, None)):
            take_turns(timed(ours), timed(theirs), 5)
            gc.collect()
            turns = take_turns(timed(ours), timed(theirs), pairs)
            rows.append([
                f"{hidden}, PyTorch in {name}", short(median(turns.ours)), short(median(turns.theirs)),
                short(min(turns.ours)), short(min(turns.theirs)), f"{turns.ratio:.2f}", turns.spread,
                f"{target:.1f}" if target else NOTHING, verdict(turns.ratio, target) if target else NOTHING,
            ])  # fmt: skip
    print_table(
        f"A network of two layers, forward and backward ({pairs} pairs)",
        ["hidden layer, against", "ours", "theirs", "fastest", "theirs", "ratio", "quartiles", "target", "ok"], rows,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a smoke run: its numbers mean little")
    options = parser.parse_args()
    os.environ.update(ONE_THREAD)
    print_machine()
    compare_gradients((10, 100) if options.quick else (10, 100, 1_000, 10_000), 3 if options.quick else 15)
    compare_hessians(10 if options.quick else 100, 3 if options.quick else 30)
    compare_networks(3 if options.quick else 100)


if __name__ == "__main__":
    main()
