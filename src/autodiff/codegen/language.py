"""What a target of code is, as data: how a language spells the rows, and what it reserves.

A row that a language has no spelling for is written out by the formula of its row; one without a formula cannot be
spelled, and the target says so.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from autodiff.ops.row import Row

#: How strongly a piece of text binds: a choice, or, and, a comparison, a sum, a product, a sign, a power, an atom.
CHOICE, OR, AND, COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(9)

#: How a piece of text is made of others: with a number in braces for each argument. An argument that comes twice must
#: be a name.
Pattern = tuple[str, int]

C_LIKE: Mapping[str, Pattern] = MappingProxyType({
    "+": ("{0} + {1}", SUM), "-": ("{0} - {1}", SUM), "*": ("{0}*{1}", PRODUCT), "/": ("{0}/{1}", PRODUCT),
    **{symbol: (f"{{0}} {symbol} {{1}}", COMPARISON) for symbol in ("<", "<=", ">", ">=", "==", "!=")},
    "and": ("{0} && {1}", AND), "or": ("{0} || {1}", OR),
})  # fmt: skip


class Language(NamedTuple):
    """The spelling table of a target, and what else a program in it needs."""

    name: str
    title: str
    #: What a line of comment begins with.
    comment: str
    #: The name of a row, or the name and the number of arguments as in `log/2`, to how it is called; of a variadic row
    #: the pattern is that of two arguments, and several are folded from the left.
    functions: Mapping[str, str | Pattern]
    number: Callable[[float], str]
    infix: Mapping[str, Pattern] = C_LIKE
    negative: Pattern = ("-{0}", SIGN)
    negation: Pattern = ("!{0}", SIGN)
    #: A choice by a condition, and the two ways between conditions and numbers.
    choice: Pattern = ("{0} ? {1} : {2}", CHOICE)
    as_number: Pattern = ("{0} ? 1.0 : 0.0", CHOICE)
    as_truth: Pattern = ("{0} != 0.0", COMPARISON)
    #: A choice by a number, which is NaN where that is.
    chosen: Pattern = ("{0} != {0} ? {0} : {0} != 0.0 ? {1} : {2}", CHOICE)
    #: A local name for a number, and for a condition.
    declaration: tuple[str, str] = ("const double {0} = {1};", "const int {0} = {1};")
    #: Functions that the language lacks, by name: the text of each, and what patterns call it.
    helpers: Mapping[str, str] = MappingProxyType({})
    #: Formulas for rows that the language lacks, where the row's own would lose digits or not do.
    definitions: Mapping[str, str] = MappingProxyType({})
    reserved: frozenset[str] = frozenset()
    #: Whether names may have letters beyond ASCII, and whether they differ by case.
    unicode: bool = False
    folds_case: bool = False
    #: Text that is longer is given a name of its own.
    longest: int = 60

    def spelling(self, row: Row, arity: int) -> Pattern | None:
        """How a row is called; None where it has to be written out."""
        if row.library is not None:
            return None
        found = self.functions.get(f"{row.name}/{arity}") or (
            None if row.name == "log" and arity == 2 else self.functions.get(row.name)
        )
        if found is None:
            return self.infix.get(row.infix)
        return (found, ATOM) if isinstance(found, str) else found

    def is_native(self, row: Row, arity: int) -> bool:
        special = row.selects or row.prefix in ("-", "not") or row.name == "ties"
        return special or self.spelling(row, arity) is not None
