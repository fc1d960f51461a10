"""SQL: a bad row never ends a query, every dialect reads its text, and what is asked wrongly is said."""

import re
import sqlite3

import pytest
from tests.codegen.proof import has_sqlite_mathematics
from tests.support import autodiff

pytest.importorskip("sqlglot")
import sqlglot

from autodiff.api import Formula, generate
from autodiff.codegen.targets.sql_dialects import DIALECTS
from autodiff.errors import AutodiffError

needs_sqlite = pytest.mark.skipif(not has_sqlite_mathematics(), reason="SQLite without mathematical functions")
FORMULAS = (
    "log(x)*max(x, y)", "x^y if x > 0 else cbrt(y)", "hypot(x, y) + floor(x/y)", "expm1(x)*log1p(y) + log2(x)",
    "x % y + atan2(x, y)", "inf*x + nan*y",
)  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_reads_its_own_text(dialect: str) -> None:
    for text in FORMULAS:
        code = generate(text, "sql", dialect=dialect, test="nan" not in text)
        trees = [tree for tree in sqlglot.parse(code, read=dialect) if tree is not None]
        assert len(trees) == 1 + ("nan" not in text)
        assert "RAW_" not in code.upper()


@needs_sqlite
def test_rows_without_a_value_give_null_or_an_infinity_and_the_others_numbers() -> None:
    query = generate("log(x)/y + exp(x)", "sql", dialect="sqlite", keep=["id"], table="shots")
    with sqlite3.connect(":memory:") as connection:
        connection.execute("create table shots (id, x, y)")
        rows = [(1, 0, 1), (2, -1, 1), (3, 1000, 1), (4, 2, 0), (5, None, 1), (6, 2, 3)]
        connection.executemany("insert into shots values (?, ?, ?)", rows)
        found = {row[0]: row[1:] for row in connection.execute(query)}
    wanted = Formula("log(x)/y + exp(x)").gradient(x=2, y=3)
    assert found[6] == pytest.approx((wanted.value, *wanted.partials.values()), rel=1e-15)
    assert (found[1][0], found[2][0], found[3][0]) == (float("-inf"), None, float("inf"))
    assert (found[4][0], found[5][0]) == (float("inf"), None)


@needs_sqlite
def test_a_part_that_results_share_is_one_column() -> None:
    assert generate("sin(exp(x*y)) + exp(x*y)^2", "sql", dialect="sqlite").count("EXP(") == 1


@needs_sqlite
@pytest.mark.parametrize("planted", [False, True])
def test_a_self_check_is_a_query_that_finds_a_planted_error(planted: bool) -> None:
    code = generate("x*y, x + sin(y)", "sql", dialect="sqlite", jacobian=True, test=True)
    if planted:
        code = code.replace("SIN(", "1.125*SIN(")
    with sqlite3.connect(":memory:") as connection:
        connection.execute("create table points (x, y)")
        first, second, rest = re.sub("--.*", "", code).split(";")
        assert connection.execute(first).fetchall() == []
        assert connection.execute(second).fetchone()[0] == ("wrong" if planted else "ok")
        assert not rest.strip()


@pytest.mark.parametrize(("text", "options", "kind"), [
    ("x", {"dialect": "duckbd"}, "no-dialect"), ("erf(x)", {}, "no-sql"),
    ("\n".join([f"t{k + 1} = sin({f't{k}' if k else 'x'})*x" for k in range(2000)] + ["t2000"]), {}, "too-large"),
])  # fmt: skip
def test_what_sql_cannot_say_is_an_error_with_a_hint(text: str, options: dict, kind: str) -> None:
    with pytest.raises(AutodiffError) as caught:
        generate(text, "sql", **options)
    assert (caught.value.kind, bool(caught.value.hint)) == (kind, True)


def test_columns_of_any_name_are_quoted_and_a_table_of_code_is_only_a_name() -> None:
    query = generate("select*α + X + x", "sql", table='p"; drop table p; --')
    assert 'FROM "p""; drop table p; --"' in query
    assert '"select"' in query
    assert '"α"' in query
    refused = autodiff("compile", "x", "--target", "c", "--dialect", "sqlite")
    assert (refused.code, "c has no dialect" in refused.stderr) == (2, True)
