"""A feed-forward network written as a formula: points inside a ring, at least 95 % of 100 points on the right side.

The formula is parsed once; each step binds one point and the weights, and takes the gradient by the weights. Takes a
few seconds.
"""

import math
import random
import sys

from autodiff import Formula

STATED = 0.95
HIDDEN = range(1, 6)
draw = random.Random(1)

neurons = "; ".join(f"h{k} = tanh(a{k}*x + b{k}*y + c{k})" for k in HIDDEN)
score = f"{neurons}; s = {' + '.join(f'w{k}*h{k}' for k in HIDDEN)} + w0"
outside = Formula(score)
loss = Formula(f"{score}; softplus(-side*s)")

weights = {name: draw.gauss(0, 1) for name in loss.variables if name not in ("x", "y", "side")}
points = []
for k in range(100):
    side, angle = 1 if k % 2 else -1, 2 * math.pi * draw.random()
    radius = draw.uniform(1.1, 1.6) if side > 0 else draw.uniform(0, 0.9)
    points.append({"x": radius * math.cos(angle), "y": radius * math.sin(angle), "side": side})

for epoch in range(40):
    total = 0.0
    for point in draw.sample(points, len(points)):
        # Forward and backward, then the update.
        found = loss.gradient({**point, **weights}, wrt=list(weights))
        total += found.value
        for name, partial in found.partials.items():
            weights[name] -= 0.1 * partial
    if epoch % 4 == 0:
        mean = total / len(points)
        print(f"epoch {epoch:3}   loss {mean:.4f}   {'#' * round(80 * mean)}")

right = sum((outside.value(x=p["x"], y=p["y"], **weights) > 0) == (p["side"] > 0) for p in points)
print(f"accuracy: {right / len(points):.3f} (stated: {STATED})")
sys.exit(right / len(points) < STATED)
