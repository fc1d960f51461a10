"""Command lines that nobody would type: every command, formulas, values, files and options, half of them wrong.

    python -m tests.fuzz.lines 20000 --seed 1

runs so many inside this process and says what broke; the suite runs some of them. The same seed gives the same lines.
"""

# ruff: noqa: E501 -- tables of what to draw from

import argparse
import contextlib
import json
import os
import random
import re
import signal
import sys
import tempfile
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from tests.support import Done, autodiff, smooth_formula

#: No case may take longer.
SECONDS = 10.0
COMMANDS = ("eval", "grad", "jacobian", "hessian", "explain", "graph", "diff", "verify", "functions")
NAMES = ("x", "y", "z", "θ", "x1", "w1_out", "e", "gamma", "lambda", "x₁", "_")
NUMBERS = (
    "0",
    "1",
    "-1",
    "2.5",
    "1e-3",
    "1e308",
    "1e400",
    "-0.0",
    "0.1",
    "9" * 30,
    "9" * 5000,
    "1e-320",
    "pi",
    "inf",
    "nan",
    "3.",
)
FUNCTIONS = ("sin", "cos", "exp", "log", "sqrt", "abs", "max", "min", "tanh", "relu", "where", "sum", "mean", "outer", "inv",
             "det", "trace", "norm", "softmax", "atan2", "hypot", "gamma", "erf", "sinc", "floor", "clip", "qq", "dot")  # fmt: skip
OPERATORS = (
    " + ",
    " - ",
    "*",
    "/",
    "^",
    "**",
    " @ ",
    " % ",
    " < ",
    " == ",
    " and ",
    "·",
    "",
    " ",
    ";",
    ", ",
    "\n",
    "=",
    " // ",
)
JUNK = ("\x1b[2J", "\x00", "\u202e", "\u2028", "\x9b", "#", "# \x07\n", "(", ")", "[", "]", "{", "\\frac{1}{x}", "\\", "'", '"',
        "`", "$(x)", "|x|", "½", "∑", "\ud800", "é", "日本", "𝒙", "lambda x:", "if", "else", "__import__('os')", ".T", "[0]", "[:, 1]",
        "@", "!", "x = ", "f(x) = x^2; f(", "\u200b", "\r", "\t", "%s", "{0}", "<script>", "..", "'''", "1e", "0x1F", "1_000")  # fmt: skip
ARRAYS = (
    "[1, 2]",
    "[[1, 2], [3, 4]]",
    "[]",
    "[[1], [1, 2]]",
    "[1, 2",
    "[nan, 1]",
    "[[1, 2]]",
    "[[[1]]]",
    "[x]",
    "[1e400]",
)
FORMATS = ("table", "json", "csv", "markdown", "plain", "value", "text", "latex", "xml", "")
FILES = {
    "a.csv": b"1,2\n3,4\n", "b.csv": b'"1\n2",3\n', "c.csv": b'"1,2\n', "d.csv": b"\xff\xfe", "e.csv": b"",
    "a.json": b"[1, 2]", "b.json": b"[" * 500 + b"1" + b"]" * 500, "c.json": b'{"a": 1}', "d.json": b"9" * 5000,
    "a.npy": b"\x93NUMPY\x01\x00\x10\x00(((((((((((((((\n", "b.npy": b"", "a.txt": b"x*y + sin(x)", "b.txt": b"# \x1b[2J\nx +",
    "a.ops": b"double(x) = 2x\nd/dx = 2\ndoc: twice \x1b[2J\n", "b.ops": b"double(x) =", "c.ops": b"f(x) = g(x)\nd/dx = 1\n",
}  # fmt: skip
OPTIONS = ("--wrt", "--seed", "--let", "--digits", "--all", "--color", "--format", "--order", "--direction", "--mode", "--node",
           "--paths", "--most", "--claim", "--exact", "--ops", "-o", "--step", "--fragment", "--help", "--x", "--", "-h",
           "--at", "--range", "--samples", "--simplify-timeout", "--check-timeout")  # fmt: skip


#: What some commands take.
FORMATS_OF = {
    "explain": ("text", "markdown", "latex"), "diff": ("text", "latex", "json"), "verify": ("text", "json", "plain"),
    "functions": ("text", "json", "markdown"),
}  # fmt: skip
OPTIONS_OF = {
    "eval": ("--digits", "--all", "--color"), "grad": ("--wrt", "--seed", "--order", "--direction", "--mode", "--all"),
    "jacobian": ("--wrt", "--all", "--color"), "hessian": ("--wrt", "--direction", "--all"),
    "explain": ("--node", "--paths", "--most", "--all", "--fragment"), "graph": ("--all", "--seed", "--wrt"),
    "diff": ("--wrt", "--order", "--exact"), "functions": ("--ops",), "verify": ("--claim", "--color"),
}  # fmt: skip


class Slow(BaseException):
    """A case took too long."""


def formula(draw: random.Random, depth: int = 0) -> str:
    choice = draw.random()
    if depth > 4 or choice < 0.3:
        return draw.choice(NAMES if draw.random() < 0.7 else NUMBERS)
    if choice < 0.6:
        return f"{formula(draw, depth + 1)}{draw.choice(OPERATORS[:8] if draw.random() < 0.8 else OPERATORS)}{formula(draw, depth + 1)}"
    if choice < 0.85:
        inside = ", ".join(formula(draw, depth + 1) for _ in range(draw.choice((1, 1, 1, 2, 3, 0))))
        return f"{draw.choice(FUNCTIONS)}({inside})"
    if choice < 0.93:
        return f"({formula(draw, depth + 1)})"
    return draw.choice((*ARRAYS, draw.choice(JUNK) + formula(draw, depth + 1)))


def value(draw: random.Random) -> str:
    kind = draw.random()
    if kind < 0.6:
        return draw.choice(NUMBERS)
    if kind < 0.75:
        return draw.choice(ARRAYS)
    if kind < 0.85:
        return "@" + draw.choice([*FILES, "missing.csv", ".", "a\x00.csv"])
    return draw.choice(JUNK) if kind < 0.95 else formula(draw, 3)


def line(draw: random.Random) -> list[str]:
    """One command line."""
    command = draw.choice(COMMANDS) if draw.random() < 0.97 else draw.choice((*JUNK, "help", "grda"))
    sound = draw.random() < 0.4
    text = (
        smooth_formula(draw.randbytes(12))
        if sound
        else formula(draw)
        if draw.random() < 0.9
        else draw.choice(("-", "@a.txt", "@b.txt", "@missing", *JUNK))
    )
    args = [command, *([draw.choice((*FUNCTIONS, *JUNK))] if command == "functions" else [text])]
    words = set(re.findall(r"\w+", text)) if text[:1] not in "-@" else {"x", "y"}
    for name in NAMES:
        if name in words and draw.random() < 0.95 and command not in ("diff", "functions"):
            number = draw.choice(("1", "2.5", "-0.3", "0")) if draw.random() < 0.7 else value(draw)
            args += [f"--{name}", number] if draw.random() < 0.8 else [f"--{name}={number}"]
    if draw.random() < 0.5 and command != "graph":
        args += ["--format", draw.choice(FORMATS if draw.random() < 0.1 else FORMATS_OF.get(command, FORMATS[:6]))]
    if command == "verify":
        args += ["--claim", f"{draw.choice(NAMES)}={formula(draw, 3)}"]
    if command == "graph" and draw.random() < 0.7:
        args += ["-o", f"out.{draw.choice(('svg', 'html', 'dot', 'mmd', 'xyz', 'svg/x.svg'))}"]
    for _ in range(draw.choice((0, 0, 0, 1, 1, 2))):
        args.append(draw.choice(OPTIONS if draw.random() < 0.3 else OPTIONS_OF.get(command, OPTIONS[:4])))
        if draw.random() < 0.7:
            args.append(
                draw.choice(
                    (value(draw), "x", "x,y", "2", "auto", "forward", "a.ops", "b.ops", "c.ops", "x=1", "nan", "-1")
                )
            )
    if draw.random() < 0.05:
        draw.shuffle(args)
    return args


def wrong(args: list[str], done: Done) -> str:
    """What is wrong with the outcome of a command line; empty for nothing."""
    if done.code not in (0, 1, 2, 3, 4):
        return f"exit code {done.code}"
    if done.code == 2 and done.stdout:
        return "an error with a result"
    if done.code == 2 and not done.stderr.startswith(("error: ", "note: ", "\x1b[1;31merror:")):
        return "an error without a word"
    if "Traceback" in done.stderr:
        return "a traceback"
    for name, text in (("output", done.stdout), ("error", done.stderr)):
        bare = text
        for ours in ("\x1b[1;31m", "\x1b[34m", "\x1b[1m", "\x1b[0m"):
            bare = bare.replace(ours, "") if name == "error" else bare
        coloured = "always" in args and name == "output"
        for char in bare:
            if (
                char not in "\n\t"
                and not (coloured and char == "\x1b")
                and unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")
            ):
                return f"the character {char!r} in the {name}"
    if "--format" in args and args[args.index("--format") + 1 :][:1] == ["json"] and done.stdout.startswith(("{", "[")):
        try:
            json.loads(done.stdout, parse_constant=_no_constant)
        except ValueError as error:
            return f"JSON that is none: {error}"
    return ""


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def _late(*_: Any) -> NoReturn:
    raise Slow


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder with the files, in which the command lines run."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        try:
            for file, content in FILES.items():
                Path(file).write_bytes(content)
            yield Path(name)
        finally:
            os.chdir(before)


def broken(args: list[str], where: Path) -> str:
    """Run a command line, and say what is wrong; empty for nothing."""
    timer = hasattr(signal, "setitimer")
    if timer:
        signal.signal(signal.SIGALRM, _late)
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        done = autodiff(*args, stdin="x + 1")
    except Slow:
        return "over 10 seconds"
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    finally:
        if timer:
            signal.setitimer(signal.ITIMER_REAL, 0)
    left = [file.name for file in where.iterdir() if file.name not in FILES and not file.name.startswith("out.")]
    for file in left:
        (where / file).unlink()
    return wrong(args, done) or (f"left {left}" if any(name.startswith(".autodiff") for name in left) else "")


def cases(count: int, seed: int) -> Iterator[tuple[int, list[str]]]:
    for number in range(count):
        yield number, line(random.Random(f"{seed}/{number}"))


def main() -> int:
    parser = argparse.ArgumentParser(description="Run command lines that nobody would type.")
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    start, bad = time.monotonic(), 0
    with folder() as where:
        for number, args in cases(given.count, given.seed):
            problem = broken(args, where)
            if problem:
                bad += 1
                shown = [arg if len(arg) < 200 else f"{arg[:60]}...({len(arg)})" for arg in args]
                print(f"{given.seed}/{number}: {problem}\n    {shown!a}", flush=True)
    print(f"{given.count} cases, {bad} broken, {time.monotonic() - start:.0f} s")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
