"""No text of a user makes a terminal do anything: whatever carries it, only what shows comes out."""

import csv
import io
import json
import math
import unicodedata
from pathlib import Path

import pytest
from tests.support import Done, autodiff

from autodiff.cli.root import COMMANDS
from autodiff.errors import AutodiffError
from autodiff.printable import one_line, printable

#: ESC with a title, a colour and a cleared screen, BEL, BS, CR, DEL, C1, marks of direction, separators, and a tag.
ATTACKS = {
    "title": "\x1b]0;pwned\x07", "colour": "\x1b[31mred\x1b[0m", "clear": "\x1b[2J", "backspace": "ab\b\b",
    "return": "\rerror: forged", "delete": "\x7f", "c1": "\x9b31m\x85", "direction": "\u202e\u2066\u200f",
    "separator": "\u2028\u2029", "tag": "\U000e0041", "width": "\u200b\ufeff\u2060",
}  # fmt: skip


def obeyed(text: str) -> list[str]:
    return [char for char in text if char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")]


def harmless(done: Done) -> None:
    assert obeyed(done.stdout) == []
    assert obeyed(done.stderr) == []
    assert done.code != 70, done.stderr


def carriers(attack: str, folder: Path) -> dict[str, list[str]]:
    """Command lines that carry a text in every way that there is."""
    broken, formula, ops = folder / f"{ord(attack[0])}.csv", folder / "formula.txt", folder / "doc.ops"
    broken.write_text(f"1,{attack}\n", encoding="utf-8")
    formula.write_text(f"a = log(x # {attack}\n)\na + y", encoding="utf-8")
    ops.write_text(f"double(x) = 2x\nd/dx = 2\ndoc: {attack} [text](http://x) doubles\n", encoding="utf-8")
    comment = f"log(x # {attack}\n) + 1/x"
    found = {
        "formula": ["grad", f"x + {attack} y"], "value": ["grad", "x", "--x", attack],
        "option": ["grad", "x", f"--{attack}", "1"], "option with a value": ["grad", "x", f"--x{attack}=1"],
        "path": ["grad", f"@{attack}"], "path of a value": ["grad", "x", "--x", f"@{attack}.csv"],
        "path of operations": ["grad", "x", "--x", "1", "--ops", f"{attack}.ops"], "command": [attack, "x"],
        "output": ["graph", "x", "-o", f"{attack}.xyz"], "output in a folder": ["graph", "x", "-o", f"{attack}/x.svg"],
        "choice": ["grad", "x", "--x", "1", "--format", attack], "wrt": ["grad", "x", "--x", "1", "--wrt", attack],
        "let": ["grad", "x", "--let", f"{attack}=1"], "seed": ["grad", "x, x", "--x", "1", "--seed", attack],
        "direction": ["grad", "x", "--x", "1", "--direction", attack], "digits": ["eval", "1", "--digits", attack],
        "claim": ["verify", "x", "--claim", f"x={attack}"],
        "claim with a comment": ["verify", "x", "--claim", f"x=1 # {attack}"],
        "cells": ["eval", "x", "--x", f"@{broken}"], "function": ["functions", attack], "extra": ["eval", "1", attack],
        "undefined": ["grad", comment, "--x=-1"], "undefined in a file": ["grad", f"@{formula}", "--x=-1", "--y", "1"],
        "latex": ["diff", comment, "--format", "latex"], "explain": ["explain", comment, "--x", "2"],
        "explain a node": ["explain", comment, "--x", "2", "--node", attack], "tree": ["graph", comment, "--x", "2"],
        "two lines": ["verify", comment, "--claim", "x=1/x"],
    }  # fmt: skip
    for form in ("table", "json", "csv", "markdown", "plain", "value"):
        found[f"comment as {form}"] = ["grad", comment, "--x", "2", "--format", form]
        found[f"kink as {form}"] = ["grad", f"abs(x # {attack}\n)", "--x", "0", "--format", form]
    for form in ("text", "json", "markdown"):
        found[f"doc as {form}"] = ["functions", "double", "--ops", str(ops), "--format", form]
    return found


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_no_character_that_a_terminal_obeys_leaves_whatever_carries_it(attack: str, tmp_path: Path) -> None:
    for args in carriers(attack, tmp_path).values():
        harmless(autodiff(*args))


@pytest.mark.parametrize("attack", [ATTACKS["colour"], ATTACKS["title"], ATTACKS["clear"]])
def test_where_colours_show_only_ours_leave(attack: str, tmp_path: Path) -> None:
    colourful = {"eval", "grad", "hessian", "jacobian", "explain", "graph", "diff", "verify"}
    assert colourful < COMMANDS.keys()
    for args in carriers(attack, tmp_path).values():
        if args[0] not in colourful:
            continue
        for given in ([*args, "--color", "always"], [args[0], "--color=always", *args[1:]]):
            done = autodiff(*given)
            assert "\x1b[31mred" not in done.stdout + done.stderr
            assert "\x1b[2J" not in done.stdout + done.stderr and "\x1b]" not in done.stdout + done.stderr


def test_json_stays_json_and_says_the_same() -> None:
    for attack in ATTACKS.values():
        text = json.dumps({"formula": attack}, ensure_ascii=False)
        assert json.loads(printable(text, as_json=True)) == {"formula": attack}
        assert obeyed(printable(text, as_json=True)) == []


def test_what_shows_stays_as_it_is() -> None:
    for text in ("θ² + x₁\tα\n", "a b", "日本 é", "\\x1b[0m"):
        assert printable(text) is text
    assert printable("a\x1b[0mb") == "a\\x1b[0mb"
    assert printable("\x1b[1;31ma\x1b[0m\x1b[2J\x1b[3", colored=True) == "\x1b[1;31ma\x1b[0m\\x1b[2J\\x1b[3"
    assert one_line("a\nb\r") == "a\\nb\\r"


def test_an_error_in_python_is_harmless_where_it_is_printed() -> None:
    assert obeyed(str(AutodiffError("kind", "what \x1b[2J", hint="\u202e"))) == []


def test_links_in_markdown_are_inert(tmp_path: Path) -> None:
    ops = tmp_path / "doc.ops"
    ops.write_text("double(x) = 2x\nd/dx = 2\ndoc: ![a](http://b) [c][d] <http://e> [d]: http://f\n", encoding="utf-8")
    done = autodiff("functions", "double", "--ops", str(ops), "--format", "markdown")
    assert done.code == 0, done.stderr
    for link in ("[a](", "[c][", " <http", "[d]:"):
        assert link not in done.stdout, done.stdout
    assert "http://b" in done.stdout


@pytest.mark.parametrize(
    ("formula", "cell"), [("-x + 1", "'-x"), ("x + (+x)", "x + (+x)"), ("=x", "x"), ("a = -x; a*2", "'-x")]
)
def test_no_cell_of_safe_csv_is_a_formula_to_a_spreadsheet(formula: str, cell: str) -> None:
    done = autodiff("grad", formula, "--x", "-3", "--format", "csv", "--safe-csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert cell in [row["expression"] for row in rows]
    for row in rows:
        for text in row.values():
            if text.startswith(("=", "+", "-", "@")):
                assert all(math.isfinite(float(word)) for word in text.split())
