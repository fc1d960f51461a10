"""Arrays from files: what each kind of file gives, and what is wrong with one that gives nothing."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.support import autodiff

from autodiff import BindingError, Formula


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
        ("x.csv", '"1\n2",3\n', r"line 2 of 'x.csv' holds '1\n2', which is no number"),
        ("x.csv", '1,2\n"3,4\n', "'x.csv' is no CSV in line 2: unexpected end of data"),
        ("x.csv", '"1"2,3\n', "'x.csv' is no CSV in line 1"),
        ("x.csv", "", "the file 'x.csv' is empty"),
        ("x.json", '[{"a": 1}]', "the file 'x.json' is no array of numbers"),
        ("x.json", "[1, [2]]", "the file 'x.json' is a ragged array"),
        ("x.json", "[" * 500 + "1" + "]" * 500, "'x.json' holds lists in lists, 33 deep or more"),
        ("x.json", "[" * 100_000, "'x.json' is no JSON"),
        ("x.json", "9" * 5000, "'x.json' is no JSON"),
        ("x.npy", np.array(1j), "the file 'x.npy' is complex"),
        ("x.npy", np.array([1j, 2]), "the file 'x.npy' is complex"),
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


HEADER = "{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"


@pytest.mark.parametrize(
    "header",
    [
        HEADER.format(descr="'<f8'", order="0", shape="(True, 'a')"),
        HEADER.format(descr="'<f8'", order="False", shape="(True,)"),
        HEADER.format(descr="'<f8'", order="False", shape="(99999999999999999999999,)"),
        HEADER.format(descr="'<f8'", order="False", shape="(9999999999, 9999999999)"),
        HEADER.format(descr="'<f8'", order="False", shape="(-3,)"),
        HEADER.format(descr="'<f8'", order="False", shape="(((((("),
        HEADER.format(descr="[[", order="False", shape="(1,)"),
        HEADER.format(descr="'<q9'", order="False", shape="(1,)"),
        HEADER.format(descr="'O'", order="False", shape="(1,)"),
        "", "[", "1", "{" * 500, "\0" * 80, "9" * 6000,
    ],
)  # fmt: skip
def test_a_broken_header_is_an_error_of_ours(tmp_path: Path, header: str) -> None:
    path = tmp_path / "x.npy"
    for length in (len(header), 2 * len(header) + 1, 65535):
        start = b"\x93NUMPY\x01\x00" + length.to_bytes(2, "little") + header.encode()
        for end in (b"", b"\n", b"\n" + b"\0" * 7):
            path.write_bytes(start + end)
            done = autodiff("eval", "x", "--x", f"@{path}")
            assert done.code == 2, done
            assert done.stderr.startswith("error: ") and "hint: " in done.stderr


def test_a_mask_and_an_imaginary_part_are_refused_rather_than_cut() -> None:
    for value in (np.ma.masked_array([1.0, 2.0], [True, False]), np.complex128(1j), np.array(2 + 0j), 1j, [1j, 2]):
        with pytest.raises(BindingError):
            Formula("x").value(x=value)
    assert Formula("sum(x)").value(x=np.ma.masked_array([1.0, 2.0], [False, False])) == 3
