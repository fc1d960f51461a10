"""`autodiff map`: rows of files through the command line, and every way in which a file can be wrong."""

import gzip
import io
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support import DATA, autodiff

from autodiff import BindingError, Formula

pa = pytest.importorskip("pyarrow", reason="tables are read with the extra 'data'")
csv = pytest.importorskip("pyarrow.csv")
parquet = pytest.importorskip("pyarrow.parquet")

POINTS = "id,x,y\na,1,2\nb,0,3\nc,-2,0.5\n"
FORMULA = "x*exp(-y^2) + abs(x)"


@pytest.fixture
def points(tmp_path: Path) -> Path:
    path = tmp_path / "points.csv"
    path.write_text(POINTS)
    return path


def rows_of(text: str) -> list[dict[str, str]]:
    names, *lines = [line.split(",") for line in text.splitlines()]
    return [dict(zip(names, line, strict=True)) for line in lines]


def lined(*lines: str) -> str:
    return "".join(line + "\n" for line in lines)


def test_each_row_holds_what_grad_gives(points: Path) -> None:
    done = autodiff("map", FORMULA, str(points), "--keep", "id")
    found = rows_of(done.stdout)
    assert [row["id"] for row in found] == ["a", "b", "c"]
    for row, (x, y) in zip(found, [(1, 2), (0, 3), (-2, 0.5)], strict=True):
        expected = Formula(FORMULA).gradient(x=x, y=y)
        assert [float(row["f"]), float(row["df_dx"]), float(row["df_dy"])] == pytest.approx(
            [expected.value, *expected.partials.values()], rel=1e-14
        )
    assert done.stderr == f"note: 1 of 3 rows on a kink, where the midpoint is used; the first: {points}, row 2\n"


def test_public_formulas_as_rows() -> None:
    cases = [json.loads(line) for line in (DATA / "gradients.jsonl").read_text(encoding="utf-8").splitlines()][::20]
    for case in cases:
        formula, point = case["formula"], case["point"]
        if case["lets"] or not all(isinstance(value, int | float) for value in point.values()):
            continue
        text = ",".join(point) + "\n" + ",".join(map(repr, point.values())) + "\n"
        # Some are called as constants are.
        columns = [option for name in point for option in ("--col", f"{name}={name}")]
        done = autodiff("map", formula, "--output-format", "jsonl", *columns, stdin=text)
        numbers = [float(number) for number in json.loads(done.stdout).values()]
        found = Formula(formula).gradient(point)
        assert numbers == pytest.approx([found.value, *found.partials.values()], rel=1e-12, nan_ok=True), formula


FORMATS = ("csv", "tsv", "jsonl", "parquet", "arrow", "csv.gz", "jsonl.zst", "tsv.gz")


@pytest.mark.parametrize("second", FORMATS)
@pytest.mark.parametrize("first", FORMATS)
def test_every_format_is_read_and_written(points: Path, tmp_path: Path, first: str, second: str) -> None:
    one, two = tmp_path / f"one.{first}", tmp_path / f"two.{second}"
    assert autodiff("map", "x + y", str(points), "--keep", "id,x", "-o", str(one)).code == 0
    assert autodiff("map", "h = 2*f + x", str(one), "--keep", "id", "-o", str(two)).code == 0
    last = autodiff("map", "z + 1", str(two), "--col", "z=h", "--keep", "id", "--output-format", "jsonl")
    assert "".join(last.stdout.splitlines()) == "".join(
        json.dumps({"id": name, "f": value, "df_dz": 1.0}) for name, value in (("a", 8.0), ("b", 7.0), ("c", -4.0))
    )


def test_second_derivatives_outputs_names_and_fixed_values() -> None:
    text = lined("length,k", "2,3")
    done = autodiff("map", "l^2*k", "--col", "l=length", "--k", "5", "--hessian-diagonal", stdin=text)
    assert done.stdout == lined("f,df_dl,d2f_dl2", "20,20,10")
    done = autodiff("map", "l^2*k", "--col", "l=length", "--hessian", "--wrt", "l,k", stdin=text)
    assert done.stdout == lined("f,df_dl,df_dk,d2f_dl2,d2f_dldk,d2f_dk2", "12,12,4,6,4,0")
    done = autodiff("map", "l*k, l", "--col", "l=length", "--wrt", "l", stdin=text)
    assert done.stdout == lined("f1,df1_dl,f2,df2_dl", "6,3,2,1")
    assert autodiff("map", "3", stdin=text).stdout == lined("f", "3")


def test_several_files_patterns_and_folders(tmp_path: Path) -> None:
    for year in (2023, 2024):
        folder = tmp_path / f"year={year}"
        folder.mkdir()
        (folder / "part.csv").write_text(lined("x", "1", "2"))
        (folder / "_SUCCESS").write_text("")
    done = autodiff("map", "x*year", str(tmp_path), "--wrt", "x", "--keep", "year")
    assert done.stdout == lined("year,f,df_dx", *[f"{y},{x * y},{y}" for y in (2023, 2024) for x in (1, 2)])
    pattern = autodiff("map", "2x", str(tmp_path / "*" / "part.csv"))
    assert pattern.stdout == lined("f,df_dx", *["2,2", "4,2"] * 2)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("", "standard input is empty"), ("x,y\n1,abc\n", "standard input, line 2, column 'y': 'abc' is no number"),
        ("x,y\n1,2\n3\n", "standard input, line 3: 1 cells, where the header has 2"),
        ("x,x,y\n1,2,3\n", "standard input has 2 columns 'x'"), ("x,z\n1,2\n", "standard input has no column 'y'"),
        ("x,y\n1,2020-01-01\n", "column 'y': '2020-01-01' is no number"), ("\n\n", "standard input is empty"),
        ("x,y\n1,\"2\n3\"\n", "is no number"),
    ],
)  # fmt: skip
def test_a_malformed_text_is_an_error_that_says_where(rows: str, says: str) -> None:
    done = autodiff("map", "x*y", stdin=rows)
    assert done.code == 2
    assert says in done.stderr and "hint: " in done.stderr
    assert done.stdout == ""


def test_texts_as_others_write_them() -> None:
    assert autodiff("map", "2x", stdin="\ufeffx\r\n1\r\n\r\n2\r\n").stdout == lined("f,df_dx", "2,2", "4,2")
    done = autodiff("map", "2x", "--keep", "id", stdin='id,x\n"a, ""b""",1\n"c\nd",2\n')
    assert done.stdout == 'id,f,df_dx\n"a, ""b""",2,2\n"c\nd",4,2\n'
    assert autodiff("map", "2x", stdin="x\n").stdout == lined("f,df_dx")
    done = autodiff("map", "2x", "--keep", "x", stdin="x\n1.50\n \n".replace(" ", ""))
    assert done.stdout == lined("x,f,df_dx", "1.50,3,2")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('{"x": 1}\n[2]\n', "line 2: it is no JSON object"), ('{"x": "é"}\n', "line 1, column 'x'"),
        ('{"x": [1, 2]}\n{"x": [1]}\n', "line 2, column 'x': an array of another shape"),
    ],
)  # fmt: skip
def test_a_malformed_line_of_json_is_an_error_that_says_where(lines: str, says: str) -> None:
    done = autodiff("map", "sum(x)", "--input-format", "jsonl", stdin=lines)
    assert done.code == 2 and says in done.stderr


def test_a_column_with_the_name_of_a_constant_has_two_readings() -> None:
    rows = lined("e,x", "2,3")
    done = autodiff("map", "e*x", stdin=rows)
    assert done.code == 2 and "'e' is the constant 2.71828 in the formula, and a column" in done.stderr
    assert autodiff("map", "e*x", "--col", "e=e", stdin=rows).stdout == lined("f,df_de,df_dx", "6,3,2")
    assert autodiff("map", "e*x", "--e", "e", stdin=rows).stdout.splitlines()[0] == "f,df_dx"
    with pytest.raises(BindingError, match="is the constant"):
        Formula("e*x").map({"e": [2.0], "x": [3.0]})
    assert Formula("e*x").map({"e": [2.0], "x": [3.0]}, wrt=["e", "x"])["f"] == [6.0]
    assert Formula("e*x").map({"e": [2.0], "x": [3.0]}, e="e")["f"] == pytest.approx([3 * math.e])


def test_lists_are_vectors() -> None:
    lines = '{"x": [1, 2], "k": 3}\n{"x": [0, 1], "k": null}\n'
    done = autodiff("map", "k*sum(x^2)", "--input-format", "jsonl", stdin=lines)
    first, second = map(json.loads, done.stdout.splitlines())
    assert first == {"f": 15.0, "df_dx[0]": 6.0, "df_dx[1]": 12.0, "df_dk": 5.0}
    assert second["f"] == "NaN"
    assert "1 of 2 rows without a finite result; standard input, row 2" in done.stderr


def typed(tmp_path: Path, name: str, column: Any) -> Path:
    path = tmp_path / name
    parquet.write_table(pa.table({"x": column}), path)
    return path


def test_columns_of_other_types(tmp_path: Path) -> None:
    import datetime
    import decimal

    numbers = {
        "int": pa.array([1, 2**53 + 1]), "null": pa.array([1.0, None]), "none": pa.array([None, None]),
        "decimal": pa.array([decimal.Decimal("1.5"), decimal.Decimal("2.5")]), "truth": pa.array([True, False]),
        "words": pa.array([1.5, 2.5]).dictionary_encode(), "float": pa.array([1.5, 2.5], pa.float32()),
    }  # fmt: skip
    for name, column in numbers.items():
        done = autodiff("map", "2x", str(typed(tmp_path, f"{name}.parquet", column)))
        assert done.code == 0, name
        expected = [math.nan if x is None else 2 * float(x) for x in column.to_pylist()]
        found = [float(row["f"]) for row in rows_of(done.stdout)]
        assert found == pytest.approx(expected, nan_ok=True), name
    for name, column in {"text": pa.array(["a"]), "time": pa.array([datetime.datetime(2020, 1, 1)])}.items():
        done = autodiff("map", "2x", str(typed(tmp_path, f"{name}.parquet", column)))
        assert done.code == 2 and "holds no numbers" in done.stderr
    vectors = typed(tmp_path, "list.parquet", pa.array([[1.0, 2.0], [3.0, 4.0]]))
    assert autodiff("map", "sum(x)", str(vectors)).stdout == lined("f,df_dx[0],df_dx[1]", "3,1,1", "7,1,1")


def test_what_becomes_of_undefined_rows(points: Path, tmp_path: Path) -> None:
    kept = autodiff("map", "log(x)", str(points))
    assert kept.code == 0 and [row["f"] for row in rows_of(kept.stdout)] == ["0", "-inf", "nan"]
    assert f"2 of 3 rows without a finite result; {points}, row 2: log is defined for x > 0" in kept.stderr
    dropped = autodiff("map", "log(x)", str(points), "--on-undefined", "drop", "--keep", "id")
    assert dropped.stdout == lined("id,f,df_dx", "a,0,1")
    old = tmp_path / "out.csv"
    old.write_text("old")
    failed = autodiff("map", "log(x)", str(points), "--on-undefined", "fail", "-o", str(old))
    assert failed.code == 3 and failed.stderr.startswith(f"undefined: {points}, row 2: log is defined")
    assert old.read_text() == "old" and len(os.listdir(tmp_path)) == 2


def test_a_row_is_explained_and_rows_are_checked(points: Path, tmp_path: Path) -> None:
    done = autodiff("map", "x*y", str(points), "--explain-row", "3")
    assert "df/dx                0.5   x = -2" in done.stdout
    assert "there is no row 4: there are 3" in autodiff("map", "x*y", str(points), "--explain-row", "4").stderr
    done = autodiff("map", "x*y", str(points), "--check-rows", "2")
    assert (done.code, done.stderr) == (0, "check: of 2 rows: 2 PASS\n")
    wrong = tmp_path / "wrong.ops"
    wrong.write_text("g(x) = x^2\nd/dx = 3*x\n")
    done = autodiff("map", "g(x)", str(points), "--ops", str(wrong), "--check-rows", "3")
    assert done.code == 1 and "FAIL" in done.stderr


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["x", "missing.csv"], "there is no file 'missing.csv'"), (["-", "-"], "both come from standard input"),
        (["x", "pyproject.toml"], "does not say in what format it is"), (["x", "-", "--col", "x"], "names no column"),
        (["x", "-", "--col", "q=x"], "names 'q'"), (["x", "-", "-o", "out.xyz"], "does not say in what format"),
        (["x", "-", "--keep", "nothing"], "has no column 'nothing'"),
        (["x", "-", "--input-format", "parquet"], "Parquet is read from a file"),
        (["f = x", "-", "--keep", "f"], "the result has a column 'f'"),
        (["x", "-", "-o", "missing/out.csv"], "cannot be written"), (["x", "-", "--col", "x=q"], "has no column 'q'"),
    ],
)  # fmt: skip
def test_a_wrong_request_says_what_to_type(args: list[str], says: str) -> None:
    done = autodiff("map", *args, stdin="x,f\n1,2\n")
    assert done.code == 2
    assert says in done.stderr and "hint: " in done.stderr


def test_a_file_that_is_no_table(tmp_path: Path) -> None:
    for name in ("x.parquet", "x.arrow", "x.csv.gz", "x.csv.zst", "x.feather"):
        path = tmp_path / name
        path.write_bytes(b"nothing of the kind")
        done = autodiff("map", "x", str(path))
        assert done.code == 2 and str(path) in done.stderr and "hint: " in done.stderr, name
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(b"x\n" + b"1\n" * 100_000)[:-50])
    assert autodiff("map", "x", str(cut)).code == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_disk(points: Path) -> None:
    done = autodiff("map", "x", str(points), "-o", "/dev/full", "--output-format", "csv")
    assert done.code == 2 and "no space left" in done.stderr


SLOW = """
import sys
print("x", flush=True)
for k in range(10**9):
    print(k)
"""


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="files without a name are of Linux")
def test_a_kill_in_mid_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    old = tmp_path / "out.csv"
    old.write_text("old")
    rows = subprocess.Popen([sys.executable, "-c", SLOW], stdout=subprocess.PIPE)
    command = [sys.executable, "-m", "autodiff", "map", "sin(x)", "-", "-o", str(old)]
    done = subprocess.Popen(command, stdin=rows.stdout)
    time.sleep(1.5)
    assert done.poll() is None
    done.kill()
    done.wait()
    rows.kill()
    rows.wait()
    assert rows.stdout is not None
    rows.stdout.close()
    assert old.read_text() == "old" and os.listdir(tmp_path) == ["out.csv"]


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_a_reader_that_has_seen_enough_ends_it_quietly(tmp_path: Path) -> None:
    big = tmp_path / "big.csv"
    csv.write_csv(pa.table({"x": np.arange(500_000.0)}), big)
    command = [sys.executable, "-m", "autodiff", "map", "sin(x)", str(big)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == b"f,df_dx\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == -signal.SIGPIPE


def test_many_rows_take_no_more_memory_than_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the batches of ten times the rows need beside is little."""
    import tracemalloc

    # Some blocks are read ahead.
    monkeypatch.setattr("autodiff.data.row_readers._BLOCK", 1 << 16)
    peaks = []
    for count in (500_000, 2_000_000):
        path = tmp_path / f"{count}.csv"
        csv.write_csv(pa.table({"x": np.arange(float(count))}), path)
        tracemalloc.start()
        autodiff("map", "x^2", str(path), "-o", str(tmp_path / "out.csv"))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] + 1e6, peaks


def test_a_terminal_obeys_no_text_of_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    monkeypatch.setattr(shown, "isatty", lambda: True, raising=False)
    from autodiff.cli.commands import map as command

    monkeypatch.setattr("sys.stdout", shown)
    with command._sink(None, "csv") as file:
        file.write(b"id,f\n\x1b[2Jx,1\n")
    assert "\x1b" not in shown.getvalue() and "x,1" in shown.getvalue()
