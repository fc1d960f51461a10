"""The shape of one operation: everything the rest of the house may know about it.

A row is data. Formulas in it are texts of the formula language, parsed only when somebody needs them.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from autodiff.ops.added import Operations

Shape = tuple[int, ...]
#: The shape of the result, from those of the arguments and the options. Raises `autodiff.ops.shapes.ShapeMismatch`.
ShapeRule = Callable[[Sequence[Shape], Mapping[str, Any]], Shape]


class Kinked(NamedTuple):
    """A partial derivative with two sides.

    `left` and `right` are the derivatives as the argument approaches from below and from above. The partial itself is
    their midpoint unless `rule` says otherwise, and the operation sits on its kink where the two sides differ.
    """

    left: str
    right: str
    rule: str = ""

    @property
    def midpoint(self) -> str:
        return self.rule or f"(({self.left}) + ({self.right})) / 2"


class Ranked(NamedTuple):
    """A pullback that depends on the ranks of the arguments (2 for a matrix).

    `cases` pairs the ranks, as in `"2,1"`, with the formula; `*` stands for any rank, and the first that fits counts.
    """

    cases: tuple[tuple[str, str], ...]

    def choose(self, ranks: Sequence[int]) -> str:
        for pattern, text in self.cases:
            if all(want in ("*", str(rank)) for want, rank in zip(pattern.split(","), ranks, strict=True)):
                return text
        raise KeyError(ranks)


class Row(NamedTuple):
    """One operation.

    A fixed signature names each parameter (`"x, y"`). A variadic one (`"*xs"`) takes one argument or more, called x1,
    x2, ...; in its formulas `xs` stands for all of them, `{x^2 + ...}` for the sum over all of them, and in its one
    partial `x` is the argument that is differentiated.
    """

    name: str
    signature: str
    doc: str
    partials: tuple[str | Kinked, ...]
    #: The definition in the formula language; empty for a primitive, which every target spells. A target that has no
    #: function of that name uses `floats`, which then works on its numbers too.
    value: str = ""
    #: The same function written so that doubles stay accurate; empty where the definition already does.
    stable: str = ""
    #: The function on Python floats, for a primitive; `math.<name>` unless given.
    floats: Callable[..., float] | None = None
    #: The value where `floats` raises (IEEE 754 gives a number where Python raises).
    raised: str = "nan"
    #: Where the function is defined, as a condition; empty for everywhere.
    domain: str = ""
    #: Where the function jumps, as a condition; empty for nowhere.
    jump: str = ""
    #: For a condition: the average of its value over both sides of the point, each argument moving by itself.
    share: str = ""
    #: For a choice: its partials where the condition may sit on its boundary; `share` is the share of the condition.
    shared: tuple[str, ...] = ()
    #: An interval for each parameter, from which tests draw points.
    samples: tuple[tuple[float, float], ...] = ()
    #: How far value and partials may be from the truth on the samples, in units in the last place.
    ulps: float = 4
    #: Where more digits are lost, and how many: what cannot be had in doubles. A phrase that follows "but".
    loses: str = ""
    #: Spellings in other targets ("mpmath", "sympy", ...) where they differ from the name.
    targets: Mapping[str, str] = {}
    aliases: tuple[str, ...] = ()
    #: The operator symbol, where the operation has one: between two operands, or before one.
    infix: str = ""
    prefix: str = ""
    #: For a product: the operation that the chain rule uses in its place, in which a zero contributes nothing.
    chained: str = ""
    #: True where argument 0 only chooses between arguments 1 and 2.
    selects: bool = False
    #: A call that `autodiff functions` shows.
    example: str = ""
    #: For an operation on whole arrays: its pullbacks, and the shape of its result.
    pullbacks: tuple[str | Ranked, ...] = ()
    shape: ShapeRule | None = None
    #: For one with kinks: the condition for sitting on one (`rule`), and between what its derivatives lie.
    kink: Kinked | None = None
    #: The options that a call may give, such as "axis", and those of this operation: `axis=0;keepdims=1`.
    takes: tuple[str, ...] = ()
    options: str = ""
    #: For a row that a user wrote: the rows that its formulas may call beside those of the table.
    library: "Operations | None" = None

    # A row is the same only as itself: it is a key in many a dictionary.
    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    @property
    def params(self) -> tuple[str, ...]:
        return tuple(name.strip(" *") for name in self.signature.split(","))

    @property
    def is_array(self) -> bool:
        """Whether the operation works on whole arrays rather than element by element."""
        return self.shape is not None

    @property
    def unfolds(self) -> bool:
        """Whether the operation has no rule of its own, so that graphs hold its value in its place."""
        return self.library is not None and not self.partials

    @property
    def variadic(self) -> bool:
        return self.signature.startswith("*")


@lru_cache(maxsize=4096)
def with_options(row: Row, options: str) -> Row:
    """The operation that `row` is with these options: the same one for the same options."""
    return row._replace(options=options)


@lru_cache(maxsize=4096)
def read_options(text: str) -> Mapping[str, Any]:
    """Options as values: an axis is an int or a tuple of them, and `at` is a tuple of ints, slices and Ellipsis."""
    found: dict[str, Any] = {}
    for part in filter(None, text.split(";")):
        name, _, value = part.partition("=")
        if value.startswith("["):
            found[name] = tuple(map(_place, value[1:-1].split(",")))
        elif value.startswith("("):
            found[name] = tuple(map(int, value[1:-1].split(",")))
        else:
            found[name] = int(value)
    return MappingProxyType(found)


def _place(text: str) -> Any:
    if text == "...":
        return Ellipsis
    if ":" in text:
        return slice(*[int(part) if part else None for part in text.split(":")])
    return int(text)
