"""What several test modules use: formulas that a law holds for, and the command line inside this process."""

import contextlib
import io
from pathlib import Path
from typing import NamedTuple

import pytest

from autodiff.cli.root import run

#: The checkout, and the data of tests.
ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "tests" / "data"
NAMES = ("x", "y", "z")
#: Formulas that are smooth everywhere and neither grow nor cancel much: `{0}` and `{1}` stand for other formulas.
SMOOTH = (
    "({0} + {1})", "({0} - {1})", "({0}*{1})", "({0}/(1 + {1}^2))", "sin({0})", "cos({0})", "tanh({0})", "atan({0})",
    "asinh({0})", "exp(-{0}^2)", "log(1 + {0}^2)", "sqrt(1 + {0}^2)", "sigmoid({0})", "softplus({0})", "erf({0})",
    "({0}^2)", "({0})^3", "(2 + sin({0}))^{1}", "hypot(1, {0}, {1})", "atan2(1 + {0}^2, {1})", "logaddexp({0}, {1})",
    "(0.7{0})", "(1.5 - {0})", "cosh(sin({0}))", "1/(2 + cos({0}))", "expm1(-{0}^2)", "log1p({0}^2)", "gelu({0})",
    "silu({0})", "sinc({0})", "exp2(sin({0}))", "erfc({0})", "cbrt(1 + {0}^2)", "sech({0})", "({0} if 1 < 2 else {1})",
)  # fmt: skip


def smooth_formula(data: bytes) -> str:
    """A formula in x, y and z that `data` chooses; where it ends, each place that is left is a variable."""
    choices = iter(data)

    def write(depth: int) -> str:
        choice = next(choices, 0)
        if depth > 5 or choice < 80:
            return NAMES[choice % 3]
        return SMOOTH[choice % len(SMOOTH)].replace("{0}", write(depth + 1)).replace("{1}", write(depth + 1))

    return write(0) if data else "x"


class Done(NamedTuple):
    """What a command did."""

    code: int
    stdout: str
    stderr: str


def autodiff(*args: str, stdin: str = "") -> Done:
    """Run a command inside this process."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        code = run(args)
    return Done(code, out.getvalue(), err.getvalue())
