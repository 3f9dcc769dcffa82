"""A value function fitted to returns, an epoch of minibatches with an L2 penalty."""

import torch
from torch.nn import functional as F

from tensors import layers


def variants(tensors, sizes):
    data = {name: torch.from_numpy(value) for name, value in tensors.items()}
    rows, returns = data["observations"], data["returns"].unsqueeze(1)
    hidden, batch = sizes["hidden"], sizes["batch"]
    widths = (rows.shape[1], hidden, hidden, 1)

    def module(flat):
        network = torch.nn.Sequential(
            torch.nn.Linear(widths[0], hidden),
            torch.nn.ReLU(),
            torch.nn.Linear(hidden, hidden),
            torch.nn.ReLU(),
            torch.nn.Linear(hidden, 1),
        )
        with torch.no_grad():
            for p, part in zip(network.parameters(), layers(flat, widths)[0]):
                p.copy_(part.T)
        return network

    def way(compiled=False, **adam):
        def make():
            network = module(data["start"])
            forward = torch.compile(network) if compiled else network
            optimiser = torch.optim.Adam(network.parameters(), lr=1e-3, weight_decay=1e-3, **adam)

            def step(x, y):
                optimiser.zero_grad(set_to_none=True)
                F.mse_loss(forward(x), y).backward()
                optimiser.step()

            def run():
                for picks in torch.randperm(len(rows)).split(batch):
                    step(rows[picks], returns[picks])

            def check():
                for _ in range(sizes["checkedSteps"]):
                    step(rows[:batch], returns[:batch])
                with torch.no_grad():
                    return {"values": network(rows).numpy()}

            return run, check

        return make

    with torch.no_grad():
        tensors["ours.values"] = module(data["ours.parameters"])(rows).numpy()
    return {
        "default Adam": way(),
        "foreach Adam": way(foreach=True),
        "fused Adam": way(fused=True),
        "compiled, fused Adam": way(compiled=True, fused=True),
    }
