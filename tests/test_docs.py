"""What the documents show is what comes out: every console block and every Python block is run."""

import contextlib
import doctest
import io
import json
import os
import re
import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import pytest
from tests.support import ROOT

from autodiff.cli.root import COMMANDS, root, run
from autodiff.ops.table import ROWS

COMMANDS_PAGE = ROOT / "docs" / "commands.md"
NEEDS_FLINT = pytest.mark.skipif(find_spec("flint") is None, reason="python-flint is not installed")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def console_examples() -> list[Any]:
    found: list[Any] = []
    for page in PAGES:
        for block in re.findall(r"^```console\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S):
            for example in re.split(r"^(?=\$ )", block, flags=re.M)[1:]:
                command, _, expected = example.partition("\n")
                marks = [NEEDS_FLINT] * bool(re.search(r"^\$ autodiff enclose|--certify", command))
            found.append(pytest.param(command[2:], expected, id=f"{page.name}: {command[2:60]}", marks=marks))
    return found


def execute(command: str) -> str:
    """What a person sees at the root of the repository: standard output, then standard error."""
    program, *args = shlex.split(command)
    assert program == "autodiff"
    if args[0] == "map":
        pytest.importorskip("pyarrow", reason="tables are read with the extra 'data'")
    if "sql" in args:
        pytest.importorskip("sqlglot", reason="SQL is written with the extra 'sql'")
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        run(args)
    return out.getvalue() + err.getvalue()


@pytest.mark.parametrize(("command", "expected"), console_examples())
def test_a_documented_command_prints_what_the_page_shows(command: str, expected: str) -> None:
    assert execute(command) == expected


@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=[NEEDS_FLINT] * (page.name == "enclose.md"), id=page.name) for page in PAGES]
)
def test_documented_python_gives_what_the_page_shows(page: Path) -> None:
    failures, _ = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert failures == 0


def test_every_row_is_documented() -> None:
    lacking = [row.name for row in ROWS if not row.doc or not row.example]
    assert lacking == []


def test_the_page_of_functions_is_what_the_table_says() -> None:
    """`UPDATE_DOCS=1` writes it."""
    page = ROOT / "docs" / "functions.md"
    text = FUNCTIONS + execute("autodiff functions --format markdown").rstrip("\n") + "\n" + measured()
    if os.environ.get("UPDATE_DOCS"):
        page.write_text(text, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == text


def measured() -> str:
    """The table that `benchmarks/accuracy.py --store` wrote."""
    stored = json.loads((ROOT / "tests" / "data" / "accuracy.json").read_text(encoding="utf-8"))
    rows = [
        "| "
        + " | ".join(
            [f"`{label}`", *(f"{found[kind]:.3g}" for kind in ("value", "first", "second")), str(found["points"])]
        )
        + " |"
        for label, found in stored.items()
    ]
    return ACCURACY + "\n".join(rows) + "\n"


ACCURACY = """
## Accuracy, measured

The largest errors that `benchmarks/accuracy.py` met at some points of each operation (drawn from the whole domain,
from the tails, from subnormal numbers and beside the points where something happens), against hundreds of digits,
in units in the last place of the right double: of the value, of the first derivative and of the second. After the
name stands how many arguments were given. Results that are subnormal, overflow, or lie within a rounding of a zero
are left out.

| operation | value | first | second | points |
|---|---|---|---|---|
"""


FUNCTIONS = """# Functions

Every operation, its derivative rules in the [language](language.md) of formulas, where it is defined, and
where it has a kink. `autodiff functions --format markdown` prints these entries, and `autodiff functions
NAME` one of them. A kink is marked in every output, and the midpoint of its two sides is used. In the rule of
an operation that takes any number of arguments, `xs` is all of them, `x` the one that is differentiated, and
`{x^2 + ...}` a sum over all. A rule of an operation on whole arrays says what it hands back to an argument
when `g` is the gradient of its result. [Operations of your own](operations.md) join them.

"""


def options_of(name: str) -> list[str]:
    command = root.get_command(click.Context(root), name)
    assert command is not None
    params = command.get_params(click.Context(command))
    return [option for param in params for option in (*param.opts, *param.secondary_opts) if option.startswith("--")]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_section_and_every_option_an_explanation(name: str) -> None:
    text = COMMANDS_PAGE.read_text(encoding="utf-8")
    heading = f"\n## `autodiff {name}`"
    assert heading in text, f"{COMMANDS_PAGE.name} has no section for {name}"
    section = text.partition(heading)[2].partition("\n## ")[0]
    shared = text.partition("\n## Options of every command")[2].partition("\n## ")[0]
    missing = [option for option in options_of(name) if not re.search(rf"`{option}[` ]", section + shared)]
    assert missing == [], f"{COMMANDS_PAGE.name} does not explain them in the section of {name}"


def test_no_page_explains_an_option_that_does_not_exist() -> None:
    known = {option for name in COMMANDS for option in options_of(name)} | {"--version", "--help"}
    text = COMMANDS_PAGE.read_text(encoding="utf-8")
    mentioned = set(re.findall(r"^\| `(--[a-z][a-z-]*)[` ]", text, re.M))
    assert mentioned <= known


JSON = [
    "grad 'abs(x)*y' --x 0 --y 1 --check", "grad 'x^2' --x 3 --step 1e-3", "grad 'log(x)' --x 0", "eval 'x, 2x' --x 3",
    "grad 'x^2' --x 3 --mode both", "grad 'x*y' --x 3 --y 1 --direction x=1", "grad 'x^2' --x 3 --order 2",
    "grad 'x^2' --x 3 --check nodes", "jacobian 'x^2, x' --x 3", "hessian 'x^2*y' --x 3 --y 1", "diff 'x^2' --order 2",
    "hessian 'x^2*y' --x 3 --y 1 --direction x=1", "verify 'x^2' --claim x=x", "functions clamp",
    "grad 'x*y, x' --x 3 --y 1 --seed 1,-2",
]  # fmt: skip


@pytest.mark.parametrize("command", JSON)
def test_every_key_of_the_json_is_documented(command: str) -> None:
    text = COMMANDS_PAGE.read_text(encoding="utf-8")
    # Below these keys stand names of variables.
    named = {"gradient", "forward", "inputs", "derivatives", "product", "direction", "tangents", "point"}
    # Remarks on standard error follow.
    whole, _ = json.JSONDecoder().raw_decode(execute(f"autodiff {command} --format json"))
    found: set[str] = set()
    stack: list[tuple[str, Any]] = [("", whole)]
    while stack:
        above, value = stack.pop()
        if isinstance(value, dict):
            found |= set() if above in named and not isinstance(value.get("name"), str) else set(value)
            stack += [("" if above in named else key, each) for key, each in value.items()]
        elif isinstance(value, list):
            stack += [(above, each) for each in value]
    assert sorted(key for key in found if f"`{key}`" not in text) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_a_help_text(name: str) -> None:
    text = execute(f"autodiff {name} --help")
    options = re.findall(r"^  (--[\w-]+)(.*)$", text, re.M)
    assert options
    assert text.count("\n  autodiff ") >= 1, "no example"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"autodiff {name}" in readme, f"README.md does not mention {name}"


def test_every_link_between_the_documents_leads_somewhere() -> None:
    for page in [*PAGES, ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_readme_stays_one_page_and_sets_up_in_two_commands() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 150
    assert len([line for line in lines if line.startswith("    python3 -m venv .venv && ")]) == 2


def test_the_index_says_a_sentence_about_every_page() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^- \[.+\]\((\w+\.md)\): .+\.$", index, flags=re.M)
    assert sorted(listed) == sorted(page.name for page in PAGES[1:] if page.name != "index.md")


def test_every_file_that_the_architecture_names_exists() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w/]+(?:/|\.\w+))`", page))
    assert len(named) > 50
    source = ROOT / "src" / "autodiff"
    assert sorted(name for name in named if not (source / name).exists() and not (ROOT / name).exists()) == []


def test_the_architecture_has_a_place_for_every_room() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = page.partition("## The rooms")[2].partition("\n## ")[0]
    entries = [path for path in (ROOT / "src" / "autodiff").iterdir() if not path.name.startswith(("__", "py.typed"))]
    names = [path.name + "/" * path.is_dir() for path in entries]
    assert [name for name in names if f"`{name}`" not in rooms] == []


def test_examples_of_functions_show_numbers_that_every_machine_gives() -> None:
    """What ought to be 0 and is computed as 1e-17 depends on the library that computes it."""
    page = (ROOT / "docs" / "functions.md").read_text(encoding="utf-8")
    results = re.findall(r"^- example: `.* = (.*)`$", page, flags=re.M)
    assert len(results) > 100
    for result in results:
        sizes = [abs(float(number)) for number in re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?", result)]
        assert all(size == 0 or size > 1e-12 * max(sizes) for size in sizes), result
