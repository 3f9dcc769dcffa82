"""Boxes of a task, and numbers as the protocol has them: null for what JSON has no number for."""

import gymnasium
import numpy as np


def box(space, dtype):
    """A space of the protocol as Gymnasium's."""

    def bounds(values, missing):
        exact = np.array([missing if x is None else x for x in values], dtype=np.float64)
        return exact.astype(dtype)

    return gymnasium.spaces.Box(bounds(space["low"], -np.inf), bounds(space["high"], np.inf), dtype=dtype)


def array(values):
    """Numbers of the protocol, of any shape, as float64."""
    return np.array(values, dtype=np.float64)
