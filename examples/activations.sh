#!/bin/sh
# Operations of your own: values with partial derivatives written by hand, used and checked like built-in ones.
set -eu
cd "$(dirname "$0")"
formula="sum(swish2(x)) + loss(leaky(x), 0.5)"
autodiff grad "$formula" --x "[-1, 0.5, 2]" --ops activations.ops

# A wrong partial does not pass the check.
code=0
autodiff grad "wave(x, 3)" --x 2 --ops wrong.ops --check --check-timeout 300 --format value 2>/dev/null || code=$?
[ "$code" -eq 1 ]

autodiff grad "$formula" --x "[-1, 0.5, 2]" --ops activations.ops --check --check-timeout 300 --format plain
