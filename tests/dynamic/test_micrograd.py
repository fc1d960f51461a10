"""micrograd's two test programs on `Value`: only the import differs, and PyTorch's numbers are stored.

Source and licence: tests/data/SOURCES.md.
"""

from autodiff import Value

# What PyTorch computes for the same programs in double precision.
SANITY_Y, SANITY_X_GRAD = -20.0, 46.0
MORE_G, MORE_A_GRAD, MORE_B_GRAD = 24.70408163265306, 138.83381924198252, 645.5772594752186


def test_sanity_check() -> None:
    x = Value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    y.backward()
    xmg, ymg = x, y

    # forward pass went well
    assert ymg.data == SANITY_Y
    # backward pass went well
    assert xmg.grad == SANITY_X_GRAD


def test_more_ops() -> None:
    a = Value(-4.0)
    b = Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    amg, bmg, gmg = a, b, g

    tol = 1e-6
    # forward pass went well
    assert abs(gmg.data - MORE_G) < tol
    # backward pass went well
    assert abs(amg.grad - MORE_A_GRAD) < tol
    assert abs(bmg.grad - MORE_B_GRAD) < tol
