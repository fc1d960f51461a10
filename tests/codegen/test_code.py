"""Code of other languages: what can run here computes what `grad` computes, whatever names a formula has."""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from tests.codegen.proof import (
    C_FLAGS,
    RUNNERS,
    Case,
    can_run,
    edge_cases,
    prove,
    public_cases,
    row_cases,
)  # fmt: skip
from tests.support import ROOT, autodiff

from autodiff import api
from autodiff.api import Formula, generate
from autodiff.codegen.registry import TARGETS
from autodiff.differentiate.derive.routine import plain_products, routine
from autodiff.errors import AutodiffError

PAGE = ROOT / "docs" / "code.md"
SETS = {"public": public_cases, "rows": row_cases, "edges": edge_cases}
#: The share of points whose numbers are at most 4 units in the last place from those of `grad`.
LEAST = {
    "c": (0.99, 0.99, 0.99), "python": (0.99, 0.99, 0.99), "javascript": (0.92, 0.99, 0.99),
    "numpy": (0.93, 0.94, 0.97), "rust": (0.99, 0.99, 0.99), "fortran": (0.99, 0.99, 0.99),
    "matlab": (0.95, 0.98, 0.98),
    "sql duckdb": (0.96, 0.99, 0.99),
    "sql sqlite": (0.96, 0.99, 0.99),
    "sql postgres": (0.96, 0.97, 0.98),
}  # fmt: skip
#: Formulas of more characters compile slowly; routines that are split have tests of their own.
LONG = 2_000
needs_gcc = pytest.mark.skipif(not can_run("c"), reason="gcc is not installed")


def runnable(target: str) -> Any:
    return pytest.param(target, marks=pytest.mark.skipif(not can_run(target), reason=f"{target} cannot run here"))


@pytest.mark.parametrize("target", [*map(runnable, RUNNERS)])
def test_compiled_code_computes_what_grad_computes(target: str, tmp_path: Path) -> None:
    lines = []
    for name, cases in SETS.items():
        folder = tmp_path / name
        folder.mkdir()
        chosen = list(cases())
        if not os.environ.get("UPDATE_DOCS") and name == "public":
            # The page quotes all of them; from run to run some are enough, and none that takes seconds to compile.
            chosen = [case for case in chosen if len(case.text) < LONG][:: 9 if target.startswith("sql ") else 5]
        proof = prove(target, chosen, folder)
        least = LEAST[target][list(SETS).index(name)]
        worst = sorted(proof.distances, reverse=True)[:5]
        assert proof.share(4) >= least, f"{name}: {worst}"
        if target == "c" and name != "edges":
            # The same library computes both, but for some special functions.
            assert proof.share(100) == 1, worst
        lines.append((proof.formulas, proof.share(0), proof.share(4)))
    if os.environ.get("UPDATE_DOCS"):
        _note(target, lines)


def _note(target: str, lines: list[tuple[int, float, float]]) -> None:
    """Write the line of a target into the table of the page."""
    page = PAGE.read_text(encoding="utf-8")
    cells = [f"{count} formulas: {same:.1%} same, {near:.1%} within 4 ulps" for count, same, near in lines]
    text = f"| {target} | {Path(RUNNERS[target][0]).stem} | {' | '.join(cells)} |"
    assert re.search(rf"^\| {target} \|.*$", page, flags=re.M), f"the page has no line for {target}"
    PAGE.write_text(re.sub(rf"^\| {target} \|.*$", text, page, flags=re.M), encoding="utf-8")


@pytest.mark.parametrize("target", RUNNERS)
def test_the_page_says_how_right_each_target_is(target: str) -> None:
    assert re.search(rf"^\| {target} \| [\w.]+ \| \d+ formulas: ", PAGE.read_text(encoding="utf-8"), flags=re.M)


@pytest.mark.parametrize("target", TARGETS)
def test_the_page_names_every_target(target: str) -> None:
    assert f"`{target}`" in PAGE.read_text(encoding="utf-8")


NAMES = (
    "int", "exp", "in", "gradient", "f", "f_exact", "t1", "ad_max", "α", "x₁", "ħ", "lambda", "math", "np", "_", "__x",
    "NaN", "value", "true", "select", "end", "e1", "i", "j0", "y0", "main",
)  # fmt: skip


@pytest.mark.parametrize("target", [*map(runnable, RUNNERS)])
def test_names_that_a_language_reserves_or_cannot_spell_are_replaced(target: str, tmp_path: Path) -> None:
    cases = []
    for start in range(0, len(NAMES), 4):
        names = NAMES[start : start + 4]
        text = " + ".join(f"{k + 2}*{name}*{names[0]}" for k, name in enumerate(names))
        cases.append(Case(text, ((0.5, 1.5, 2.5, 3.5)[: len(names)],), names))
    text = " + ".join(f"({name})^2*{NAMES[0]}" for name in NAMES)
    cases.append(Case(text, (tuple(0.25 * k for k in range(len(NAMES))),), NAMES))
    proof = prove(target, cases, tmp_path)
    assert not proof.lacking
    assert proof.share(4) == 1, proof.distances


def compiled(text: str, folder: Path, *flags: str, name: str = "f") -> subprocess.CompletedProcess[str]:
    """A C program, compiled and run."""
    (folder / f"{name}.c").write_text(text, encoding="utf-8")
    subprocess.run(["gcc", *C_FLAGS, *flags, f"{name}.c", "-o", name, "-lm"], cwd=folder, check=True, timeout=600)
    return subprocess.run([str(folder / name)], cwd=folder, capture_output=True, encoding="utf-8", check=False)


#: How a file is compiled before it is run, where it is: with the file and the program at the end.
COMPILERS = {
    "c": ["gcc", *C_FLAGS, "-DAUTODIFF_TEST", "m.c", "-lm", "-o", "m"],
    "rust": ["rustc", "--edition", "2021", "-D", "warnings", "--test", "m.rs", "-o", "m"],
    "fortran": ["gfortran", "-std=f2008", "m.f90", "-o", "m"],
}  # fmt: skip
ENDINGS = {"matlab": "m", "javascript": "js", "rust": "rs", "fortran": "f90", "c": "c"}


def self_checked(target: str, code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A file with a self-check, run."""
    name = f"m.{ENDINGS.get(target, 'py')}"
    (folder / name).write_text(code, encoding="utf-8")
    command = [RUNNERS[target][0], name]
    if target == "matlab":  # the file is called as its function is
        (folder / name).rename(folder / "f.m")
        command = ["octave", "--no-gui", "--norc", "--eval", "f()"]
    if target in COMPILERS:
        subprocess.run(COMPILERS[target], cwd=folder, check=True, timeout=600)
        command = [str(folder / "m")]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)


SELF_CHECKED = (
    ("exp(-(x - mu)^2/(2s^2))*max(x, y)", False, True), ("r*cos(θ), r*sin(θ)", True, False),
    ("y*digamma(x) if x > y else x", False, True), ("x*y, x + y, 3", True, False), ("5", False, False),
)  # fmt: skip


@pytest.mark.parametrize("planted", [False, True])
@pytest.mark.parametrize(("text", "jacobian", "hessian"), SELF_CHECKED)
def test_a_self_check_passes_and_finds_a_planted_error(
    text: str, jacobian: bool, hessian: bool, planted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true_examples = api._examples

    def examples(*args: Any, **options: Any) -> Any:
        *before, last = true_examples(*args, **options)
        return [*before, last._replace(values=(last.values[0] + 0.125, *last.values[1:]))]

    if planted:
        monkeypatch.setattr(api, "_examples", examples)
    for target in TARGETS:
        if not can_run(target):  # those of SQL have tests of their own
            continue
        code = generate(text, target, jacobian=jacobian, hessian=hessian, test=True)
        done = self_checked(target, code, tmp_path)
        assert (done.returncode != 0) == planted, (target, done.stdout, done.stderr)


@needs_gcc
def test_a_routine_that_is_split_compiles_in_c_and_python(tmp_path: Path) -> None:
    count = 900
    text = "\n".join([f"t{k + 1} = sin({f't{k}' if k else 'x'})*x + y" for k in range(count)] + [f"t{count}"])
    formula = Formula(text)
    wanted = formula.gradient(x=0.5, y=0.25)
    code = generate(formula, "c", name="deep")
    main = (
        "#include <stdio.h>\nint main(void) { const double p[] = {0.5, 0.25}; double g[2]; const double v = deep(p, g);"
    )
    done = compiled(f'{code}{main} printf("%.17g %.17g %.17g", v, g[0], g[1]); return 0; }}\n', tmp_path)
    assert [float(part) for part in done.stdout.split()] == [wanted.value, *wanted.partials.values()]
    (tmp_path / "deep.py").write_text(generate(formula, "python", name="deep") + "print(*deep(0.5, 0.25))\n")
    printed = subprocess.run(
        [sys.executable, "deep.py"], cwd=tmp_path, capture_output=True, encoding="utf-8", check=True
    ).stdout
    assert [float(part.strip("(),")) for part in printed.split()] == [wanted.value, *wanted.partials.values()]


@pytest.mark.parametrize("target", [*map(runnable, ("rust", "fortran", "matlab"))])
def test_a_routine_that_is_split_compiles(target: str, tmp_path: Path) -> None:
    text = "\n".join([f"t{k + 1} = sin({f't{k}' if k else 'x'})*x + y" for k in range(900)] + ["t900"])
    proof = prove(target, [Case(text, ((0.5, 0.25), (-0.5, 0.75)))], tmp_path)
    assert proof.share(4) == 1, proof.distances


def test_equal_parts_are_computed_once_and_what_nothing_needs_not_at_all() -> None:
    made = routine(Formula("u = exp(x*y); unused = sin(x); u + u^2").graph(), ("x", "y"))
    names = [row.name for _, row, _ in made.graph.operations()]
    assert names.count("exp") == 1
    assert "sin" not in names
    assert generate("exp(x*y) + exp(x*y)^2", "python").count("_exp(") == 1 + 1  # where it is defined, and once called


def test_a_product_that_a_condition_looks_at_stays_exact() -> None:
    """NaN would not come out of it."""
    graph = routine(Formula("chain(x, y) if chain(x, y) > 1 else 2").graph(), ("x",)).graph
    looked_at = {arg for _, row, args in graph.operations() if row.share for arg in args}
    assert not looked_at & plain_products(graph)


ERRORS: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    ("x*besselj(0, x)", {}, "no-c", "besselj(0, x)"),
    ("lgamma(x) + sum([x, y])", {}, "array-code", "[x, y]"),
    ("x*y, x", {}, "several-outputs", "x*y"),
    ("x*y, x", {"jacobian": True, "hessian": True}, "several-outputs", "x*y"),
    ("x", {"name": "int"}, "bad-name", ""),
    ("x", {"name": "ad_max"}, "bad-name", ""),
    ("x", {"name": "f(void){system(0);} double g"}, "bad-name", ""),
    ("x", {"name": "naïve"}, "bad-name", ""),
    ("x", {"wrt": ["y"]}, "unknown-variable", ""),
    ("x", {"wrt": ["x", "x"]}, "named-twice", ""),
    ("log(-1 - x^2)", {"test": True}, "no-example", ""),
)  # fmt: skip


@pytest.mark.parametrize(("text", "options", "kind", "underlined"), ERRORS)
def test_what_cannot_be_written_is_said_with_its_place(
    text: str, options: dict[str, Any], kind: str, underlined: str
) -> None:
    with pytest.raises(AutodiffError) as caught:
        generate(text, "c", **options)
    assert caught.value.kind == kind
    assert caught.value.hint
    if underlined:
        assert text[slice(*caught.value.spans[0])] == underlined


def test_a_formula_cannot_leave_the_comment_that_shows_it(tmp_path: Path) -> None:
    text = "x # \\"
    for target in TARGETS:
        if target == "sql" and find_spec("sqlglot") is None:
            continue
        code = generate(f"{text}\n", target)
        assert "\\\n" not in code
    if can_run("c"):
        (tmp_path / "c.c").write_text(generate(f"{text}\n", "c"), encoding="utf-8")
        subprocess.run(["gcc", *C_FLAGS, "-c", "c.c"], cwd=tmp_path, check=True, timeout=60)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_a_document_of_latex_compiles(tmp_path: Path) -> None:
    texts = [
        generate("α*exp(-(x - mu)^2/(2*s_1^2)) if x > 0 else ŷ_max*x # 100% \\", "latex", hessian=True, name="energy"),
        generate("r*cos(θ), r*sin(θ)", "latex", jacobian=True), generate("5", "latex"), generate("変数^2", "latex"),
        generate(" + ".join(f"sin(x{k}*y)/{k + 1}" for k in range(60)), "latex"),
    ]  # fmt: skip
    for text in texts:
        (tmp_path / "m.tex").write_text(text, encoding="utf-8")
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "m.tex"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=120)
        log = done.stdout.decode("utf-8", "replace")
        assert done.returncode == 0, log[-2000:]
        assert "Overfull" not in log


def test_a_document_says_what_it_does_not_do() -> None:
    energy = r"\mathrm{energy}"
    text = generate("x^2*y", "latex", hessian=True, name="energy")
    assert rf"\frac{{\partial^{{2}} {energy}}}{{\partial x \partial y}} = 2 x" in text
    with pytest.raises(AutodiffError, match="cannot test itself"):
        generate("x", "latex", test=True)
    with pytest.raises(AutodiffError, match="more than the 2,000"):
        generate(" + ".join(f"sin(x{k})" for k in range(1000)), "latex")


def test_a_file_that_exists_is_kept_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "f.c"
    path.write_text("mine", encoding="utf-8")
    refused = autodiff("compile", "x^2", "--target", "c", "-o", str(path))
    assert refused.code == 2
    assert "--force" in refused.stderr
    assert path.read_text(encoding="utf-8") == "mine"
    assert autodiff("compile", "x^2", "--target", "c", "-o", str(path), "--force").code == 0
    assert path.read_text(encoding="utf-8") == autodiff("compile", "x^2", "--target", "c").stdout
    nowhere = autodiff("compile", "x^2", "--target", "c", "-o", str(tmp_path / "no" / "f.c"))
    assert (nowhere.code, "a folder that exists" in nowhere.stderr) == (2, True)


def test_a_value_for_a_variable_is_refused() -> None:
    done = autodiff("compile", "x^2", "--target", "c", "--x", "1")
    assert done.code == 2
    assert "a routine is made for all of them" in done.stderr
