"""SQL: one SELECT that adds to each row of a table the value and all partials, as columns.

What several results share is a column of a step, and a step reads the one before it. sqlglot writes the text for each
database; what raises there is guarded (see `sql_dialects`).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from autodiff.codegen.emit import Emitter
from autodiff.codegen.language import Language
from autodiff.codegen.names import identifiers, prefix_of_temporaries
from autodiff.codegen.plan import Plan, header, wrapped
from autodiff.codegen.targets.sql_dialects import DIALECTS, INFINITY
from autodiff.codegen.targets.sql_dialects import language as language_of
from autodiff.errors import AutodiffError, LimitError, nearest

#: Databases have limits for the columns of a step (SQLite 2,000, PostgreSQL 1,664) and for what a query may hold.
MOST_PARTS = 1_500


def language(dialect: str = "duckdb", **_: Any) -> Language:
    """The language of a dialect. Raises AutodiffError if there is no such dialect."""
    if dialect not in DIALECTS:
        close = nearest(dialect, list(DIALECTS))
        hint = f"did you mean {close!r}?" if close else f"the dialects are {', '.join(DIALECTS)}"
        raise AutodiffError("no-dialect", f"there is no dialect {dialect!r} of SQL", hint=hint)
    return language_of(DIALECTS[dialect])


def program(plan: Plan, *, dialect: str = "duckdb", table: str = "points", keep: Sequence[str] = ()) -> str:
    """The text of a query; the columns in `keep` of the table are handed on.

    Raises:
        AutodiffError: sqlglot is missing.
        LimitError: there are more parts than databases take.
    """
    plan = plan._replace(inputs=_columns(plan))
    kept = [name for name in dict.fromkeys(keep) if name not in _aliases(plan)]
    results = _result_names(plan, (*plan.inputs, *_aliases(plan), *keep))
    prefix = prefix_of_temporaries((*plan.inputs, *_aliases(plan), *keep, *results.values(), table), plan.language)
    plan = plan._replace(prefix=prefix)
    emitter = Emitter(
        plan.language, plan.graph, {k: _quoted(name) for k, name in enumerate(_aliases(plan))}, plan.results,
        temporary=lambda node: f"{prefix}{node}", only_named=True,
    )  # fmt: skip
    emitter.run()
    if len(emitter.statements) > MOST_PARTS:
        raise LimitError(
            "too-large", f"{len(emitter.statements):,} parts are more than the {MOST_PARTS:,} that a query may have",
            text=plan.source.text, hint="databases limit the columns of a step: c and python take any number",
        )  # fmt: skip
    columns = [(name, emitter.result(node)) for node, name in zip(plan.results, results.values(), strict=True)]
    shapes = {
        "table": f"{table}, whose columns are the inputs",
        "result": "for each row " + wrapped([f"{name} ({what})" for what, name in results.items()]),
        "dialect": plan.language.title,
    }
    note = "NULL counts as NaN; a row that has no value gives NULL, NaN or an infinity, and ends no query."
    if dialect == "sqlite":
        note += " SQLite needs its\nmathematical functions (3.35, SQLITE_ENABLE_MATH_FUNCTIONS), and its NaN is NULL."
    made = [*header(plan, shapes), *(f"-- {line}" for line in note.splitlines())]
    made.append(_text(_query(plan, emitter, columns, _quoted(table), kept, list(keep), dialect), dialect) + ";")
    if plan.examples:
        made += [
            "",
            "-- The self-check: 'ok', or what is wrong.",
            _text(_test(plan, emitter, columns, dialect), dialect),
        ]
        made[-1] += ";"
    return "\n".join(made) + "\n"


def _columns(plan: Plan) -> tuple[str, ...]:
    """The columns of the table, each by the name of its input."""
    return tuple(identifiers(plan.source.inputs, plan.language._replace(reserved=frozenset())))


def _aliases(plan: Plan) -> list[str]:
    """What the inputs are called from the first step on: nothing that is a value, which SQLite names anew."""
    return identifiers(plan.source.inputs, plan.language)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _result_names(plan: Plan, taken: Sequence[str]) -> dict[str, str]:
    """What each result is -> the name of its column."""
    outputs = list(plan.routine.names) if len(plan.routine.names) > 1 else [plan.name]
    wanted = plan.routine.wanted
    wishes = {f"output {k + 1}" if len(outputs) > 1 else "the value": output for k, output in enumerate(outputs)}
    wishes |= {f"d{output}/d{by}": f"d{output}_d{by}" for output in outputs for by in wanted}
    if plan.routine.hessian:
        wishes |= {
            f"d2{outputs[0]}/(d{one} d{other})": f"d2{outputs[0]}_d{one}_d{other}" for one in wanted for other in wanted
        }
    return dict(zip(wishes, identifiers(wishes.values(), plan.language, taken), strict=True))


def _query(
    plan: Plan, emitter: Emitter, columns: Sequence[tuple[str, str]], table: str, kept: Sequence[str],
    shown: Sequence[str], dialect: str, first: str = "",
) -> str:  # fmt: skip
    """The query as DuckDB would read it; `first` is a step before all others."""
    name = re.compile(rf'"(?:[^"]|"")+"|\b{plan.prefix}\d+\b')
    level: dict[str, int] = dict.fromkeys(map(_quoted, _aliases(plan)), 0)
    reads, steps = {}, {}
    for left, right, _, _ in emitter.statements:
        reads[left] = set(name.findall(right))
        level[left] = 1 + max((level[found] for found in reads[left]), default=0)
        steps[left] = right
    count = max(level.values(), default=0)
    # What each step hands on: what a later one reads.
    ends = {_quoted(text) for text in (*kept, *shown)}
    last: set[str] = {found for _, right in columns for found in name.findall(right)} | ends
    needed = [last]
    for step in range(count, 0, -1):
        here = {left for left in steps if level[left] == step}
        before = (needed[-1] - here).union(*(reads[left] for left in here & needed[-1]))
        needed.append(before)
    needed.reverse()
    stem = next(text for text in ("step", "part", "level", "steps") if not table.strip('"').casefold().startswith(text))
    asked = " MATERIALIZED" if DIALECTS[dialect].materialized else ""
    casts = [
        f"CAST({_quoted(column)} AS DOUBLE) AS {_quoted(text)}"
        for column, text in zip(plan.inputs, _aliases(plan), strict=True)
        if _quoted(text) in needed[0]
    ]
    chosen = [*(_quoted(text) for text in kept), *casts] or ["1e0 AS nothing"]
    queries = [f"SELECT {', '.join(chosen)} FROM {table}"]
    for step in range(1, count + 1):
        carried = sorted((needed[step] - {left for left in steps if level[left] == step}), key=_by_number)
        added = [f"{steps[left]} AS {left}" for left in steps if level[left] == step and left in needed[step]]
        queries.append(f"SELECT {', '.join([*carried, *added])} FROM {stem}{step}")
    final = [*map(_quoted, dict.fromkeys(shown)), *(f"{right} AS {_quoted(left)}" for left, right in columns)]
    withs = [*([first] if first else []), *(f"{stem}{k + 1} AS{asked} ({text})" for k, text in enumerate(queries))]
    return f"WITH {', '.join(withs)} SELECT {', '.join(final)} FROM {stem}{len(queries)}"


def _by_number(name: str) -> tuple[int, str]:
    return (0, name) if name.startswith('"') else (int(re.sub(r"\D", "", name)), name)


def _test(plan: Plan, emitter: Emitter, columns: Sequence[tuple[str, str]], dialect: str) -> str:
    """A query of one row that compares the routine with numbers."""
    number = plan.language.number
    wanted = identifiers([f"wanted{k}" for k in range(len(columns))], plan.language, (*plan.inputs, *dict(columns)))
    rows = []
    for example in plan.examples:
        listed = [*example.values, *(x for row in example.jacobian for x in row)]
        listed += [x for row in example.hessian for x in row]
        given = [f"{number(x)} AS {_quoted(name)}" for x, name in zip(example.point, plan.inputs, strict=True)]
        given += [f"{number(x)} AS {_quoted(name)}" for x, name in zip(listed, wanted, strict=True)]
        rows.append(f"SELECT {', '.join(given)}")
    first = f"examples AS ({' UNION ALL '.join(rows)})"
    query = _query(plan, emitter, columns, "examples", wanted, wanted, dialect, first)
    near = [
        f"ABS({_quoted(name)} - {_quoted(right)}) <= 1e-9 * (ABS({_quoted(right)}) + 1e-30)"
        for (name, _), right in zip(columns, wanted, strict=True)
    ]
    wrong = f"COUNT(*) - SUM(CASE WHEN {' AND '.join(near)} THEN 1 ELSE 0 END)"
    return f"SELECT CASE WHEN {wrong} = 0 THEN 'ok' ELSE 'wrong' END AS self_check FROM ({query}) AS found"


def _text(query: str, dialect: str) -> str:
    """The query as the database reads it, in lines."""
    try:
        import sqlglot
        from sqlglot import exp
    except ImportError as error:
        raise AutodiffError(
            "no-sqlglot", "SQL is written by sqlglot, which is not installed", hint="pip install 'autodiff-cli[sql]'"
        ) from error
    tree = sqlglot.parse_one(query, read="duckdb")
    there = sqlglot.Dialect.get_or_raise(dialect)
    words = _words(there)
    for node in list(tree.find_all(exp.Anonymous, exp.Identifier, exp.Cast)):
        if isinstance(node, exp.Anonymous):
            node.set("this", str(node.this).removeprefix("RAW_"))
        elif isinstance(node, exp.Identifier):
            plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", node.name) and node.name.upper() not in words
            node.set("quoted", not plain)
        elif isinstance(node.this, exp.Literal) and DIALECTS[dialect].infinity != INFINITY:
            node.replace(exp.Literal.number(DIALECTS[dialect].infinity))
    text: str = tree.sql(dialect=dialect, pretty=True, max_text_width=110)
    return text


def _words(dialect: Any) -> set[str]:
    """What a database may read as a word of its own."""
    found: Mapping[str, Any] = dialect.tokenizer_class.KEYWORDS
    return {word.upper() for word in (*found, *dialect.generator_class.RESERVED_KEYWORDS)} | _RESERVED


#: Words of SQL:2016 that a column is not called in one database or another.
_WORDS = """
ALL AND ANY ARRAY AS ASC BETWEEN BOTH BY CASE CAST CHECK COLLATE COLUMN CONSTRAINT CREATE CROSS CURRENT CURRENT_DATE
CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DEFAULT DESC DISTINCT ELSE END EXCEPT EXISTS FALSE FETCH FOR FOREIGN FROM
FULL GRANT GROUP GROUPING HAVING IN INDEX INNER INTERSECT INTERVAL INTO IS JOIN LATERAL LEADING LEFT LIKE LIMIT NATURAL
NOT NULL OFFSET ON ONLY OR ORDER OUTER OVER PARTITION PRIMARY QUALIFY REFERENCES RIGHT ROW ROWS SELECT SET SOME TABLE
THEN TO TRAILING TRUE UNION UNIQUE UNNEST USER USING VALUES WHEN WHERE WINDOW WITH VALUE INT ISNULL NOTNULL
"""
_RESERVED = frozenset(_WORDS.split())
