"""(F + damping · 1) v of a Gaussian policy, F = E[Jᵀ Σ⁻¹ J] for the mean's parameters and 2 for each log σ."""

import torch
from torch.func import jvp, vjp

from tensors import layers, mlp

CHUNK = 4096


def variants(tensors, sizes):
    data = {name: torch.from_numpy(value) for name, value in tensors.items()}
    rows, v = data["observations"], data["vector"]
    n, m, hidden = rows.shape[1], sizes["actions"], sizes["hidden"]
    widths = (n, hidden, hidden, m)
    parameters, log_std = layers(data["policy"], widths)
    direction, _ = layers(v, widths)
    precision = torch.exp(-2 * log_std)

    def forward_then_back(x):
        """Forward mode for Jv, reverse mode for the way back."""
        mean = lambda *p: mlp(p, x, torch.tanh)
        _, tangent = jvp(mean, tuple(parameters), tuple(direction))
        _, back = vjp(mean, *parameters)
        return back(tangent * precision)

    def by_hand(x):
        """The same, its passes written out: layers once, tangents once, and back."""
        with torch.no_grad():
            w1, b1, w2, b2, w3, _ = parameters
            v1, c1, v2, c2, v3, c3 = direction
            h1 = torch.tanh(torch.addmm(b1, x, w1))
            h2 = torch.tanh(torch.addmm(b2, h1, w2))
            s1, s2 = 1 - h1 * h1, 1 - h2 * h2
            t1 = torch.addmm(c1, x, v1) * s1
            t2 = (torch.addmm(c2, h1, v2) + t1 @ w2) * s2
            g3 = (torch.addmm(c3, h2, v3) + t2 @ w3) * precision
            g2 = (g3 @ w3.T) * s2
            g1 = (g2 @ w2.T) * s1
            return x.T @ g1, g1.sum(0), h1.T @ g2, g2.sum(0), h2.T @ g3, g3.sum(0)

    def double_backward(x):
        p = [q.detach().requires_grad_(True) for q in parameters]
        mean = mlp(p, x, torch.tanh)
        dummy = torch.zeros_like(mean, requires_grad=True)
        first = torch.autograd.grad(mean, p, dummy, create_graph=True)
        (tangent,) = torch.autograd.grad(first, dummy, direction, retain_graph=True)
        return torch.autograd.grad(mean, p, tangent * precision)

    def way(sums, chunk):
        def product():
            total = None
            for x in rows.split(chunk):
                parts = sums(x)
                total = list(parts) if total is None else [a.add_(b) for a, b in zip(total, parts)]
            flat = torch.cat([part.reshape(-1) for part in total]) / len(rows)
            return torch.cat([flat + sizes["damping"] * v[:-m], (2 + sizes["damping"]) * v[-m:]])

        return product, lambda: {"product": product().numpy()}

    whole = len(rows)
    return {
        "jvp and vjp": lambda: way(forward_then_back, whole),
        "jvp and vjp in chunks": lambda: way(forward_then_back, CHUNK),
        "jvp and vjp in chunks, compiled": lambda: way(torch.compile(forward_then_back), CHUNK),
        "double backward": lambda: way(double_backward, whole),
        "by hand in chunks": lambda: way(by_hand, CHUNK),
        "by hand in chunks, compiled": lambda: way(torch.compile(by_hand), CHUNK),
    }
