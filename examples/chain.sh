#!/bin/sh
# Run a formula of several statements, and compare its gradient with the one derived by hand.
set -eu
cd "$(dirname "$0")"

autodiff grad @chain.formula --a 2 --o 1

# By hand: dg/da = 3 * 2 * (7 * 2 + 2d * 5) * -3 = -252 - 180 d, and dg/do = -1.
d=$(autodiff eval "b = 5 - 3a; d = 5b + 6" --a 2 --format value)
by_hand=$(autodiff eval "-252 - 180d" --d "$d" --format value)
echo "by hand: dg/da = $by_hand, dg/do = -1"

found=$(autodiff grad @chain.formula --a 2 --o 1 --format value | tr '\n' ' ')
[ "$found" = "$by_hand -1.0 " ] && [ "$by_hand" = -432.0 ]
