#!/bin/sh
# Differentiate a logistic neuron by its weight and its bias only.
set -eu
cd "$(dirname "$0")"

autodiff grad @logistic.formula --x 1 --w 0 --b 0 --wrt w,b

# `plain` prints name<TAB>number a line: the output first, then the gradient.
found=$(autodiff grad @logistic.formula --x 1 --w 0 --b 0 --wrt w,b --format plain | tr '\t\n' '= ')
[ "$found" = "f=0.5 w=0.25 b=0.25 " ]
