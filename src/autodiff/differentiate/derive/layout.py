"""Normal forms as people write them: common factors in front, one quotient, and what is best known first."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import gcd, lcm

from autodiff.differentiate.derive.algebra import ADD, DIV, HALF, MUL, NEG, ONE, POW, ROOT, SUB, Algebra
from autodiff.differentiate.derive.normal_form import Applied, Exponent, Leaf, Power, Product, Sum
from autodiff.graph.builder import GraphBuilder
from autodiff.graph.graph import Graph
from autodiff.ops.row import Row

#: A sum of more terms than this is searched for common factors in one way only.
_FEW = 40
#: A common factor that is a plain name must save more characters than this.
_WORTH = 2
#: A power below this, of a sum of at most so many terms, is multiplied out to see whether that is shorter.
_MOST_OPENED, _SHORT_SUM = 24, 3
#: A whole number beyond this is written as the nearest double, and so is a fraction of parts beyond that.
_MOST_DIGITS, _LARGEST = 10**40, 10**15
#: A decimal that is longer than this is written as a fraction.
_LONGEST = 12


class Layout:
    def __init__(self, graph: Graph, algebra: Algebra) -> None:
        self.graph, self.algebra = graph, algebra
        self.decimal = any(_is_decimal(spelling) for spelling in graph.spellings)
        self.lengths: dict[int, int] = {}
        self.builder = GraphBuilder(graph)
        self.place, self.start = (0, 0), 0
        #: The reference in the builder of each node, and of each operation.
        self.written: dict[int, int] = {}
        self.operations: dict[tuple[Row, tuple[int, ...]], int] = {}

    def write(self, outputs: list[int], called: Sequence[str], names: Mapping[int, str], *, factors: bool) -> Graph:
        """The graph of the outputs, which are `called` so; `names` are what the text calls some parts."""
        graph = self.graph
        if graph.outputs:
            first, last = graph.places
            self.place = first[graph.outputs[-1]], last[graph.outputs[-1]]
        self.algebra.expands = False
        self.start = len(self.algebra.nodes)
        if factors:
            found = self.presented(outputs)
            outputs = [found[ref] for ref in outputs]
            names = {found.get(ref, ref): name for ref, name in names.items()}
        for ref in self.needed(outputs):
            self.written[ref] = self.spell(ref)
        labels = {self.written[ref]: name for ref, name in names.items() if ref in self.written}
        return self.builder.finish([self.written[ref] for ref in outputs], called, labels)

    def needed(self, outputs: Iterable[int]) -> list[int]:
        """What the outputs are made of, parts first."""
        nodes = self.algebra.nodes
        flags = bytearray(len(nodes))
        for ref in outputs:
            flags[ref] = 1
        for ref in range(len(nodes) - 1, -1, -1):
            if flags[ref]:
                for part in _parts(nodes[ref]):
                    flags[part] = 1
        return [ref for ref, flag in enumerate(flags) if flag]

    # -- factors

    def presented(self, outputs: list[int]) -> dict[int, int]:
        """For all parts of the outputs the same ones, in whose sums common factors stand in front."""
        algebra, found = self.algebra, dict[int, int]()
        for ref in self.needed(outputs):
            node = algebra.nodes[ref]
            if isinstance(node, Applied):
                found[ref] = algebra.applied(node.row, [found[arg] for arg in node.args])
            elif isinstance(node, Product):
                found[ref] = self.reduced(algebra.number(node.coefficient), [
                    algebra.power(found[b], algebra.number(p) if isinstance(p, Fraction) else found[p.ref])
                    for b, p in node.powers
                ])  # fmt: skip
            elif isinstance(node, Sum):
                found[ref] = self.factored(algebra.total([(found[term], weight) for term, weight in node.terms]))
            else:
                found[ref] = ref
        return found

    def reduced(self, coefficient: int, powers: list[int]) -> int:
        """A product whose number cancels against those in its sums: 1/(x + 2) for 2/(2*x + 4)."""
        algebra = self.algebra
        whole = algebra.multiply(coefficient, *powers)
        node = algebra.nodes[whole]
        if not isinstance(node, Product) or abs(node.coefficient) == 1:
            return whole
        for base, power in node.powers:
            if not isinstance(power, Fraction) or power.denominator > 1 or not isinstance(algebra.nodes[base], Sum):
                continue
            content, rest = self.content(base)
            if content != 1:
                given = [(other, exponent) for other, exponent in node.powers if other != base]
                tried = algebra.multiply(
                    algebra.product(node.coefficient, dict(given)),
                    algebra.number(content**int(power)), algebra.power(rest, algebra.number(power)),
                )  # fmt: skip
                whole = min(whole, tried, key=self.length)
        return whole

    def content(self, ref: int) -> tuple[Fraction, int]:
        """The number that all terms of a sum have in common, and the rest."""
        node = self.algebra.nodes[ref]
        assert isinstance(node, Sum)
        weights = [weight for _, weight in node.terms]
        common = Fraction(gcd(*[weight.numerator for weight in weights]), lcm(*[one.denominator for one in weights]))
        if all(weight < 0 for weight in weights):
            common = -common
        if common in (0, 1) or (self.decimal and common.denominator > 1):
            return ONE, ref
        return common, self.algebra.total([(term, weight / common) for term, weight in node.terms])

    def factored(self, ref: int) -> int:
        """A sum, with its common factors in front where that is shorter."""
        algebra = self.algebra
        node = algebra.nodes[ref]
        if not isinstance(node, Sum):
            return ref
        candidates = []
        content, rest = self.content(ref)
        if content.denominator > 1 or content == -1:
            candidates.append((algebra.product(content, {rest: ONE}), -1))
        for common in self.common(node):
            factor = algebra.product(ONE, common)
            plain = all(isinstance(algebra.nodes[base], Leaf) and power == ONE for base, power in common.items())
            parts = [(algebra.divide(term, factor), weight) for term, weight in node.terms]
            for rest in {algebra.total(parts, last=True), algebra.total(self.opened(parts), last=True)}:
                number, inner = self.content(rest) if isinstance(algebra.nodes[rest], Sum) else (ONE, rest)
                candidates.append((algebra.multiply(algebra.number(number), factor, inner), _WORTH * plain))
        best = ref
        for candidate, worth in candidates:
            if self.length(candidate) + worth < self.length(best):
                best = candidate
        return best

    def opened(self, parts: list[tuple[int, Fraction]]) -> list[tuple[int, Fraction]]:
        """Terms in which powers of short sums are multiplied out."""
        algebra = self.algebra
        found: list[tuple[int, Fraction]] = []
        for term, weight in parts:
            coefficient, powers = algebra.as_product(term)
            expanded = {algebra.one: weight * coefficient}
            for base, power in powers:
                node = algebra.nodes[base]
                if isinstance(node, Sum) and isinstance(power, Fraction) and power in range(1, _MOST_OPENED):
                    factors = [node.terms] * int(power) if len(node.terms) <= _SHORT_SUM else [((base, ONE),)]
                else:
                    factors = [((algebra.product(ONE, {base: power}), ONE),)]
                for factor in factors:
                    expanded = self.spread(expanded, factor)
            found.extend(expanded.items())
        return found

    def spread(self, terms: dict[int, Fraction], factor: Iterable[tuple[int, Fraction]]) -> dict[int, Fraction]:
        found: dict[int, Fraction] = {}
        for term, weight in terms.items():
            for other, scale in factor:
                product = self.algebra.as_product(self.algebra.multiply(term, other))
                key = self.algebra.product(ONE, dict(product.powers))
                found[key] = found.get(key, Fraction(0)) + weight * scale * product.coefficient
        return found

    def common(self, node: Sum) -> list[dict[int, Power]]:
        """What may stand in front of a sum: what all its terms have, and the denominator that they have together."""
        algebra = self.algebra
        terms = [dict(algebra.as_product(term).powers) for term, _ in node.terms]
        shared: dict[int, Power] = {}
        below: dict[int, Power] = {}
        for base in {base: None for term in terms for base in term}:
            symbols, numbers = zip(*[self.parted(term.get(base, Fraction(0))) for term in terms], strict=True)
            if any(symbol != symbols[0] for symbol in symbols):
                continue
            least, most = min(numbers), max(numbers)
            if symbols[0] is not None:
                parts = [(symbols[0], ONE), (algebra.one, least)]
                shared[base] = below[base] = Exponent(algebra.total(parts))
            elif least > 0:
                shared[base] = below[base] = least
            elif least < 0:
                below[base] = least
                if most < 0:
                    shared[base] = most
        found = [shared] if shared else []
        if below and below != shared and len(terms) <= _FEW:
            found.append(below)
        return found

    def parted(self, power: Power) -> tuple[int | None, Fraction]:
        """An exponent as what is no number, and the number beside it: n and -1 of n - 1."""
        if isinstance(power, Fraction):
            return None, power
        number = dict(self.algebra.terms(power.ref)).get(self.algebra.one, Fraction(0))
        return self.algebra.total([(power.ref, ONE), (self.algebra.one, -number)]), number

    # -- lengths

    def length(self, ref: int) -> int:
        """About how many characters a node takes."""
        waiting = [ref]
        while waiting:
            top = waiting[-1]
            if top in self.lengths:
                waiting.pop()
                continue
            missing = [part for part in _parts(self.algebra.nodes[top]) if part not in self.lengths]
            if missing:
                waiting.extend(missing)
            else:
                self.lengths[top] = min(self._length(top), 10**9)
                waiting.pop()
        return self.lengths[ref]

    def _length(self, ref: int) -> int:
        node = self.algebra.nodes[ref]
        if isinstance(node, Fraction):
            return len(_spelled(node))
        if isinstance(node, Leaf):
            return len(node.spelling)
        if isinstance(node, Applied):
            inner = sum(self.lengths[arg] + 2 for arg in node.args)
            return inner + (1 if node.row.infix or node.row.prefix else len(node.row.name))
        if isinstance(node, Sum):
            signs = 3 * (len(node.terms) - 1)
            return signs + sum(self._of_product(weight, self._powers(term)) for term, weight in node.terms)
        return self._of_product(node.coefficient, node.powers)

    def _powers(self, ref: int) -> tuple[tuple[int, Power], ...]:
        return self.algebra.as_product(ref).powers

    def _of_product(self, coefficient: Fraction, powers: Iterable[tuple[int, Power]]) -> int:
        """The characters of a product."""
        above: list[int] = []
        below: list[int] = []
        for base, power in powers:
            size = self.lengths[base] if base in self.lengths else self.length(base)
            if isinstance(power, Fraction):
                size += 2 * isinstance(self.algebra.nodes[base], Sum)
                size += {1: 0, HALF: 6}.get(abs(power), 1 + len(_spelled(abs(power))))
            else:
                size += self.length(power.ref) + 3
            (below if isinstance(power, Fraction) and power < 0 else above).append(size)
        numerator, denominator = abs(coefficient.numerator), coefficient.denominator
        if numerator != 1 or not above:
            above.append(len(str(numerator)))
        if denominator != 1:
            below.append(len(str(denominator)))
        size = sum(above) + len(above) - 1 + (coefficient < 0)
        return size + sum(below) + len(below) + 2 * (len(below) > 1)

    # -- writing

    def node(self, row: Row, *args: int) -> int:
        key = (row, args)
        if key not in self.operations:
            self.operations[key] = self.builder.node(row, args, self.place)
        return self.operations[key]

    def constant(self, value: Fraction) -> int:
        """A number that is not negative, as people write it: 3, 0.3, 1/3."""
        if self.is_short(value):
            text = _decimal(value)
            return self.builder.constant(float(value), text, self.place)
        if max(value.numerator, value.denominator) >= _LARGEST:
            return self.builder.constant(float(value), repr(float(value)), self.place)
        above, below = (self.constant(Fraction(part)) for part in (value.numerator, value.denominator))
        return self.node(DIV, above, below)

    def is_short(self, value: Fraction) -> bool:
        """Whether a number is written without a quotient."""
        if value.denominator == 1:
            return abs(value) < _MOST_DIGITS
        return self.decimal and len(_decimal(value)) <= _LONGEST and Fraction(_decimal(value)) == value

    def signed(self, value: Fraction) -> int:
        if value >= 0:
            return self.constant(value)
        if self.is_short(value):
            return self.builder.constant(float(value), _decimal(value), self.place)
        return self.node(NEG, self.constant(-value))

    def spell(self, ref: int) -> int:
        node = self.algebra.nodes[ref]
        if isinstance(node, Fraction):
            return self.signed(node)
        if isinstance(node, Leaf):
            if node.value is None:
                return ~node.number
            return self.builder.constant(node.value, node.spelling, self.place)
        if isinstance(node, Applied):
            return self.node(node.row, *[self.written[arg] for arg in node.args])
        if isinstance(node, Product):
            ((base, power), *more) = node.powers
            inner = self.algebra.nodes[base]
            if node.coefficient == -1 and not more and power == ONE and isinstance(inner, Sum):
                # y - x for -(x - y).
                return self.sum([(term, -weight) for term, weight in inner.terms])
            magnitude = self.quotient(abs(node.coefficient), node.powers)
            return self.node(NEG, magnitude) if node.coefficient < 0 else magnitude
        return self.sum(self.ordered(node) if ref >= self.start else node.terms)

    def ordered(self, node: Sum) -> tuple[tuple[int, Fraction], ...]:
        """The terms of a polynomial, highest power first."""
        degrees: dict[int, Fraction] = {}
        for term, _ in node.terms:
            powers = self.algebra.as_product(term).powers
            degree = powers[0][1] if powers else Fraction(0)
            if isinstance(degree, Exponent):
                return node.terms
            degrees[term] = degree
        bases = {base for term, _ in node.terms for base, _ in self.algebra.as_product(term).powers}
        if len(bases) > 1:
            return node.terms
        return tuple(sorted(node.terms, key=lambda item: -degrees[item[0]]))

    def sum(self, terms: Iterable[tuple[int, Fraction]]) -> int:
        """A sum, which begins with a term that is added."""
        ordered = list(terms)
        first = next((k for k, (_, weight) in enumerate(ordered) if weight > 0), 0)
        ordered.insert(0, ordered.pop(first))
        total: int | None = None
        for term, weight in ordered:
            coefficient, powers = self.algebra.as_product(term)
            magnitude = self.quotient(abs(weight * coefficient), powers)
            if total is None:
                total = self.node(NEG, magnitude) if weight < 0 else magnitude
            else:
                total = self.node(SUB if weight < 0 else ADD, total, magnitude)
        assert total is not None
        return total

    def quotient(self, coefficient: Fraction, powers: Iterable[tuple[int, Power]]) -> int:
        """A product as one quotient."""
        above, below = [], []
        for base, power in sorted(powers, key=self.rank):
            if isinstance(power, Fraction) and power < 0:
                below.append(self.raised(base, -power))
            else:
                above.append(self.raised(base, power))
        if self.is_short(coefficient):
            if coefficient != 1 or not above:
                above.insert(0, self.constant(coefficient))
        else:
            if coefficient.numerator != 1 or not above:
                above.insert(0, self.constant(Fraction(coefficient.numerator)))
            below.insert(0, self.constant(Fraction(coefficient.denominator)))
        found = self.chained(above)
        return self.node(DIV, found, self.chained(below)) if below else found

    def chained(self, factors: list[int]) -> int:
        found = factors[0]
        for factor in factors[1:]:
            found = self.node(MUL, found, factor)
        return found

    def raised(self, base: int, power: Power) -> int:
        if power == ONE:
            return self.written[base]
        if power == HALF and not self.decimal:
            return self.node(ROOT, self.written[base])
        exponent = self.signed(power) if isinstance(power, Fraction) else self.written[power.ref]
        return self.node(POW, self.written[base], exponent)

    def rank(self, item: tuple[int, Power]) -> tuple[int, int]:
        """Numbers first, then names, what is raised to a name, functions, sums."""
        base, power = item
        node = self.algebra.nodes[base]
        if isinstance(node, Sum):
            return 4, base
        if not isinstance(power, Fraction):
            return 2, base
        if isinstance(node, Leaf):
            return (0 if node.value is not None else 1), node.number
        return 3, base


def _parts(node: object) -> Iterable[int]:
    if isinstance(node, Applied):
        return node.args
    if isinstance(node, Product):
        exponents = [power.ref for _, power in node.powers if not isinstance(power, Fraction)]
        return [*exponents, *(base for base, _ in node.powers)]
    return [term for term, _ in node.terms] if isinstance(node, Sum) else ()


def _is_decimal(spelling: str) -> bool:
    return spelling.lstrip("-")[:1] in tuple("0123456789.") and not spelling.lstrip("-").isdigit()


def _decimal(value: Fraction) -> str:
    """A number in decimal digits, as short as its double reads."""
    return str(value.numerator) if value.denominator == 1 else repr(float(value))


def _spelled(value: Fraction) -> str:
    return str(value)
