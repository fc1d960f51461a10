"""A graph evaluated in balls of FLINT: what comes out contains the value, whatever was rounded on the way.

Everything here works at FLINT's current precision; `precision` sets it. Inputs and numbers are the doubles that they
are read as, names such as pi the true constants, and zeros have no sign.
"""

import math
from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from functools import lru_cache

from autodiff.graph.graph import Graph
from autodiff.graph.rules import partial_of, rule, rule_arguments, rule_parameters, value_rule
from autodiff.ops.kernels.balls import CUTS, FUNCTIONS, NAN, SLOPES_OF, Ball, Doubts, arb, bits_now, holds, hull
from autodiff.ops.kernels.balls import precision as precision
from autodiff.ops.row import Kinked, Row

#: A number beyond 2^65536 is infinite for people, and one below 2^-65536 zero.
_MAGNITUDE = 1 << 16


def ball(low: float, high: float | None = None) -> Ball:
    """A double as it is, or all numbers between two."""
    return arb(low) if high is None or low == high else hull(arb(low), arb(high))


def constants(graph: Graph) -> list[Ball]:
    """The constants of a graph: names are the true constants, and numbers the doubles that they are read as."""
    named = {math.pi: arb.pi(), math.tau: 2 * arb.pi(), math.e: arb.const_e()}
    found = []
    for value, spelling in zip(graph.constants, graph.spellings, strict=True):
        written = spelling[-1].isdigit() or spelling[-1] == "."
        found.append(arb(value) if written else named.get(value, arb(value)))
    return found


def forward(graph: Graph, inputs: Sequence[Ball]) -> list[Ball]:
    """The value of every node."""
    values = [*inputs, *constants(graph)]
    functions = [function(row, arity) for row, arity in graph.calls]
    for code, args in zip(graph.codes, graph.args, strict=True):
        values.append(functions[code](*[values[arg] for arg in args]))
    return values


@lru_cache(maxsize=1024)
def function(row: Row, arity: int) -> Callable[..., Ball]:
    """The function that `row` computes, of `arity` balls; of what has none nothing is known."""
    if row.library is None:
        found = FUNCTIONS.get((row.name, arity)) or FUNCTIONS.get((row.name, -1))
        if found is not None:
            return found
    if row.value:
        return lambda *args: evaluate_rule(row, row.value, args)
    return lambda *args: NAN


def partial(row: Row, argument: int, args: Sequence[Ball]) -> Ball:
    """The partial derivative of `row` by one of its arguments: on a kink, everything between its two sides."""
    if row.library is None and row.name in SLOPES_OF:
        return SLOPES_OF[row.name](args, argument)
    found = partial_of(row, argument)
    if not isinstance(found, Kinked):
        return evaluate_rule(row, found, args, argument)
    left, right = (evaluate_rule(row, text, args, argument) for text in found[:2])
    if not left.overlaps(right):
        Doubts.count += 1
    return hull(left, right)


def evaluate_rule(row: Row, text: str, args: Sequence[Ball], argument: int = 0) -> Ball:
    """A formula of `row` at `args`."""
    graph, places = _prepare(row, text, len(args))
    given = rule_arguments(row, args, argument)
    return forward(graph, [given[place] for place in places])[graph.outputs[0]]


@lru_cache(maxsize=4096)
def _prepare(row: Row, text: str, arity: int) -> tuple[Graph, list[int]]:
    names = rule_parameters(row, arity)
    graph = value_rule(row, text, arity) if text == row.value else rule(row, text, arity)
    return graph, [names.index(name) for name in graph.inputs]


def used(graph: Graph, values: Sequence[Ball], output: int) -> bytearray:
    """1 where the output uses a node; a conditional that is decided uses only the branch that it chooses."""
    flags = bytearray(len(graph))
    flags[output] = 1
    for node in range(output, graph.base - 1, -1):
        if not flags[node]:
            continue
        args = graph.args[node - graph.base]
        if graph.row(node).selects:
            condition, first, second = args
            if holds(values[condition]) or values[condition].is_zero():
                args = (condition, second if values[condition].is_zero() else first)
        for arg in args:
            flags[arg] = 1
    return flags


def jumps(graph: Graph, values: Sequence[Ball], node: int) -> bool:
    """Whether it cannot be excluded that an operation jumps at some point of its arguments."""
    row, args = graph.row(node), [values[arg] for arg in graph.args[node - graph.base]]
    if row.selects:
        return not (holds(args[0]) or args[0].is_zero())
    if row.library is None and row.name in CUTS:
        return CUTS[row.name](args)
    if row.library is not None:
        # The value of an operation of a user may turn anywhere: whether it does close by.
        before, near = Doubts.count, arb(0, arb(2) ** -(bits_now() // 2))
        function(row, len(args))(*[arg + near for arg in args])
        return Doubts.count != before
    return bool(row.jump) and not evaluate_rule(row, row.jump, args).is_zero()


class Interval:
    """All numbers from `low` to `high`, which are decimals, rounded outwards."""

    __slots__ = ("bits", "high", "low")

    def __init__(self, found: Ball) -> None:
        #: How many bits of the number are known: 0 for none.
        self.bits = max(0, int(found.rel_accuracy_bits())) if found.is_finite() else 0
        digits = min(self.digits, 1000) + 20
        self.low = _decimal(found.lower(), digits, ROUND_FLOOR)
        self.high = _decimal(found.upper(), digits, ROUND_CEILING)

    @classmethod
    def between(cls, low: float, high: float) -> "Interval":
        """From one double to another, either of which may be infinite."""
        ends = [arb(x) if math.isfinite(x) else arb.pos_inf() if x > 0 else arb.neg_inf() for x in (low, high)]
        made = cls(hull(*ends))
        made.low, made.high = Decimal(low), Decimal(high)
        return made

    @property
    def digits(self) -> int:
        """How many significant decimal digits are known; as many as one likes where the number is exact."""
        return int(min(self.bits, 1 << 20) * math.log10(2))

    @property
    def is_exact(self) -> bool:
        return self.low == self.high

    @property
    def is_finite(self) -> bool:
        return self.low.is_finite() and self.high.is_finite()

    @property
    def lower(self) -> float:
        """A double that is not above any number of the interval."""
        found = float(self.low)
        return math.nextafter(found, -math.inf) if Decimal(found) > self.low else found

    @property
    def upper(self) -> float:
        """A double that is not below any number of the interval."""
        found = float(self.high)
        return math.nextafter(found, math.inf) if Decimal(found) < self.high else found

    def ends(self, digits: int) -> tuple[str, str]:
        """The ends with so many significant digits, rounded outwards."""
        low = Context(prec=digits, rounding=ROUND_FLOOR).plus(self.low)
        return _spelled(low), _spelled(Context(prec=digits, rounding=ROUND_CEILING).plus(self.high))

    def __contains__(self, number: object) -> bool:
        return self.low <= (number if isinstance(number, Decimal) else Decimal(number)) <= self.high  # type: ignore[arg-type]

    def __repr__(self) -> str:
        low, high = self.ends(17)
        return f"[{low}, {high}]"


def _decimal(end: Ball, digits: int, rounding: str) -> Decimal:
    """An end of a ball as a decimal, rounded outwards."""
    outwards = Decimal("Infinity" if rounding == ROUND_CEILING else "-Infinity")
    if not end.is_finite():
        return -outwards if (end > 0 if rounding == ROUND_FLOOR else end < 0) else outwards
    mantissa, exponent = map(int, end.man_exp())
    size = mantissa.bit_length() + exponent
    positive, up = mantissa > 0, rounding == ROUND_CEILING
    context = Context(prec=digits, rounding=rounding, Emin=-(10**6), Emax=10**6)
    if mantissa and abs(size) > _MAGNITUDE:
        far = (Decimal(10) if size > 0 else Decimal("0.1")) ** (_MAGNITUDE // 4)
        if size > 0:
            return outwards if positive == up else (far if positive else -far)
        return (far if positive else -far) if positive == up else Decimal(0)
    if exponent >= 0:
        return context.create_decimal(mantissa << exponent)
    return context.divide(Decimal(mantissa), Decimal(1 << -exponent))


def _spelled(number: Decimal) -> str:
    if not number.is_finite():
        return "inf" if number > 0 else "-inf"
    if not number:
        return "0"
    text = f"{number.normalize():f}" if -5 < number.adjusted() < 17 else f"{number.normalize():e}"
    return text.replace("e+", "e")
