#!/bin/sh
# How sure is a measured g? Each input's uncertainty times its derivative, added in quadrature.
set -eu
cd "$(dirname "$0")"

# A value may be an expression: the angle was read in degrees.
measured="--L 0.995 --T 2.004 --theta radians(10)"
autodiff grad @pendulum.formula $measured

g=$(autodiff eval @pendulum.formula $measured --format value)
set -- $(autodiff grad @pendulum.formula $measured --format value)

# The uncertainties: 1 mm in L, 2 ms in T, 1 degree in theta.
u=$(autodiff eval "hypot(gL * 1e-3, hypot(gT * 2e-3, gtheta * radians(1)))" --gL "$1" --gT "$2" --gtheta "$3" \
    --format value --digits 3)
echo "g = $(autodiff eval g --g "$g" --format value --digits 5) +- $u m/s^2"

# The largest share comes from the clock: dg/dT = -2 g/T, whatever the other inputs.
autodiff eval "abs(gT + 2g/2.004) < 1e-12 * g and 0.02 < u and u < 0.03" --gT "$2" --g "$g" --u "$u" --format value |
    grep -qx 1.0
