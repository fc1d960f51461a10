#!/bin/sh
# Read a result with other programs: JSON by Python, its lines by sed, and a formula from standard input.
set -eu
cd "$(dirname "$0")"

# JSON holds every node with all digits. Which operation has the largest gradient?
steepest=$(autodiff grad @max.formula --x 1 --y 2 --z 0 --format json | python3 -c '
import json, sys
operations = [node for node in json.load(sys.stdin)["nodes"] if node["args"]]
steepest = max(operations, key=lambda node: abs(node["gradient"]))
print(steepest["expression"], steepest["gradient"])
')
echo "steepest: $steepest"

# A node is one line, so that sed and grep can work with it.
labelled=$(autodiff grad @chain.formula --a 2 --o 1 --format json |
    sed -n 's/.*"name": "\([b-e]\)".*"value": \([^,]*\), "partials".*/\1=\2/p' | tr '\n' ' ')
echo "labelled: $labelled"

# sed may write the formula, too: `-` reads it from standard input.
shifted=$(sed 's/(x + y)/(x + y + 1)/' max.formula | autodiff grad - --x 1 --y 2 --z 0 --format value | tr '\n' ' ')
echo "shifted: $shifted"

[ "$steepest" = "max(y, z) 3.0" ] && [ "$labelled" = "b=-1.0 c=1.0 d=1.0 e=8.0 " ] && [ "$shifted" = "2.0 6.0 0.0 " ]
