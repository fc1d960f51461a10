"""Arrays from files: what each kind of file gives, and what is wrong with one that gives nothing."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support import autodiff


def read(folder: Path, name: str, content: str | np.ndarray[Any, Any]) -> tuple[int, str, str]:
    """What `eval x` says of a file with this content, whose path stays out of the messages."""
    path = folder / name
    if isinstance(content, str):
        path.write_bytes(content.encode())
    else:
        np.save(path, content)
    done = autodiff("eval", "x", "--x", f"@{path}", "--format", "plain")
    return done.code, done.stdout, done.stderr.replace(str(path), name)


@pytest.mark.parametrize(
    ("name", "content", "printed"),
    [
        ("x.csv", "5\n", "f\t5.0\n"),
        ("x.csv", "5\n6\n", "f[0]\t5.0\nf[1]\t6.0\n"),
        ("x.csv", "a,b\n\n5,6\r\n", "f[0]\t5.0\nf[1]\t6.0\n"),
        ("x.csv", '"5","6"\n', "f[0]\t5.0\nf[1]\t6.0\n"),
        # JSON and NumPy say which shape they mean, also where there is one element.
        ("x.json", "[5]", "f[0]\t5.0\n"),
        ("x.json", "[[5]]", "f[0, 0]\t5.0\n"),
        ("x.json", "5", "f\t5.0\n"),
        ("x.npy", np.array([5]), "f[0]\t5.0\n"),
        ("x.npy", np.array(5), "f\t5.0\n"),
        ("x.npy", np.asfortranarray(np.array([[5, 6]], dtype=">f4")), "f[0, 0]\t5.0\nf[0, 1]\t6.0\n"),
    ],
)
def test_a_file_gives_the_array_that_it_holds(
    tmp_path: Path, name: str, content: str | np.ndarray[Any, Any], printed: str
) -> None:
    assert read(tmp_path, name, content) == (0, printed, "")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        # A first row that was meant as numbers is not taken for names.
        ("x.csv", "1 2\n3\n", "line 1 of 'x.csv' holds '1 2', which is no number"),
        ("x.csv", "1_000\n2\n", "line 1 of 'x.csv' holds '1_000', which is no number"),
        ("x.csv", '"1,5"\n2\n', "line 1 of 'x.csv' holds '1,5', which is no number"),
        ("x.csv", "a,b\n\n1,2\n3,x\n", "line 4 of 'x.csv' holds 'x', which is no number"),
        ("x.csv", "a,b\n1,2\n3\n", "line 3 of 'x.csv' has 1 numbers, and line 2 has 2"),
        ("x.csv", "9" * 200_000 + ",1\n", "'x.csv' is no CSV in line 1"),
        ("x.csv", "", "the file 'x.csv' is empty"),
        ("x.json", '[{"a": 1}]', "the file 'x.json' is no array of numbers"),
        ("x.json", "[1, [2]]", "the file 'x.json' is a ragged array"),
        ("x.npy", np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]), "the file 'x.npy' is no array of numbers"),
        ("x.npy", np.array([1, "a"], dtype=object), "'x.npy' is no .npy file of numbers"),
    ],
)
def test_a_file_without_an_array_is_an_error(
    tmp_path: Path, name: str, content: str | np.ndarray[Any, Any], says: str
) -> None:
    code, _, message = read(tmp_path, name, content)
    assert code == 2
    assert message.startswith(f"error: {says}")
