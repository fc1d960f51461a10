"""Formulas in the normal form in which like parts meet: sums of products of powers, every part once.

What is made here is simple already: numbers are folded as fractions, a base has one power in a product, a product one
coefficient in a sum. The methods apply their rules to any number
of operands. A rule that would give a formula values on an interval where it has none applies only
where the formula that is differentiated, too, is undefined there: what that one takes a root or a logarithm of is
`positive`, and what it computes anyway is assured.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache

from autodiff.differentiate.derive.identities import SQUARES
from autodiff.differentiate.derive.normal_form import Applied, Exponent, Leaf, Node, Power, Product, Sum
from autodiff.errors import LimitError
from autodiff.graph.build import build
from autodiff.graph.graph import Graph
from autodiff.ops.row import Row
from autodiff.ops.table import INFIX, PREFIX
from autodiff.syntax.tokens import NUMBER_START

ADD, SUB, MUL, DIV, POW = (INFIX[symbol] for symbol in "+-*/^")
NEG, ROOT = PREFIX["-"], PREFIX["√"]
ONE, HALF = Fraction(1), Fraction(1, 2)
#: A number that is so fine and so long keeps its digits, and one out of this range stays out of coefficients.
_FINEST, _LONGEST = 10**6, 14
_RANGE = Fraction(10) ** 200
#: Sums and products with more parts than the first are parts themselves; once so many parts have been moved, with more
#: than the second, as a long chain of them would take the square of its length.
_WIDE, _NARROW, _PATIENCE = 1000, 8, 50_000
#: A product is multiplied out as long as the sum has no more terms than this.
_MOST_TERMS = 2000


class _Refused(Exception):
    """A rule that would give a formula values where it has none."""


@lru_cache(maxsize=1)
def _squares() -> dict[Row, Graph]:
    """What the square of an operation is, as a formula of its arguments."""
    found = {}
    for identity in SQUARES:
        pattern = build(identity.pattern)
        (base, _) = pattern.args[pattern.outputs[0] - pattern.base]
        row, args = pattern.row(base), pattern.args[base - pattern.base]
        found[row] = build(identity.result, tuple(pattern.inputs[arg] for arg in args))
    return found


class Algebra:
    """The nodes that have been made. A node is called by its number, and stands after what it is made of."""

    def __init__(self, *, expands: bool = False, most: int = 10**9) -> None:
        #: Whether products with the sums that are no `bases` are multiplied out.
        self.expands, self.most = expands, most
        self.nodes: list[Node] = []
        self._moved, self._patience = 0, _PATIENCE * (100 if expands else 1)
        self._known: dict[object, int] = {}
        self._defined = bytearray()
        self.positive: set[int] = set()
        self.bases: set[int] = set()
        self.one = self.number(ONE)

    def _intern(self, key: object, node: Node) -> int:
        ref = self._known.get(key)
        if ref is None:
            if len(self.nodes) > self.most:
                raise LimitError("too-large", "the formula is too long", hint="ask for a lower order")
            ref = self._known[key] = len(self.nodes)
            self.nodes.append(node)
            self._defined.append(self._is_defined(node))
        return ref

    # -- leaves and operations

    def number(self, value: Fraction) -> int:
        return self._intern((Fraction, value), value)

    def leaf(self, number: int, value: float | None, spelling: str) -> int:
        return self._intern((Leaf, number), Leaf(number, value, spelling))

    def applied(self, row: Row, args: Sequence[int]) -> int:
        """An operation that stays as it is."""
        node = Applied(row, tuple(args))
        return self._intern((Applied, *node), node)

    def literal(self, value: float, spelling: str) -> Fraction | None:
        """The number that a constant is, with all its digits; None for one that keeps its name or its spelling."""
        if not math.isfinite(value) or spelling.lstrip("-")[:1] not in NUMBER_START:
            return None
        whole = spelling.isascii() and spelling.isdigit() and len(spelling) < 100
        exact = Fraction(spelling if whole else repr(value))
        odd = exact.denominator > _FINEST and len(repr(value)) > _LONGEST
        return None if odd or (exact and not 1 / _RANGE < abs(exact) < _RANGE) else exact

    def as_number(self, ref: int) -> Fraction | None:
        node = self.nodes[ref]
        return node if isinstance(node, Fraction) else None

    def as_product(self, ref: int) -> Product:
        node = self.nodes[ref]
        if isinstance(node, Product):
            return node
        return Product(node, ()) if isinstance(node, Fraction) else Product(ONE, ((ref, ONE),))

    def is_open(self, parts: Sequence[object]) -> bool:
        """Whether a sum or a product of these parts is taken apart in another."""
        return len(parts) <= (_WIDE if self._moved < self._patience else _NARROW)

    # -- where formulas are defined

    def defined(self, ref: int) -> bool:
        """Whether a part may go without a trace: it is undefined at single points at most, or where all else is."""
        return bool(self._defined[ref])

    def assure(self, ref: int) -> None:
        """The formula that is differentiated is undefined wherever this part is."""
        self._defined[ref] = 1

    def _is_defined(self, node: Node) -> bool:
        if isinstance(node, Applied):
            narrow = "<" in node.row.domain or ">" in node.row.domain
            whole = not narrow or node.row.domain == "abs(x) < inf"
            return whole and all(self.defined(arg) for arg in node.args)
        if isinstance(node, Product):
            return all(self.defined(base) and (_whole(power) or self.is_positive(base)) for base, power in node.powers)
        if isinstance(node, Sum):
            return all(self.defined(term) for term, _ in node.terms)
        return not isinstance(node, Leaf) or node.value is None or math.isfinite(node.value)

    def is_positive(self, ref: int) -> bool:
        """Whether a part is known to be at least 0 wherever the formula is defined."""
        node = self.nodes[ref]
        if ref in self.positive:
            return True
        if isinstance(node, Fraction):
            return node >= 0
        if isinstance(node, Leaf):
            return node.value is not None and node.value >= 0
        if isinstance(node, Product):
            return node.coefficient > 0 and all(self._is_even(base, power) for base, power in node.powers)
        if isinstance(node, Sum):
            return all(weight > 0 and self._is_even_term(term) for term, weight in node.terms)
        return False

    def _is_even_term(self, ref: int) -> bool:
        coefficient, powers = self.as_product(ref)
        return coefficient > 0 and all(self._is_even(base, power) for base, power in powers)

    def _is_even(self, base: int, power: Power) -> bool:
        even = isinstance(power, Fraction) and (power % 2 == 0 or power.denominator > 1)
        return even or base in self.positive or (isinstance(node := self.nodes[base], Leaf) and (node.value or -1) > 0)

    # -- products

    def multiply(self, *refs: int) -> int:
        """The product of nodes."""
        try:
            return self._multiply([(ref, ONE) for ref in refs])
        except _Refused:
            found = refs[0]
            for ref in refs[1:]:
                found = self.applied(MUL, (found, ref))
            return found

    def divide(self, above: int, below: int) -> int:
        try:
            return self._multiply([(above, ONE), (below, -ONE)])
        except _Refused:
            return self.applied(DIV, (above, below))

    def power(self, base: int, exponent: int) -> int:
        """A node to the power of another."""
        number = self.as_number(exponent)
        try:
            return self._multiply([(base, Exponent(exponent) if number is None else number)])
        except _Refused:
            return self.applied(POW, (base, exponent))

    def _multiply(self, parts: Iterable[tuple[int, Power]]) -> int:
        coefficient, powers = ONE, dict[int, Power]()
        waiting = list(parts)[::-1]
        while waiting:
            base, power = waiting.pop()
            node: Node | None = self.nodes[base]
            if isinstance(node, Product):
                self._moved += len(node.powers)
            if isinstance(node, Product) and not self.is_open(node.powers):
                node = None
            if isinstance(node, Fraction) and isinstance(power, Fraction) and power.denominator == 1:
                coefficient = self._times(coefficient, self._number_power(node, int(power)))
            elif isinstance(node, Product) and power == ONE:
                coefficient = self._times(coefficient, node.coefficient)
                waiting.extend(node.powers[::-1])
            elif isinstance(node, Product) and isinstance(power, Fraction) and power.denominator == 1:
                coefficient = self._times(coefficient, self._number_power(node.coefficient, int(power)))
                waiting.extend((inner, self._scaled(inner, exponent, power)) for inner, exponent in node.powers[::-1])
            elif isinstance(node, Product) and (merged := self._merged(node, power)) is not None:
                waiting.append(merged)
            elif self._add_power(powers, base, power):
                whole = powers.pop(base)
                if whole:
                    waiting.extend(self._reopened(base, whole))
        return self.product(coefficient, powers)

    def _times(self, one: Fraction, other: Fraction) -> Fraction:
        found = one * other
        if found and not 1 / _RANGE < abs(found) < _RANGE:
            raise _Refused
        return found

    def _number_power(self, number: Fraction, power: int) -> Fraction:
        if power == 1:
            return number
        if not number and power < 0:
            raise _Refused
        if abs(power) * max(abs(number.numerator), number.denominator).bit_length() > 200:
            raise _Refused
        return number**power

    def _scaled(self, base: int, exponent: Power, power: Fraction) -> Power:
        """The exponent of a power of a power."""
        if isinstance(exponent, Fraction):
            found = exponent * power
            if found.denominator == 1 and exponent.denominator > 1 and not self.is_positive(base):
                raise _Refused
            return found
        if not self.is_positive(base):
            raise _Refused
        return Exponent(self.multiply(exponent.ref, self.number(power)))

    def _merged(self, node: Product, power: Power) -> tuple[int, Power] | None:
        """`(x^a)^b` as one power, where x is not negative anyway."""
        if node.coefficient != 1 or len(node.powers) != 1:
            return None
        ((base, exponent),) = node.powers
        if not isinstance(exponent, Fraction) or not isinstance(power, Fraction):
            return None
        if self.is_positive(base) or (exponent.denominator > 1 and (exponent * power).denominator > 1):
            return base, exponent * power
        return None

    def _add_power(self, powers: dict[int, Power], base: int, power: Power) -> bool:
        """Add to the exponent of a base; whether the base, with its power, is now to be looked at again."""
        before = powers.get(base)
        if before is None:
            powers[base] = power
        elif isinstance(before, Fraction) and isinstance(power, Fraction):
            found = before + power
            broken = before.denominator > 1 or power.denominator > 1
            if broken and found.denominator == 1 and not self.is_positive(base):
                raise _Refused
            if not found and not self.defined(base):
                raise _Refused
            powers[base] = found
        else:
            if not (_whole(before) or _whole(power)) and not self.is_positive(base):
                raise _Refused
            refs = [self.number(one) if isinstance(one, Fraction) else one.ref for one in (before, power)]
            total = self.total([(ref, ONE) for ref in refs])
            number = self.as_number(total)
            if number is not None and not self.is_positive(base):
                raise _Refused
            powers[base] = Exponent(total) if number is None else number
        found_power = powers[base]
        if not isinstance(found_power, Fraction):
            return False
        node = self.nodes[base]
        composed = isinstance(node, Fraction) or (isinstance(node, Product) and self.is_open(node.powers))
        composed = composed and found_power.denominator == 1
        squared = isinstance(node, Applied) and node.row in _squares() and found_power % 2 == 0
        return not found_power or composed or squared

    def _reopened(self, base: int, power: Power) -> list[tuple[int, Power]]:
        """The power of a base that is a product itself, or whose square is known."""
        node = self.nodes[base]
        if not isinstance(node, Applied):
            return [(base, power)]
        assert isinstance(power, Fraction)
        return [(self.copied(_squares()[node.row], node.args), power / 2)]

    def product(self, coefficient: Fraction, powers: Mapping[int, Power]) -> int:
        """The node of a coefficient and of powers that are simple."""
        if not coefficient:
            if all(self.defined(base) for base in powers):
                return self.number(coefficient)
            raise _Refused
        if not powers:
            return self.number(coefficient)
        if coefficient == 1 and len(powers) == 1:
            ((base, power),) = powers.items()
            if power == ONE:
                return base
        ordered = tuple(sorted(powers.items()))
        return self._intern((Product, coefficient, ordered), Product(coefficient, ordered))

    # -- sums

    def total(self, parts: Iterable[tuple[int, Fraction]], *, last: bool = False) -> int:
        """The sum of nodes, each with its weight; `last` puts a number behind the rest."""
        found: dict[int, Fraction] = {}
        for ref, weight in parts:
            for term, scale in self.terms(ref):
                found[term] = found.get(term, Fraction(0)) + weight * scale
        return self._sum(self._absorbed(found), last)

    def terms(self, ref: int) -> list[tuple[int, Fraction]]:
        """A node as terms with weights."""
        node = self.nodes[ref]
        if isinstance(node, Sum):
            self._moved += len(node.terms)
            return list(node.terms) if self.is_open(node.terms) else [(ref, ONE)]
        if isinstance(node, Fraction):
            return [(self.one, node)]
        if isinstance(node, Product):
            term = self.product(ONE, dict(node.powers))
            inner = self.nodes[term]
            if isinstance(inner, Sum) and self.is_open(inner.terms):
                return [(one, node.coefficient * weight) for one, weight in inner.terms]
            return [(term, node.coefficient)]
        return [(ref, ONE)]

    def _absorbed(self, terms: dict[int, Fraction]) -> dict[int, Fraction]:
        """Products with a sum are multiplied out where that makes terms meet, or where everything is."""
        for term in list(terms):
            node = self.nodes[term]
            if not isinstance(node, Product):
                continue
            sums = [base for base, power in node.powers if power == ONE and isinstance(self.nodes[base], Sum)]
            if len(sums) != 1:
                continue
            inner = self.nodes[sums[0]]
            assert isinstance(inner, Sum)
            rest = [(base, power) for base, power in node.powers if base != sums[0]]
            everything = self.expands and sums[0] not in self.bases and len(inner.terms) + len(terms) < _MOST_TERMS
            if not everything and len(inner.terms) > 8:
                continue
            try:
                spread = [(self._multiply([*rest, (one, ONE)]), weight) for one, weight in inner.terms]
            except _Refused:
                continue
            weight, tried = terms[term], dict(terms)
            del tried[term]
            for ref, scale in spread:
                for one, other in self.terms(ref):
                    tried[one] = tried.get(one, Fraction(0)) + weight * scale * other
            if everything or sum(map(bool, tried.values())) <= sum(map(bool, terms.values())):
                terms = tried
        return terms

    def _sum(self, terms: Mapping[int, Fraction], last: bool = False) -> int:
        kept = {term: weight for term, weight in terms.items() if weight or not self.defined(term)}
        if last and self.one in kept:
            kept[self.one] = kept.pop(self.one)
        if any(weight and not 1 / _RANGE < abs(weight) < _RANGE for weight in kept.values()):
            kept = dict(terms)
        if not kept:
            return self.number(Fraction(0))
        if len(kept) == 1:
            ((term, weight),) = kept.items()
            coefficient, powers = self.as_product(term)
            if weight:
                return self.product(coefficient * weight, dict(powers))
        key = (Sum, frozenset(kept.items()))
        opposite = (Sum, frozenset((term, -weight) for term, weight in kept.items()))
        if key not in self._known and opposite in self._known:
            return self.product(-ONE, {self._known[opposite]: ONE})
        return self._intern(key, Sum(tuple(kept.items())))

    # -- operations

    def make(self, row: Row, args: Sequence[int]) -> int:
        """An operation on nodes."""
        if row is ADD or row is SUB:
            return self.total([(args[0], ONE), (args[1], ONE if row is ADD else -ONE)])
        if row is MUL:
            return self.multiply(*args)
        if row is DIV:
            return self.divide(*args)
        if row is POW:
            return self.power(*args)
        if row is NEG:
            return self.multiply(self.number(-ONE), args[0])
        if row is ROOT:
            return self.power(args[0], self.number(HALF))
        return self.applied(row, args)

    def copied(self, formula: Graph, args: Sequence[int]) -> int:
        """A formula of the table, of these nodes."""
        refs = [*args, *(self.number(Fraction(repr(value))) for value in formula.constants)]
        for _, row, inner in formula.operations():
            refs.append(self.make(row, [refs[arg] for arg in inner]))
        return refs[formula.outputs[0]]


def _whole(power: Power) -> bool:
    return isinstance(power, Fraction) and power.denominator == 1
