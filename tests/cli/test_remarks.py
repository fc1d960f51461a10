"""What a formula may have been meant to say is said on standard error, and nothing is lost or misread in silence."""

import pytest
from tests.support import autodiff

#: The arguments, what standard output holds, and what a note or a hint says: nothing where there is no doubt.
NOTES = [
    (["grad", "loss = (y-t)^2; reg = w^2", "--y", "1", "--t", "0", "--w", "3", "--wrt", "w", "--format", "value"],
     "6.0\n", "note: no output uses 'loss'; for it too end with: loss, reg"),
    (["eval", "a = x + 1; b = a^2; c = x - 1; 2x", "--x", "1", "--format", "value"], "2.0\n",
     "note: no output uses 'a', 'b' and 'c'; for them too end with: a, b, c, 2x"),
    (["eval", "f(x) = x^2; g(x) = 3x; g(2)", "--format", "value"], "6.0\n", "note: nothing calls 'f'"),
    (["eval", "a = x + 1; a, 2a", "--x", "1", "--format", "value"], "2.0\n4.0\n", ""),
    (["eval", "a*(1 - e^2)", "--a", "2", "--format", "value"], "-12.778112197861299\n",
     "note: 'e' is the constant 2.71828 here; to make it a variable: --e 1"),
    (["eval", "a*(1 - e^2)", "--a", "2", "--e", "0", "--format", "value"], "2.0\n", ""),
    (["eval", "e^(0*a)", "--a", "2", "--format", "value"], "1.0\n", ""),
    (["eval", "2e", "--format", "value"], "5.43656365691809\n", ""),
    (["eval", "pi*r^2", "--r", "0", "--format", "value"], "0.0\n", ""),
    (["diff", "x/tau"], "1/tau\n", "note: 'tau' is the constant 6.28319 here; to make it a variable: --wrt tau"),
    (["eval", "1,5 + 2", "--format", "value"], "1.0\n7.0\n", "for a decimal number write 1.5"),
    (["eval", "1, 5 + 2", "--format", "value"], "1.0\n7.0\n", ""),
    (["eval", "max(1,5)", "--format", "value"], "5.0\n", ""),
    (["diff", "sinx"], "1\n", "note: 'sinx' is one name, a variable; for a function write sin(x)"),
    (["diff", "xy"], "1\n", "note: 'xy' is one name, a variable; for a product write x*y"),
    (["diff", "2ex"], "2\n", "for a product write e*x"),
    (["diff", "x*xy", "--wrt", "x"], "xy\n", "for a product write x*y"),
    (["diff", "xi*phi", "--wrt", "xi"], "phi\n", ""),
    (["diff", "rate*dt", "--wrt", "dt"], "rate\n", ""),
    (["eval", "sum(softmax(W)[0])", "--W", "[[1, 1], [1, 1]]", "--format", "value"], "0.5\n",
     "note: softmax takes all 4 elements together; for each row of the matrix alone write softmax(W, axis=1)"),
    (["eval", "sum(log_softmax(2W))", "--W", "[[1]]", "--format", "value"], "0.0\n", "write log_softmax(2W, axis=1)"),
    (["eval", "sum(softmax(W, axis=1))", "--W", "[[1, 1], [1, 1]]", "--format", "value"], "2.0\n", ""),
    (["eval", "sum(softmax(v))", "--v", "[1, 1]", "--format", "value"], "1.0\n", ""),
]  # fmt: skip
HINTS = [
    (["eval", "xy", "--x", "1", "--y", "2"], "for a product write x*y"),
    (["eval", "xy"], "give a value: --xy 1; 'xy' is one name; for a product write x*y"),
    (["grad", "cosx", "--x", "1"], "for a function write cos(x)"),
    (["eval", "x^T @ W", "--x", "[1, 2]", "--W", "[[1, 0], [0, 1]]"], "to transpose write x.T"),
]


@pytest.mark.parametrize(("args", "stdout", "note"), NOTES)
def test_what_is_doubtful_is_said(args: list[str], stdout: str, note: str) -> None:
    done = autodiff(*args)
    assert (done.code, done.stdout) == (0, stdout)
    assert note in done.stderr if note else not done.stderr


@pytest.mark.parametrize(("args", "hint"), HINTS)
def test_a_hint_knows_what_was_perhaps_meant(args: list[str], hint: str) -> None:
    done = autodiff(*args)
    assert done.code == 2
    assert hint in done.stderr


@pytest.mark.parametrize(
    ("args", "formula"),
    [
        (["--wrt", "x,y", "--order", "2"], "6*x*y^2"),
        (["--wrt", "x,x,y"], "6*y^2"),
        (["--wrt", "x", "--order", "2"], "2*y^3"),
        (["--wrt", "x,y", "--order", "1"], "df_dx = 2*x*y^3\ndf_dy = 3*x^2*y^2"),
    ],
)
def test_names_and_order_mean_in_diff_what_they_mean_in_grad(args: list[str], formula: str) -> None:
    done = autodiff("diff", "x^2*y^3", *args)
    assert done.stdout == formula + "\n"
    if "df" not in formula:
        at_point = autodiff("grad", "x^2*y^3", *args, "--x", "2", "--y", "3", "--format", "value")
        number = autodiff("eval", f"({formula}) + 0*x*y", "--x", "2", "--y", "3", "--format", "value")
        assert at_point.stdout.split()[-1] == number.stdout.strip()


@pytest.mark.parametrize("command", ["jacobian", "hessian", "explain", "graph"])
def test_a_command_of_first_derivatives_says_so_where_a_name_comes_twice(command: str) -> None:
    done = autodiff(command, "x*y", "--x", "1", "--y", "2", "--wrt", "x,x")
    assert done.code == 2
    assert "autodiff grad --wrt x,x" in done.stderr


def test_an_order_without_names_says_what_is_missing() -> None:
    done = autodiff("diff", "x*y", "--order", "2")
    assert done.code == 2
    assert "--wrt x,y for d2f/dxdy" in done.stderr


@pytest.mark.parametrize(
    ("args", "option"),
    [
        (["jacobian", "x*y", "--x", "1", "--y", "2", "--order", "2"], "--order"),
        (["hessian", "x*y", "--x", "1", "--y", "2", "--order", "3"], "--order"),
        (["eval", "x*y", "--x", "1", "--y", "2", "--wrt", "x"], "--wrt"),
        (["verify", "x*y", "--claim", "x=y", "--wrt", "x"], "--wrt"),
    ],
)
def test_a_command_without_an_option_of_others_says_which_have_it(args: list[str], option: str) -> None:
    done = autodiff(*args)
    assert done.code == 2
    assert f"autodiff {args[0]} takes no {option}" in done.stderr
    assert "autodiff grad" in done.stderr


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["draw", "x^2"], "'graph'"),
        (["gradient", "x^2"], "'grad'"),
        (["grad", "x", "--x", "1", "--csv"], "--format csv"),
    ],
)
def test_a_near_miss_names_what_there_is(args: list[str], hint: str) -> None:
    done = autodiff(*args)
    assert done.code == 2
    assert hint in done.stderr
