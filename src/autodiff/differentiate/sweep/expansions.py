"""A graph just beside a point: the germ of every node, as one input moves up or down.

Regular operations are composed by the Taylor coefficients that their rows give. Where an argument sits on a singular
point of its function, or at infinity, the function is the integral of its partials, which are formulas of simpler ones.
What cannot be expanded is carried along as the reason why, and matters only where a result needs it.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import mpmath

from autodiff.differentiate.sweep import extended as field
from autodiff.differentiate.sweep.taylor import Series
from autodiff.evaluate import extended, germs
from autodiff.evaluate.germs import Beyond, Germ, NoValue, Undecided
from autodiff.graph.build import build
from autodiff.graph.builder import GraphBuilder
from autodiff.graph.graph import Graph
from autodiff.graph.rules import hands_on, parameters, partial_text, rule, rule_arguments, rule_parameters, value_rule
from autodiff.ops.row import Row
from autodiff.ops.table import BY_NAME

#: What a node is just beside the point: a germ, or why there is none.
Beside = Germ | Undecided | NoValue | Beyond
#: So deep may partials ask for partials.
_DEPTH = 4
#: How many Taylor coefficients are asked for.
_TERMS = 10

_TRUTHS: dict[str, Callable[[int, int], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


def expand(graph: Graph, point: Sequence[float], direction: Mapping[int, float], rate: int) -> list[Beside]:
    """Every node as the inputs move along a direction, or against it for a `rate` of -1."""
    found: list[Beside] = []
    for k, value in enumerate(point):
        speed = direction.get(k, 0.0) * rate
        moves = speed and math.isfinite(speed) and math.isfinite(value)
        exact = extended.exact(value)
        found.append(germs.moving(exact, extended.exact(speed)) if moves else _kept(exact))
    found += [_kept(value) for value in extended.constants(graph)]
    return _run(graph, found, 0)


def _kept(value: Any) -> Beside:
    try:
        return germs.constant(value)
    except (NoValue, Beyond) as reason:
        return reason


def _run(graph: Graph, leaves: list[Beside], depth: int) -> list[Beside]:
    for code, args in zip(graph.codes, graph.args, strict=True):
        leaves.append(_operation(graph.calls[code].row, [leaves[arg] for arg in args], depth))
    return leaves


def _operation(row: Row, args: Sequence[Beside], depth: int) -> Beside:
    try:
        if row.selects:
            return args[1] if _truth(args[0]) else args[2]
        special = _spelled(row, args)
        if special is not None:
            return special
        given = [_germ(arg) for arg in args]
        if all(germ.is_constant for germ in given):
            return germs.constant(field.operation(row, [germ.limit for germ in given]))
        if depth > _DEPTH:
            return Undecided("its partials never end")
        return _of_row(row, given, depth)
    except (Undecided, NoValue, Beyond) as reason:
        return reason
    except (ArithmeticError, ValueError, mpmath.libmp.NoConvergence):
        return Undecided("it could not be computed")


def _germ(arg: Beside) -> Germ:
    if isinstance(arg, Germ):
        return arg
    raise arg


def _truth(arg: Beside) -> bool:
    return True if isinstance(arg, Beyond) else bool(_germ(arg).sign)


def _holds(truth: bool) -> Germ:
    return germs.constant(mpmath.mpf(int(truth)))


def _difference(a: Beside, b: Beside) -> int:
    """The sign of a - b."""
    if isinstance(a, Beyond) and not isinstance(b, Beyond):
        _germ(b)
        return a.sign
    if isinstance(b, Beyond) and not isinstance(a, Beyond):
        _germ(a)
        return -b.sign
    return germs.add(_germ(a), germs.scale(_germ(b), mpmath.mpf(-1))).sign


def _spelled(row: Row, args: Sequence[Beside]) -> Beside | None:
    """The operations that germs are made of; None for any other."""
    if row.shape is not None:
        return Undecided("it has arrays")
    if row.infix in _TRUTHS:
        return _holds(_TRUTHS[row.infix](_difference(args[0], args[1]), 0))
    if row.infix in ("and", "or"):
        truths = (_truth(arg) for arg in args)
        return _holds(all(truths) if row.infix == "and" else any(truths))
    if row.prefix == "not":
        return _holds(not _truth(args[0]))
    spelled = _SPELLED.get(row.infix or row.prefix) or _SPELLED.get(row.name)
    return None if spelled is None else spelled(*args)


def _times(a: Beside, b: Beside) -> Beside:
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Beyond):
            if isinstance(other, Beyond):
                return Beyond(one.sign * other.sign)
            sign = _germ(other).sign
            if not _germ(other).terms and sign:
                raise Undecided("what is beyond all powers meets what is below them")
            return Beyond(one.sign * sign) if sign else Germ({})
    return germs.multiply(_germ(a), _germ(b))


def _plus(a: Beside, b: Beside) -> Beside:
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Beyond):
            if isinstance(other, Beyond) and other.sign != one.sign:
                raise Undecided("two germs beyond all powers are subtracted")
            if not isinstance(other, Beyond):
                _germ(other)
            return one
    return germs.add(_germ(a), _germ(b))


def _minus(a: Beside) -> Beside:
    return Beyond(-a.sign) if isinstance(a, Beyond) else germs.scale(_germ(a), mpmath.mpf(-1))


def _over(a: Beside, b: Beside) -> Beside:
    if isinstance(a, Germ) and isinstance(b, Germ):
        return germs.divide(a, b)
    return _times(a, Germ({}, None, b.sign) if isinstance(b, Beyond) else germs.reciprocal(_germ(b)))


def _exp(a: Beside) -> Beside:
    if isinstance(a, Beyond):
        if a.sign > 0:
            raise Beyond(1)
        return Germ({}, None, 1)
    return germs.exponential(_germ(a))


def _to_the(a: Beside, b: Beside) -> Beside:
    exponent = _germ(b)
    if exponent.is_constant and not isinstance(a, Beyond):
        return germs.power(_germ(a), exponent.limit)
    return _exp(_times(b, germs.logarithm(_germ(a))))


def _largest(*args: Beside) -> Beside:
    best = args[0]
    for arg in args[1:]:
        if _difference(arg, best) > 0:
            best = arg
    return best


def _absolute(a: Beside) -> Beside:
    return Beyond(1) if isinstance(a, Beyond) else _minus(a) if _germ(a).sign < 0 else a


def _cube_root(a: Beside) -> Beside:
    germ = _germ(a)
    third = mpmath.mpf(1) / 3
    if germ.leading is None:
        return germs.power(germ, third)
    lead, order, u = germs.split(germ)
    # A third is no exponent of mpmath's: the power is taken exactly.
    body = germs.compose(lambda k: germs.binomial(third, k), u)
    front = mpmath.sign(lead) * abs(lead) ** third
    shift = order / 3
    return Germ(
        {(e + shift, m): c * front for (e, m), c in body.terms.items()},
        None if body.order is None else body.order + shift,
    )


def _remainder(a: Beside, b: Beside) -> Beside:
    floor = _flat(BY_NAME["floor"][0], [_germ(_over(a, b))])
    return _plus(a, _minus(_times(b, floor)))


_SPELLED: dict[str, Callable[..., Beside]] = {
    "+": _plus, "*": _times, "/": _over, "^": _to_the, "%": _remainder, "exp": _exp, "abs": _absolute,
    "cbrt": _cube_root, "max": _largest,
    "log": lambda a, *base: _over(_log(a), _log(base[0])) if base else _log(a),
    "-": lambda a, b=None: _minus(a) if b is None else _plus(a, _minus(b)),
    "min": lambda *args: _minus(_largest(*map(_minus, args))),
    "sqrt": lambda a: germs.power(_germ(a), mpmath.mpf("0.5")),
    "relu": lambda a: _largest(a, Germ({})),
    "clamp": lambda a, low, high: _minus(_largest(_minus(_largest(a, low)), _minus(high))),
}  # fmt: skip


def _log(a: Beside) -> Germ:
    return germs.logarithm(_germ(a))


def _of_row(row: Row, args: Sequence[Germ], depth: int) -> Beside:
    """Any other operation, by what its row says."""
    arity = len(args)
    if not any(hands_on(row, k) for k in range(arity)):
        return _flat(row, args)
    movers = [k for k, germ in enumerate(args) if not germ.is_constant]
    if any(partial_text(row, k) == "nan" for k in movers):
        raise NoValue
    limits = [germ.limit for germ in args]
    if len(movers) == 1 and all(map(mpmath.isfinite, limits)):
        found = _by_taylor(row, args, limits, movers[0])
        if found is not None:
            return found
    if row.value:
        graph = value_rule(row, row.value, arity)
        return _rule(graph, dict(zip(parameters(row, arity), args, strict=True)), depth + 1)
    return _by_partials(row, args, limits, movers, depth)


def _rule(graph: Graph, given: dict[str, Germ], depth: int) -> Beside:
    leaves: list[Beside] = [given[name] for name in graph.inputs]
    leaves += [_kept(value) for value in extended.constants(graph)]
    return _run(graph, leaves, depth)[graph.outputs[0]]


def _flat(row: Row, args: Sequence[Germ]) -> Germ:
    """An operation that is constant wherever it does not jump: its value a little beside the point."""
    near = [field.operation(row, [_at(germ, mpmath.mpf(10) ** -digits) for germ in args]) for digits in (15, 25)]
    if near[0] != near[1]:
        raise Undecided(f"{row.name} does not settle")
    return germs.constant(near[0])


def _at(germ: Germ, t: Any) -> Any:
    """The germ at a small t."""
    parts = [
        c * t ** (mpmath.mpf(e.numerator) / e.denominator) * mpmath.log(t) ** m for (e, m), c in germ.terms.items()
    ]
    return mpmath.fsum(parts)


def _by_taylor(row: Row, args: Sequence[Germ], limits: Sequence[Any], mover: int) -> Germ | None:
    """The composition with a regular function of one argument; None where it is not regular."""
    graph = _alone(row, len(args))
    values = extended.forward(graph, limits)
    if not mpmath.isfinite(values[-1]) or field.kink(row, range(len(args)), values, [1] * len(args), len(args)):
        return None
    series = Series(field, graph, values, graph.outputs[0], {mover: _TERMS})
    coefficients = [series.derivative((k,)) / mpmath.factorial(k) for k in range(_TERMS + 1)]
    if not all(map(mpmath.isfinite, coefficients)):
        return None
    u = germs.add(args[mover], germs.constant(-limits[mover]))
    first = u.leading[0] if u.leading else u.order
    if first is None:
        # It stays within what is below all powers of where it is.
        return Germ({(germs.ZERO, 0): coefficients[0]}, None, u.flat * int(mpmath.sign(coefficients[1])))
    body = germs.compose(lambda k: coefficients[k] if k <= _TERMS else mpmath.mpf(0), u)
    return Germ(body.terms, min(order for order in (body.order, first * (_TERMS + 1)) if order is not None))


@lru_cache(maxsize=1024)
def _alone(row: Row, arity: int) -> Graph:
    """The graph of one operation."""
    names = [f"x{k}" for k in range(arity)]
    frame = build(" + ".join(names))
    builder = GraphBuilder(frame)
    return builder.finish([builder.node(row, [~k for k in range(arity)], (0, 0))], [""], {})


def _by_partials(
    row: Row, args: Sequence[Germ], limits: Sequence[Any], movers: Sequence[int], depth: int
) -> Germ:  # fmt: skip
    """The integral of the partials, each times the rate of its argument, from the value at the point."""
    start = field.operation(row, limits)
    if not mpmath.isfinite(start):
        raise Undecided(f"{row.name} is not finite at the point")
    parts = []
    for k in movers:
        graph = rule(row, partial_text(row, k), len(args))
        given = dict(zip(rule_parameters(row, len(args)), rule_arguments(row, args, k), strict=True))
        partial = _rule(graph, given, depth + 1)
        product = _times(partial, germs.derivative(args[k]))
        parts.append(_germ(product))
    return germs.add(germs.constant(start), germs.integral(germs.total(parts)))
