"""Generalised advantage estimates and discounted returns, all trajectories a time step at a time."""

import numpy as np
import torch


def variants(tensors, sizes):
    discount, decay = sizes["discount"], sizes["discount"] * sizes["gaeLambda"]

    def estimate(rewards, values, last, empty_like, zeros_like):
        advantages, returns = empty_like(rewards), empty_like(rewards)
        next_value, next_return, advantage = last, last, zeros_like(last)
        for t in range(len(rewards) - 1, -1, -1):
            delta = rewards[t] + discount * next_value - values[t]
            advantages[t] = advantage = delta + decay * advantage
            returns[t] = next_return = rewards[t] + discount * next_return
            next_value = values[t]
        return advantages, returns

    def way(library, given):
        columns = [given(tensors[name]) for name in ("rewards", "values", "last")]
        run = lambda: estimate(*columns, library.empty_like, library.zeros_like)

        def check():
            advantages, returns = run()
            return {"advantages": np.asarray(advantages), "returns": np.asarray(returns)}

        return run, check

    return {
        "numpy, step by step": lambda: way(np, lambda x: x),
        "torch, step by step": lambda: way(torch, torch.from_numpy),
    }
