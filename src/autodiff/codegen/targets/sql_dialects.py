"""What SQL spells, for each database: what it raises for is guarded, so that a row of a table never ends a query.

The text is that of DuckDB, which sqlglot writes for the others. A function that begins with `RAW_` stands for the name
behind that, as sqlglot would write another for some.
"""

import math
from types import MappingProxyType
from typing import NamedTuple

from autodiff.codegen.language import AND, ATOM, COMPARISON, OR, PRODUCT, SUM, Language, Pattern

INFINITY = "CAST('inf' AS DOUBLE)"
_FINITE = f"ABS({{0}}) < {INFINITY} AND ABS({{1}}) < {INFINITY}"
_SIGNED = f"SIGN({{0}}) * SIGN({{1}}) * {INFINITY}"


class Dialect(NamedTuple):
    """How a database computes with doubles."""

    title: str
    #: NaN equals itself and is larger than any number, rather than unordered.
    nan_is_largest: bool = True
    #: A result that is too large, or too small to be told from zero, ends the query.
    raises: bool = False
    #: Division by zero gives an infinity.
    divides: bool = False
    #: There is no NaN but NULL, and an infinity is only written as a number that is too large.
    nan: str = "CAST('nan' AS DOUBLE)"
    infinity: str = INFINITY
    #: How it spells the remainder of doubles that are not negative, the second not zero.
    rest: str = ""
    #: Whether a step has to be told to be computed once.
    materialized: bool = False
    #: What it has beside what all have.
    has: frozenset[str] = frozenset()


DIALECTS = MappingProxyType({
    "duckdb": Dialect("DuckDB", divides=True, rest="RAW_FMOD({}, {})", has=frozenset({"cbrt", "log2", "log10"})),
    "postgres": Dialect("PostgreSQL", raises=True, materialized=True, has=frozenset({"cbrt", "log10"})),
    "sqlite": Dialect(
        "SQLite", nan_is_largest=False, nan="NULL", infinity="9e999", materialized=True, rest="RAW_MOD({}, {})",
        has=frozenset({"log2", "log10"}),
    ),
    "spark": Dialect("Spark", rest="({} % {})", has=frozenset({"cbrt", "log2", "log10", "expm1", "log1p"})),
    "bigquery": Dialect("BigQuery", nan_is_largest=False, raises=True, has=frozenset({"cbrt", "log10"})),
    "clickhouse": Dialect(
        "ClickHouse", nan_is_largest=False, divides=True,
        has=frozenset({"cbrt", "log2", "log10", "log1p", "erf", "erfc", "tgamma", "lgamma"}),
    ),
    "snowflake": Dialect("Snowflake", raises=True, has=frozenset({"cbrt"})),
})  # fmt: skip

#: Formulas for what a database lacks, or has by another rule.
_DEFINITIONS = MappingProxyType(
    {
        # Two products that each keep their digits: Kahan's, "How futile are mindless assessments of roundoff" (2006).
        "log1p": "u = 1 + x; where(u == 1 or x > 1e17, where(u == 1, x, log(x)), log(u)*(x/(u - 1)))",
        "expm1": "where(x < -40, -1, 2*exp(x/2)*sinh(x/2))",
        "cbrt": "c = abs(x)^(1/3); where(c > 0 and c < inf, copysign(c - (c - abs(x)/(c*c))/3, x), x)",
        "hypot": "s = {abs(x) + ...}; where(s > 0 and s < inf, s*sqrt({(x/s)^2 + ...}), s)",
        "fma": "x*y + z",
        "ldexp": "x*2^n",
        "mod": "r = fmod(x, y); where(r != 0 and (r < 0) != (y < 0), r + y, r)",
        "remainder": (
            "b = abs(y); r = fmod(abs(x), 2*b); s = where(2*r > b, r - b, r);"
            "t = where(2*r > b and 2*s >= b, s - b, s); where(x < 0, -t, t)"
        ),
        "copysign": "where(y != y, y, where(y < 0, -abs(x), abs(x)))",
    }
)


def _case(*pairs: str, otherwise: str) -> Pattern:
    """CASE of conditions and results in turn."""
    whens = "".join(f"WHEN {when} THEN {then} " for when, then in zip(pairs[::2], pairs[1::2], strict=True))
    return f"CASE {whens}ELSE {otherwise} END", ATOM


def _comparisons(*, nan_is_largest: bool) -> dict[str, Pattern]:
    """Comparisons that are not true of NaN, but for `!=`; they may be NULL where NULL is compared."""
    if not nan_is_largest:
        same = "{0} = {1}"
        found: dict[str, Pattern] = {op: (f"{{0}} {op} {{1}}", COMPARISON) for op in ("<", "<=", ">", ">=")}
        found["=="] = (same, COMPARISON)
    else:
        same = f"{{0}} = {{1}} AND {{1}} <= {INFINITY}"
        found = {op: (f"{{0}} {op} {{1}} AND {{1}} <= {INFINITY}", AND) for op in ("<", "<=")}
        found |= {op: (f"{{0}} {op} {{1}} AND {{0}} <= {INFINITY}", AND) for op in (">", ">=")}
        found["=="] = (same, AND)
    found["!="] = (f"NOT COALESCE({same}, FALSE)", COMPARISON)
    return found


def _arithmetic(dialect: Dialect) -> dict[str, Pattern]:
    found: dict[str, Pattern] = {
        "+": ("{0} + {1}", SUM), "-": ("{0} - {1}", SUM), "*": ("{0} * {1}", PRODUCT), "/": ("{0} / {1}", PRODUCT),
    }  # fmt: skip
    zero = ("{1} = 0e0", f"{{0}} * {INFINITY}")
    if not dialect.divides:
        found["/"] = _case(*zero, otherwise="{0} / {1}")
    if not dialect.raises:
        return found
    # Within a factor of 1.1 of the largest double, and of the smallest, a result is already infinite, or zero.
    most = "1.797e308"
    plain = f"{{0}} = 0e0 OR {{1}} = 0e0 OR NOT ({_FINITE})"
    for symbol, joined, first in (("*", "+", ()), ("/", "-", zero)):
        size = f"LN(ABS({{0}})) {joined} LN(ABS({{1}}))"
        found[symbol] = _case(
            *first, plain, f"{{0}} {symbol} {{1}}", f"{size} > 709.7e0", _SIGNED, f"{size} < -744e0", "0e0",
            otherwise=f"{{0}} {symbol} {{1}}",
        )  # fmt: skip
    finite = f"{_FINITE} AND"
    found["+"] = _case(
        f"{finite} {{0}} > 0e0 AND {{1}} > {most} - {{0}}", INFINITY,
        f"{finite} {{0}} < 0e0 AND {{1}} < -{most} - {{0}}", f"-{INFINITY}", otherwise="{0} + {1}",
    )  # fmt: skip
    found["-"] = _case(
        f"{finite} {{0}} > 0e0 AND {{1}} < {{0}} - {most}", INFINITY,
        f"{finite} {{0}} < 0e0 AND {{1}} > {{0}} + {most}", f"-{INFINITY}", otherwise="{0} - {1}",
    )  # fmt: skip
    return found


def _power(dialect: Dialect) -> Pattern:
    if not dialect.raises:
        return "POWER({0}, {1})", ATOM
    odd = "{0} < 0e0 AND 2e0 * FLOOR({1} / 2e0) <> {1}"
    signed = f"CASE WHEN {odd} THEN -{INFINITY} ELSE {INFINITY} END"
    return _case(
        f"{{1}} = 0e0 OR {{0}} = 1e0 OR {{0}} = -1e0 AND ABS({{1}}) > 1e19 AND ABS({{1}}) <= {INFINITY}", "1e0",
        f"{{0}} = 0e0 AND {{1}} <= {INFINITY}", f"CASE WHEN {{1}} > 0e0 THEN 0e0 ELSE {INFINITY} END",
        f"NOT ({_FINITE})", "POWER({0}, {1})",
        "{0} < 0e0 AND {1} <> FLOOR({1})", "CAST('nan' AS DOUBLE)",
        # First the size of the exponent, as their product may be too large itself.
        "ABS({1}) > 1e19", f"CASE WHEN (ABS({{0}}) > 1e0) = ({{1}} > 0e0) THEN {INFINITY} ELSE 0e0 END",
        "{1} * LN(ABS({0})) > 709.7e0", signed, "{1} * LN(ABS({0})) < -744e0", "0e0", otherwise="POWER({0}, {1})",
    )  # fmt: skip


def _functions(dialect: Dialect) -> dict[str, str | Pattern]:
    nan, below = dialect.nan, "ABS({0}) < " + INFINITY
    found: dict[str, str | Pattern] = {
        "abs": "ABS({0})", "atan": "ATAN({0})", "tanh": "TANH({0})", "asinh": "ASINH({0})", "atan2": "ATAN2({0}, {1})",
        "exp": "EXP({0})", "sinh": "SINH({0})", "cosh": "COSH({0})", "pow": _power(dialect),
        "log": _case("{0} > 0e0", "LN({0})", "{0} = 0e0", f"-{INFINITY}", "{0} < 0e0", nan, otherwise="{0}"),
        "sqrt": _case("{0} < 0e0", nan, otherwise="SQRT({0})"),
        "acosh": _case("{0} < 1e0", nan, otherwise="ACOSH({0})"),
        "atanh": _case(
            "ABS({0}) < 1e0", "ATANH({0})", "ABS({0}) = 1e0", f"{{0}} * {INFINITY}", "ABS({0}) > 1e0", nan,
            otherwise="{0}",
        ),
        **{name: _case(below, f"{name.upper()}({{0}})", otherwise="{0} - {0}") for name in ("sin", "cos", "tan")},
        **{name: _case("ABS({0}) > 1e0", nan, otherwise=f"{name.upper()}({{0}})") for name in ("asin", "acos")},
        # Some give integers of 64 bits; from 2^52 on all doubles are whole.
        **{name: _case("ABS({0}) < 4503599627370496e0", f"CAST({name.upper()}({{0}}) AS DOUBLE)", otherwise="{0}")
           for name in ("floor", "ceil")},
        "max": _case(
            "{0} > {1}", "{0}", "{1} > {0}", "{1}", "{0} = {1} AND {0} <> 0e0", "{0}", otherwise="{0} + {1}"
        ),
        "min": _case(
            f"{{0}} < {{1}} AND {{1}} <= {INFINITY}", "{0}", f"{{1}} < {{0}} AND {{0}} <= {INFINITY}", "{1}",
            "{0} = {1} AND {0} <> 0e0", "{0}", otherwise="-(-{0} - {1})",
        ),
    }  # fmt: skip
    times = _arithmetic(dialect)["*"][0]
    found["chain"] = _case("{0} = 0e0 OR {1} = 0e0", "0e0", otherwise=times)
    for name in ("log2", "log10"):
        if name in dialect.has:
            found[name] = _case(
                "{0} > 0e0", f"RAW_{name.upper()}({{0}})", "{0} = 0e0", f"-{INFINITY}", "{0} < 0e0", nan,
                otherwise="{0}",
            )  # fmt: skip
    for name in ("cbrt", "expm1", "erf", "erfc", "lgamma"):
        if name in dialect.has:
            found[name] = f"RAW_{name.upper()}({{0}})"
    if "log1p" in dialect.has:
        found["log1p"] = _case(
            "{0} > -1e0", "RAW_LOG1P({0})", "{0} = -1e0", f"-{INFINITY}", "{0} < -1e0", nan, otherwise="{0}"
        )
    if "tgamma" in dialect.has:
        found["gamma"] = "RAW_TGAMMA({0})"
    if dialect.rest:
        found["fmod"] = _case(
            f"ABS({{1}}) = {INFINITY} AND {below}", "{0}", "{1} = 0e0", nan, f"NOT {below}", "{0} - {0}",
            "{0} < 0e0", f"-{dialect.rest.format('(-{0})', 'ABS({1})')}",
            otherwise=dialect.rest.format("{0}", "ABS({1})"),
        )  # fmt: skip
    if dialect.raises:
        known = f"{{0}} <= {INFINITY} AND {{0}} > 709.7e0"
        found["exp"] = _case(known, INFINITY, "{0} < -744e0", "0e0", otherwise="EXP({0})")
        found["sinh"] = _case("ABS({0}) > 710e0", f"{{0}} * {INFINITY}", otherwise="SINH({0})")
        found["cosh"] = _case("ABS({0}) > 710e0", f"ABS({{0}}) * {INFINITY}", otherwise="COSH({0})")
    return found


def _definitions(dialect: Dialect) -> dict[str, str]:
    lacking = dialect.has if dialect.rest else {*dialect.has, "mod", "remainder"}
    return {name: text for name, text in _DEFINITIONS.items() if name not in lacking}


def language(dialect: Dialect) -> Language:
    """The spelling table for a database."""

    def number(value: float) -> str:
        if value != value:
            return dialect.nan
        if math.isinf(value):
            return INFINITY if value > 0 else f"-{INFINITY}"
        text = repr(value)
        # Without an exponent several databases read a decimal of fixed digits.
        return text if "e" in text else f"{text.removesuffix('.0')}e0"

    known = f"ABS({{0}}) <= {INFINITY}" if dialect.nan_is_largest else "{0} = {0}"
    return Language(
        name="sql", title=f"SQL of {dialect.title}", comment="--", functions=_functions(dialect), number=number,
        infix={
            **_arithmetic(dialect), **_comparisons(nan_is_largest=dialect.nan_is_largest),
            "and": ("{0} AND {1}", AND), "or": ("{0} OR {1}", OR),
        },
        negation=("NOT COALESCE({0}, FALSE)", COMPARISON),
        choice=("CASE WHEN {0} THEN {1} ELSE {2} END", ATOM),
        as_number=("CASE WHEN {0} THEN 1e0 ELSE 0e0 END", ATOM),
        as_truth=("COALESCE({0} <> 0e0, TRUE)", ATOM),
        chosen=_case("{0} = 0e0", "{2}", known, "{1}", otherwise="{0}"),
        definitions=_definitions(dialect),
        reserved=frozenset({"true", "false"}), unicode=True, folds_case=True, longest=160,
    )  # fmt: skip
