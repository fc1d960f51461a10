#!/bin/sh
# Show the value and the gradient of every node of a small graph, read from a file.
set -eu
cd "$(dirname "$0")"

autodiff grad @max.formula --x 1 --y 2 --z 0

# `value` prints only numbers: the gradient, in the order of the variables.
gradient=$(autodiff grad @max.formula --x 1 --y 2 --z 0 --format value | tr '\n' ' ')
value=$(autodiff eval @max.formula --x 1 --y 2 --z 0 --format value)
[ "$value" = 6.0 ] && [ "$gradient" = "2.0 5.0 0.0 " ]
