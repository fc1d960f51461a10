#!/bin/sh
# Fit the line y = w x + b to the points of points.txt by gradient descent: autodiff differentiates, the shell loops.
set -eu
cd "$(dirname "$0")"
export LC_ALL=C

# The loss is one formula over all points: the sum of the squared residuals.
loss=0
while read -r x y; do
    loss="$loss + (w*$x + b - $y)^2"
done < points.txt

w=0 b=0 rate=0.065
for step in 1 2 3 4 5 6 7 8 9 10 11 12; do
    # Three lines, name<TAB>number: the loss, its derivative by w, its derivative by b.
    set -- $(autodiff grad "$loss" --w "$w" --b "$b" --format plain | cut -f 2)
    printf 'step %2d   w = %.6f   b = %.6f   loss = %.6f\n' "$step" "$w" "$b" "$1"
    w=$(awk "BEGIN { printf \"%.12f\", $w - $rate * $2 }")
    b=$(awk "BEGIN { printf \"%.12f\", $b - $rate * $3 }")
done
printf 'y = %.4f x + %.4f\n' "$w" "$b"

# Least squares in closed form give w = 1.98 and b = 1 for these points.
awk "BEGIN { exit !(($w - 1.98)^2 < 1e-8 && ($b - 1)^2 < 1e-8) }"
