"""LaTeX: a document with the value and all derivatives as formulas, written as people write them."""

from collections.abc import Iterator

from autodiff.codegen import latex
from autodiff.codegen.language import Language
from autodiff.codegen.latex_names import declarations, name
from autodiff.codegen.names import checked_name
from autodiff.codegen.plan import Plan, header
from autodiff.differentiate.derive.derivatives import Derivative, derivatives
from autodiff.differentiate.derive.routine import Routine
from autodiff.errors import LimitError

#: Nobody reads more, and TeX's memory ends somewhere.
MOST_OPERATIONS = 2_000
#: A formula of more characters of LaTeX widens the page by some points for each, as no line breaks by itself.
_LINE, _POINTS = 200, 3

LANGUAGE = Language(name="latex", title="LaTeX", comment="%", functions={}, number=repr)
_CONVENTIONS = (
    "The derivatives are written as people write them. On a kink, such as abs(x) at 0, 'autodiff grad' says which",
    "value it takes; and where such a formula fails at a point, it finds the derivative of the function itself.",
)


def document(routine: Routine, *, name: str, matrix: bool, version: str) -> str:
    """The text of a document.

    Raises:
        AutodiffError: `name` is none.
        LimitError: there is more than anybody reads.
    """
    title = checked_name(name, LANGUAGE)
    plan = Plan(LANGUAGE, routine, title, routine.source.inputs, "", matrix, version)
    count = len(routine.graph.codes)
    if count > MOST_OPERATIONS:
        raise LimitError(
            "too-large", f"{count:,} operations are more than the {MOST_OPERATIONS:,} that a document may have",
            text=routine.source.text, hint="choose some variables with wrt, or a language that runs",
        )  # fmt: skip
    equations = list(_equations(routine, title))
    widest = max(map(len, equations))
    wide = [rf"\geometry{{paperwidth={min(16000, 597 + _POINTS * (widest - _LINE))}pt}}"] if widest > _LINE else []
    lines = [
        *header(plan, {}, _CONVENTIONS), r"\documentclass{article}", r"\usepackage{amsmath}",
        r"\usepackage[margin=2.5cm]{geometry}", *wide, r"\allowdisplaybreaks", *declarations(equations),
        r"\begin{document}", *(line for text in equations for line in (r"\[", text, r"\]")), r"\end{document}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _equations(routine: Routine, title: str) -> Iterator[str]:
    """An equation for each output, and for each derivative."""
    source, single = routine.source, len(routine.values) == 1
    for node, output in zip(source.outputs, routine.names, strict=True):
        yield latex.formula(source, node, name(title if single else output))
    chains = [[variable] for variable in routine.wanted]
    if routine.hessian:
        # The matrix is symmetric.
        chains += [[one, other] for k, one in enumerate(routine.wanted) for other in routine.wanted[k:]]
    for found in derivatives(source, chains):
        yield latex.equation(_named(found, title) if single else found)


def _named(derivative: Derivative, title: str) -> Derivative:
    return derivative._replace(output=title)
