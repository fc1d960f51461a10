"""The parts of the normal form: numbers, leaves, operations, products of powers, and sums of products."""

from fractions import Fraction
from typing import NamedTuple

from autodiff.ops.row import Row


class Exponent(NamedTuple):
    """An exponent that is no number: a node."""

    ref: int


Power = Fraction | Exponent


class Leaf(NamedTuple):
    """An input, or a constant that keeps its name or its digits; by its number among all."""

    number: int
    value: float | None
    spelling: str


class Applied(NamedTuple):
    """An operation that nothing is known of, or that must stay as it is."""

    row: Row
    args: tuple[int, ...]


class Product(NamedTuple):
    """A coefficient and the powers of different bases."""

    coefficient: Fraction
    powers: tuple[tuple[int, Power], ...]


class Sum(NamedTuple):
    """Terms without a coefficient, each with its own, as they are written; a term 1 is `Fraction`."""

    terms: tuple[tuple[int, Fraction], ...]


Node = Fraction | Leaf | Applied | Product | Sum
