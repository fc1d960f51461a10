"""A feed-forward network on `Value`, one number at a time: two moons, at least 95 % of 80 points on the right side.

Forward: Python computes the loss, and every operation is recorded. Backward: one sweep finds the gradient of every
number. Update: each parameter takes a step down. Takes a few seconds.
"""

import math
import random
import sys

import autodiff
from autodiff import Value

STATED = 0.95
draw = random.Random(1)


def moons(count):
    """Points on two half circles that reach into each other, each with its side: 1 or -1."""
    for k in range(count):
        angle, side = math.pi * draw.random(), 1 if k % 2 else -1
        x, y = side * math.cos(angle) + (1 - side) / 2, side * math.sin(angle) + (1 - side) / 4
        yield (x + draw.gauss(0, 0.08), y + draw.gauss(0, 0.08)), side


def layer(inputs, outputs):
    """For each output a weight for each input, and a bias."""
    return [[Value(draw.gauss(0, 1)) for _ in range(inputs)] + [Value(0.0)] for _ in range(outputs)]


def apply(weights, inputs):
    return [sum(w * x for w, x in zip(row[:-1], inputs, strict=True)) + row[-1] for row in weights]


hidden, output = layer(2, 8), layer(8, 1)
parameters = [weight for row in hidden + output for weight in row]
points = list(moons(80))

for step in range(81):
    loss, right = 0.0, 0
    for point, side in points:
        score = apply(output, [h.tanh() for h in apply(hidden, point)])[0]
        loss += autodiff.softplus(-side * score) / len(points)
        right += (score.data > 0) == (side > 0)
    for parameter in parameters:
        parameter.grad = 0
    loss.backward()
    for parameter in parameters:
        parameter.data -= 2.0 * parameter.grad
    if step % 8 == 0:
        print(f"step {step:3}   loss {loss.data:.4f}   {'#' * round(80 * loss.data)}")

accuracy = right / len(points)
print(f"accuracy: {accuracy:.3f} (stated: {STATED})")
sys.exit(accuracy < STATED)
