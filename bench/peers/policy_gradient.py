"""E[∇ log π(u|s) Â] of a Gaussian policy."""

import torch
from torch.func import grad

from tensors import layers, mlp

CHUNK = 4096


def variants(tensors, sizes):
    data = {name: torch.from_numpy(value) for name, value in tensors.items()}
    n, m, hidden = data["observations"].shape[1], sizes["actions"], sizes["hidden"]
    parameters, log_std = layers(data["policy"], (n, hidden, hidden, m))
    parameters = [*parameters, log_std]
    tables = [data["observations"], data["actions"], data["advantages"]]

    def objective(p, x, u, a):
        z = (u - mlp(p[:-1], x, torch.tanh)) * torch.exp(-p[-1])
        return ((-0.5 * (z * z).sum(1, keepdim=True) - p[-1].sum()) * a).sum()

    def backward(x, u, a):
        p = [q.detach().requires_grad_(True) for q in parameters]
        return torch.autograd.grad(objective(p, x, u, a), p)

    functional = grad(objective)

    def with_func(x, u, a):
        return functional(parameters, x, u, a)

    def way(sums, chunk):
        def gradient():
            total = None
            for x, u, a in zip(*(table.split(chunk) for table in tables)):
                parts = sums(x, u, a)
                total = list(parts) if total is None else [s.add_(t) for s, t in zip(total, parts)]
            return torch.cat([part.reshape(-1) for part in total]) / len(tables[0])

        return gradient, lambda: {"gradient": gradient().numpy()}

    whole = len(tables[0])
    return {
        "backward": lambda: way(backward, whole),
        "backward in chunks": lambda: way(backward, CHUNK),
        "torch.func in chunks": lambda: way(with_func, CHUNK),
        "torch.func in chunks, compiled": lambda: way(torch.compile(with_func), CHUNK),
    }
