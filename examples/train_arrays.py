"""A feed-forward network on arrays: two spirals, at least 97 % of 400 points on the right side.

The formula holds matrices, so one gradient is that of all points at once, and the loss is their mean. Takes a few
seconds.
"""

import sys

import numpy as np

from autodiff import Formula

STATED = 0.97
rng = np.random.default_rng(1)

score = "H1 = tanh(X @ W1 + b1); H2 = tanh(H1 @ W2 + b2); S = H2 @ w3 + b3"
network = Formula(score)
loss = Formula(f"{score}; mean(softplus(-T*S))")

# Two spirals around each other; T is 1 on the one and -1 on the other.
turn = np.sqrt(rng.uniform(0.01, 1, 400)) * 3 * np.pi
T = np.where(np.arange(400) % 2, 1.0, -1.0)
X = (T * turn * np.array([np.cos(turn), np.sin(turn)])).T / 3 + rng.normal(0, 0.03, (400, 2))

shapes = {"W1": (2, 16), "b1": (16,), "W2": (16, 16), "b2": (16,), "w3": (16,), "b3": ()}
weights = {name: rng.normal(0, 1, shape) / (shape[0] ** 0.5 if shape else 1) for name, shape in shapes.items()}
speed = dict.fromkeys(weights, 0.0)
size = dict.fromkeys(weights, 0.0)

for step in range(1, 302):
    found = loss.gradient(X=X, T=T, **weights, wrt=list(weights))
    for name, partial in found.partials.items():
        # Adam: D. Kingma and J. Ba, "Adam: a method for stochastic optimization" (2015).
        speed[name] = 0.9 * speed[name] + 0.1 * partial
        size[name] = 0.999 * size[name] + 0.001 * partial**2
        mean, square = speed[name] / (1 - 0.9**step), size[name] / (1 - 0.999**step)
        weights[name] = weights[name] - 0.01 * mean / (np.sqrt(square) + 1e-8)
    if step % 30 == 1:
        print(f"step {step:3}   loss {found.value:.4f}   {'#' * round(80 * found.value)}")

accuracy = np.mean((network.value(X=X, **weights) > 0) == (T > 0))
print(f"accuracy: {accuracy:.3f} (stated: {STATED})")
sys.exit(bool(accuracy < STATED))
