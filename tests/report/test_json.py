"""JSON of every command is JSON: strict where numbers are not finite, and on streams that carry few letters."""

import ast
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_process import COMMAND, environment
from tests.support import autodiff as command

import autodiff

FORMULA = "sin(é) + é^2"
COMMANDS: dict[str, list[str]] = {
    "eval": ["eval", FORMULA, "--é", "1"],
    "grad": ["grad", FORMULA, "--é", "1", "--check"],
    "forward": ["grad", FORMULA, "--é", "1", "--mode", "both"],
    "order": ["grad", FORMULA, "--é", "1", "--order", "2"],
    "jacobian": ["jacobian", FORMULA + ", é", "--é", "1", "--check"],
    "hessian": ["hessian", FORMULA, "--é", "1"],
    "hessian along a direction": ["hessian", FORMULA, "--é", "1", "--direction", "é=1"],
    "diff": ["diff", FORMULA],
    "verify": ["verify", FORMULA, "--claim", "é=cos(é) + 2é"],
    "a wrong claim": ["verify", FORMULA, "--claim", "é=cos(é)"],
    "functions": ["functions"],
}


def strict(text: str) -> Any:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("args", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_stream_of_ascii_gets_the_same_json(args: list[str]) -> None:
    encoded = {}
    for encoding in ("ascii", "utf-8"):
        env = environment(PYTHONIOENCODING=encoding)
        done = subprocess.run(
            [*COMMAND, *args, "--format", "json"], env=env, capture_output=True, timeout=600, check=False
        )
        assert done.returncode in (0, 1), done.stderr
        encoded[encoding] = done.stdout.decode(encoding)
    assert strict(encoded["ascii"]) == strict(encoded["utf-8"])
    assert args[0] == "functions" or "é" in encoded["utf-8"]


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["grad", "1/x", "--x", "0"], '"Infinity"'),
        (["grad", "log(x)", "--x", "-1"], '"NaN"'),
        (["jacobian", "1/x, -1/x", "--x", "0"], '"-Infinity"'),
        (["hessian", "log(x)", "--x", "-1"], '"NaN"'),
        (["grad", "log(x)", "--x", "0", "--order", "2"], '"-Infinity"'),
        (["grad", "log(x)", "--x", "-1", "--mode", "both"], '"NaN"'),
        (["grad", "log(x)", "--x", "-1", "--check"], '"NaN"'),
        (["verify", "1/x", "--x", "0", "--claim", "x=-1/x^2"], "UNDEFINED"),
        (["verify", "log(x)", "--x", "2", "--claim", "x=1/(x - 2)"], '"Infinity"'),
        (["eval", "[1/x, log(-x)]", "--x", "0"], '"Infinity"'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_not_finite_is_a_text(args: list[str], text: str) -> None:
    done = command(*args, "--format", "json")
    assert done.code != 2, done.stderr
    assert text in done.stdout
    strict(done.stdout)


def test_there_is_one_encoder() -> None:
    root = Path(autodiff.__file__).resolve().parent
    found = []
    for file in root.rglob("*.py"):
        names = {
            node.attr
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "json"
        }
        imported = "JSONEncoder" in file.read_text(encoding="utf-8")
        if imported or "dumps" in names:
            found.append(file.relative_to(root).as_posix())
    # The others write what only our own process for SymPy reads.
    assert sorted(found) == ["numerals.py", "verify/oracles/sympy_process.py", "verify/oracles/sympy_worker.py"]
