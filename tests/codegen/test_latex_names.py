"""Any name that the language allows is LaTeX that compiles: one subscript to an atom, braces that match."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autodiff.codegen.latex_names import declarations, name
from autodiff.syntax.tokens import canonical_name, is_name

CHARACTERS = "abwxyzABΓΔαβθλϕϵµ∂ℓéñößÐ_019₀₁₉ₐᵢₓₜxyμ中Ж\u0302\u0307"
NAMES = st.text(CHARACTERS, min_size=1, max_size=9).filter(is_name).map(canonical_name)
KNOWN = ("w1_out", "w_1_out", "x_1_2", "x₁ₐ", "a__b", "_", "__1", "θ1_λ2", "x1_y2_z3", "w₁_out", "xₐ_b", "x1ₐ", "é1_ñ2")


def doubled(latex: str) -> bool:
    """Whether a subscript follows a subscript without braces around the first: `a_{1}_{2}`."""
    ends: dict[int, bool] = {}
    depth = k = 0
    opened: list[bool] = []
    while k < len(latex):
        if latex[k] == "\\":
            k += 2
            ends.pop(depth, None)
            continue
        if latex[k] == "{":
            opened.append(k > 0 and latex[k - 1] == "_")
            depth += 1
            ends.pop(depth, None)
        elif latex[k] == "}":
            depth -= 1
            if opened.pop():
                ends[depth] = True
            else:
                ends.pop(depth, None)
        elif latex[k] == "_":
            if ends.get(depth):
                return True
        else:
            ends.pop(depth, None)
        k += 1
    return False


def test_the_search_for_double_subscripts_finds_them() -> None:
    assert doubled("w_{1}_{2}") and doubled(r"{w_{1}_{\mathrm{out}}}")
    assert not doubled("{w_{1}}_{2}") and not doubled("w_{1}x_{2}") and not doubled(r"w_{1 \_ \_}")


@pytest.mark.parametrize("text", KNOWN)
def test_a_name_with_several_indices_has_one_subscript(text: str) -> None:
    assert not doubled(name(canonical_name(text)))


def test_the_index_of_an_index_stands_in_braces() -> None:
    assert name("w1_out") == r"{w_{1}}_{\mathrm{out}}"


@given(NAMES)
def test_any_name_is_balanced_and_has_one_subscript(text: str) -> None:
    latex = name(text)
    bare = re.sub(r"\\.", "", latex)
    assert bare.count("{") == bare.count("}")
    assert not doubled(latex)


def test_hundreds_of_names_compile(tmp_path: Path) -> None:
    compiler = shutil.which("pdflatex")
    if compiler is None:
        pytest.skip("there is no pdflatex here to compile the document")
    drawn: set[str] = {canonical_name(text) for text in KNOWN}

    @settings(max_examples=1500, database=None, derandomize=True)
    @given(NAMES)
    def draw(text: str) -> None:
        if len(drawn) < 500:
            drawn.add(text)

    draw()
    assert len(drawn) == 500
    lines = [rf"${name(text)}^{{2}} + {name(text)}$\par" for text in sorted(drawn)]
    head = [r"\documentclass{article}", r"\usepackage{amsmath}", *declarations(lines), r"\begin{document}"]
    (tmp_path / "names.tex").write_text("\n".join([*head, *lines, r"\end{document}"]), encoding="utf-8")
    command = [compiler, "-interaction=nonstopmode", "-halt-on-error", "names.tex"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=600, check=False)
    log = ran.stdout.decode(errors="replace")
    said = [line for line in log.splitlines() if line.startswith(("!", "l."))]
    assert ran.returncode == 0, "\n".join(said) or log[-900:]
