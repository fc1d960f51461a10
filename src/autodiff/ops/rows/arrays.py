"""Operations on whole arrays. Their pullbacks are formulas of the language: `g` is the gradient by the result.

Sources: the pullbacks of linear algebra are those of M. Giles, "An extended collection of matrix derivative results for
forward and reverse mode automatic differentiation" (2008).
"""

from collections.abc import Mapping
from types import MappingProxyType

from autodiff.notation import INDEX, LIST, TRANSPOSED
from autodiff.ops import shapes
from autodiff.ops.row import Kinked, Ranked, Row, ShapeRule

_REDUCES = ("axis", "keepdims")
#: `ddof` as in NumPy: the sum of squares is divided by so many less than there are elements.
_MOMENTS = (*_REDUCES, "ddof")


def row(
    name: str, signature: str, doc: str, pullbacks: tuple[str | Ranked, ...], shape: ShapeRule, numpy: str = "", *,
    takes: tuple[str, ...] = (), aliases: tuple[str, ...] = (), infix: str = "", domain: str = "", example: str = "",
    targets: Mapping[str, str] = MappingProxyType({}), kink: Kinked | None = None, chained: str = "",
) -> Row:  # fmt: skip
    return Row(
        name, signature, doc, (), domain=domain, targets={"numpy": numpy or name, **targets}, aliases=aliases,
        infix=infix, example=example, pullbacks=pullbacks, shape=shape, takes=takes,
        kink=kink, chained=chained,
    )  # fmt: skip


def _extreme(name: str) -> str:
    """Where an element is the largest (or smallest); several share equally."""
    top = f"(A == spread({name}(A, OPTIONS), A, OPTIONS))"
    return f"spread(g, A, OPTIONS)*{top}/spread(sum({top}, OPTIONS), A, OPTIONS)"


#: The pullbacks of a product, by the ranks of its two factors.
_PRODUCT = (
    Ranked(
        (
            ("1,1", "g*B"),
            ("2,1", "outer(g, B)"),
            ("1,2", "B @ g"),
            ("2,2", "g @ B.T"),
            ("*,1", "sum_to(expand(g, axis=-1)*B, A)"),
            ("1,*", "sum_to(sum(expand(g, axis=-2)*B, axis=-1), A)"),
            ("*,*", "sum_to(g @ mT(B), A)"),
        )
    ),
    Ranked(
        (
            ("1,1", "g*A"),
            ("2,1", "A.T @ g"),
            ("1,2", "outer(A, g)"),
            ("2,2", "A.T @ g"),
            ("*,1", "sum_to(expand(g, axis=-1)*A, B)"),
            ("1,*", "sum_to(expand(A, axis=-1)*expand(g, axis=-2), B)"),
            ("*,*", "sum_to(mT(A) @ g, B)"),
        )
    ),
)

#: The derivative of sum(g*cofactor_along(V, A)) by A, from that of log(det(A)), which is B = inv(A).T.
_COFACTOR_TWICE = (
    "det(A)*((sum(B*V)*sum(B*g) - sum(g*P))*B - sum(B*g)*P - sum(B*V)*Q + P @ g.T @ B + B @ g.T @ P)"
    .replace("P", "(B @ V.T @ B)").replace("Q", "(B @ g.T @ B)").replace("B", "inv(A).T")
)  # fmt: skip

# fmt: off
ROWS = (
    row("array", "*xs", "an array of the arguments: [x, y, ...]",
        ("g[K]",), shapes.stacked, infix=LIST,
        example="[1, 2, 3]"),
    row("index", "A", "an element, a row, a slice: A[0], A[1:, -1], A[..., 0]",
        ("place(g, A, OPTIONS)",), shapes.indexed, takes=("at",), infix=INDEX,
        example="[1, 2, 3][0]"),
    row("place", "x, A", "zeros in the shape of A, with x at the index",
        ("index(g, OPTIONS)", ""), shapes.placed, takes=("at",),
        example="place(5, [1, 2, 3], at=[0])"),
    row("transpose", "A", "the axes in the opposite order: A.T",
        ("g.T",), shapes.transposed, infix=TRANSPOSED,
        example="[[1, 2], [3, 4]].T"),
    row("matrix_transpose", "A", "the last two axes exchanged",
        ("matrix_transpose(g)",), shapes.matrix_transposed,
        aliases=("mT",), example="matrix_transpose([[1, 2], [3, 4]])"),
    row("expand", "A", "a new axis of length 1, in front or at `axis`",
        ("sum(g, AXIS0)",), shapes.expanded, takes=("axis",),
        aliases=("expand_dims",), example="expand([1, 2], axis=1)"),
    row("broadcast_to", "x, A", "x repeated to the shape of A",
        ("sum_to(g, x)", ""), shapes.like_second,
        example="broadcast_to(1, [1, 2, 3])"),
    row("sum_to", "x, A", "x summed over the axes along which A was broadcast",
        ("broadcast_to(g, x)", ""), shapes.summed_to,
        example="sum_to([1, 2, 3], 0)"),
    row("spread", "x, A", "x, which is what a reduction leaves of A, repeated to the shape of A",
        ("sum(g, OPTIONS)", ""), shapes.spread, takes=_REDUCES,
        example="spread(6, [1, 2, 3])"),
    row("sum", "A", "the sum of all elements, or along an axis",
        ("spread(g, A, OPTIONS)",), shapes.reduced, "total", takes=_REDUCES,
        example="sum([1, 2, 3])"),
    row("count", "A", "the number of elements, or along an axis; `ddof` less",
        ("",), shapes.reduced, takes=_MOMENTS,
        example="count([1, 2, 3])"),
    row("mean", "A", "the mean of all elements, or along an axis",
        ("spread(g/count(A, OPTIONS), A, OPTIONS)",), shapes.reduced, takes=_REDUCES,
        aliases=("average",), example="mean([1, 2, 3])"),
    row("var", "A", "the variance of all n elements, or along an axis; by n - 1 with ddof=1",
        ("spread(2*g/count(A, OPTIONS), A, REDUCED)*(A - spread(mean(A, REDUCED), A, REDUCED))",), shapes.spread_out,
        takes=_MOMENTS,
        example="var([1, 2, 4])"),
    # At 0 it has the kink of norm, which the mean holds back: one element alone moves the root by sqrt((n - 1)/n).
    row("std", "A", "the standard deviation, sqrt(var(A)); by n - 1 with ddof=1",
        (
            "spread(where(std(A, OPTIONS) == 0, 0, g/(std(A, OPTIONS)*count(A, OPTIONS))), A, REDUCED)"
            "*(A - spread(mean(A, REDUCED), A, REDUCED))",
        ),
        shapes.spread_out, takes=_MOMENTS,
        kink=Kinked(
            "-sqrt((1 - 1/count(A, REDUCED))/count(A, OPTIONS))",
            "sqrt((1 - 1/count(A, REDUCED))/count(A, OPTIONS))",
            "std(A, OPTIONS) == 0",
        ),
        example="std([1, 2, 4])"),
    row("prod", "A", "the product of all elements, or along an axis",
        ("spread(g, A, OPTIONS)*others(A, OPTIONS)",), shapes.reduced, "product", takes=_REDUCES,
        example="prod([1, 2, 3])"),
    row("others", "A", "for each element the product of all the others",
        ("others_along(A, g, OPTIONS)",), shapes.along, takes=_REDUCES,
        example="others([1, 2, 3])"),
    # The sum over all ways in which x2, x3, ... replace one of the others each: their order is nothing to it.
    row("others_along", "*xs", "the derivative of others(x1) along x2, and then along x3, and so on",
        ("others_along(x1, g, OTHER, OPTIONS)",), shapes.alike, takes=_REDUCES,
        example="others_along([1, 2, 3], [1, 0, 0])"),
    row("max", "A", "the largest element, or along an axis",
        (_extreme("max"),), shapes.reduced, "largest", takes=_REDUCES,
        kink=Kinked("0", "1", "sum(A == spread(max(A, OPTIONS), A, OPTIONS), OPTIONS) > 1"),
        aliases=("maximum", "amax", "fmax"), example="max([2, 3])"),
    row("min", "A", "the smallest element, or along an axis",
        (_extreme("min"),), shapes.reduced, "smallest", takes=_REDUCES,
        kink=Kinked("0", "1", "sum(A == spread(min(A, OPTIONS), A, OPTIONS), OPTIONS) > 1"),
        aliases=("minimum", "amin", "fmin"), example="min([2, 3])"),
    # At 0 the norm has a kink: 0 is the midpoint, and as for hypot it stays 0 around it.
    row("norm", "A", "the square root of the sum of squares, of all elements or along an axis",
        ("spread(where(norm(A, OPTIONS) == 0, 0, g/norm(A, OPTIONS)), A, OPTIONS)*A",), shapes.reduced, takes=_REDUCES,
        kink=Kinked("-1", "1", "norm(A, OPTIONS) == 0"),
        example="norm([3, 4])"),
    row("logsumexp", "A", "log(sum(exp(A))), of all elements or along an axis, without overflow",
        ("spread(g, A, OPTIONS)*softmax(A, AXIS)",), shapes.reduced, takes=_REDUCES,
        example="logsumexp([1, 2])"),
    row("softmax", "A", "exp(A)/sum(exp(A)), of all elements or along an axis, without overflow",
        ("softmax(A, AXIS)*(g - spread(sum(g*softmax(A, AXIS), AXIS), A, AXIS))",), shapes.normalised, takes=("axis",),
        example="softmax([1, 2])"),
    row("log_softmax", "A", "log(softmax(A)), of all elements or along an axis, without overflow",
        ("g - spread(sum(g, AXIS), A, AXIS)*softmax(A, AXIS)",), shapes.normalised, takes=("axis",),
        example="log_softmax([1, 2])"),
    row("cross_entropy", "A, B", "-sum(B*log_softmax(A)), of logits A and wanted probabilities B",
        (
            "spread(g, A, AXIS)*(softmax(A, AXIS)*spread(sum(B, AXIS), A, AXIS) - B)",
            "-spread(g, A, AXIS)*log_softmax(A, AXIS)",
        ),
        shapes.entropy, takes=("axis",),
        example="cross_entropy([1, 2, 4], [0, 0, 1])"),
    row("matmul", "A, B", "the product of matrices and vectors: A @ B",
        _PRODUCT, shapes.matrix_product, infix="@", chained="matchain",
        aliases=("dot",), example="[[1, 2], [3, 4]] @ [5, 6]"),
    row("matchain", "A, B", "A @ B, but a zero contributes nothing, whatever it meets",
        _PRODUCT, shapes.matrix_product,
        example="matchain([[1, 2], [3, 4]], [5, 6])"),
    row("outer", "x, y", "the products of each element of x with each of y",
        ("g @ y", "x @ g"), shapes.outer_product,
        example="outer([1, 2], [3, 4])"),
    row("cross", "A, B", "the cross product of vectors of three numbers",
        ("crosschain(B, g)", "crosschain(g, A)"), shapes.crossed,
        example="cross([1, 2, 3], [4, 5, 6])"),
    row("crosschain", "A, B", "cross(A, B), but a zero contributes nothing, whatever it meets",
        ("crosschain(B, g)", "crosschain(g, A)"), shapes.crossed,
        example="crosschain([1, 2, 3], [4, 5, 6])"),
    row("trace", "A", "the sum of the diagonal",
        ("g*eye(A)",), shapes.traced,
        aliases=("tr",), example="trace([[1, 2], [3, 4]])"),
    row("eye", "A", "ones on the diagonal and zeros elsewhere, in the shape of A",
        ("",), shapes.matrix,
        example="eye([[1, 2], [3, 4]])"),
    # The cofactors rather than det(A)*inv(A).T, which has no value where the determinant is 0.
    row("det", "A", "the determinant",
        ("g*cofactor(A)",), shapes.of_square,
        example="det([[1, 2], [3, 4]])"),
    row("cofactor", "A", "the matrix of cofactors, det(A)*inv(A).T",
        ("cofactor_along(g, A)",), shapes.square,
        example="cofactor([[1, 2], [3, 4]])"),
    # It is the second derivative of det, and so symmetric; the third one needs an inverse.
    # No entry is 0, which one library for matrices computes as 0 and another as 1e-17.
    row("cofactor_along", "V, A", "the derivative of cofactor(A) along V",
        ("cofactor_along(g, A)", _COFACTOR_TWICE), shapes.squares,
        example="cofactor_along([[4, 3], [2, 1]], [[1, 2], [3, 4]])"),
    row("inv", "A", "the inverse",
        ("-(inv(A).T @ g @ inv(A).T)",), shapes.square, domain="det(A) != 0",
        example="inv([[1, 2], [3, 4]])"),
    row("solve", "A, b", "the x for which A @ x is b",
        (
            Ranked(
                (("*,1", "-outer(solve(A.T, g), solve(A, b))"), ("*,*", "-(solve(A.T, g) @ solve(A, b).T)")),
            ),
            "solve(A.T, g)",
        ),
        shapes.solved, domain="det(A) != 0",
        example="solve([[1, 2], [3, 4]], [5, 6])"),
)
# fmt: on
