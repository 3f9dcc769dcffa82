"""Adam steps of an ensemble of networks on minibatches of its own for each member."""

import torch
from torch.func import functional_call, grad, stack_module_state, vmap
from torch.nn import functional as F

from tensors import layers

MEMBERS = 4


def variants(tensors, sizes):
    data = {name: torch.from_numpy(value) for name, value in tensors.items()}
    inputs, targets = data["inputs"], data["targets"]
    inputs = (inputs - inputs.mean(0)) / inputs.std(0, correction=0)
    targets = targets / targets.std(0, correction=0)
    hidden, batch = sizes["hidden"], sizes["batch"]
    widths = (inputs.shape[1], hidden, hidden, targets.shape[1])

    def side_by_side(loss_of, **adam):
        """All members in one tensor of each kind: batched products."""

        def make():
            parameters, _ = layers(data["start"].clone(), widths, MEMBERS)
            parameters = [p.clone() if p.dim() == 3 else p.unsqueeze(1).clone() for p in parameters]
            for p in parameters:
                p.requires_grad_(True)
            optimiser = torch.optim.Adam(parameters, lr=1e-3, **adam)

            def step(x, y):
                optimiser.zero_grad(set_to_none=True)
                loss_of(parameters, x, y).backward()
                optimiser.step()

            def flat():
                return torch.cat([p.detach().reshape(MEMBERS, -1) for p in parameters], 1).numpy()

            return loop(step), checked(step, flat)

        return make

    def bmm_loss(parameters, x, y):
        for i in range(3):
            x = torch.baddbmm(parameters[2 * i + 1], x, parameters[2 * i])
            if i < 2:
                x = torch.relu(x)
        return ((x - y) ** 2).mean((1, 2)).sum()

    def network():
        return torch.nn.Sequential(
            torch.nn.Linear(widths[0], hidden),
            torch.nn.ReLU(),
            torch.nn.Linear(hidden, hidden),
            torch.nn.ReLU(),
            torch.nn.Linear(hidden, widths[-1]),
        )

    def loaded():
        networks = [network() for _ in range(MEMBERS)]
        for i, each in enumerate(networks):
            parts, _ = layers(data["start"][i], widths)
            with torch.no_grad():
                for p, part in zip(each.parameters(), parts):
                    p.copy_(part.T)
        return networks

    def transposed(parameters):
        return [p.detach().transpose(-1, -2) if p.dim() > 1 else p.detach() for p in parameters]

    def one_by_one(**adam):
        """A network after the other, each with its module."""

        def make():
            networks = loaded()
            optimisers = [torch.optim.Adam(each.parameters(), lr=1e-3, **adam) for each in networks]

            def step(x, y):
                for i, (each, optimiser) in enumerate(zip(networks, optimisers)):
                    optimiser.zero_grad(set_to_none=True)
                    F.mse_loss(each(x[i]), y[i]).backward()
                    optimiser.step()

            def flat():
                return torch.stack([torch.cat([p.reshape(-1) for p in transposed(n.parameters())]) for n in networks]).numpy()

            return loop(step), checked(step, flat)

        return make

    def with_vmap():
        """torch.func: gradients of one network, mapped over all of them."""
        networks = loaded()
        parameters, _ = stack_module_state(networks)
        base = networks[0].to("meta")

        def loss(p, x, y):
            return F.mse_loss(functional_call(base, p, (x,)), y)

        gradients = vmap(grad(loss))
        optimiser = torch.optim.Adam(parameters.values(), lr=1e-3, fused=True)

        def step(x, y):
            for name, gradient in gradients({k: p.detach() for k, p in parameters.items()}, x, y).items():
                parameters[name].grad = gradient
            optimiser.step()

        def flat():
            parts = [p.detach() for p in parameters.values()]
            parts = [(p.transpose(1, 2) if p.dim() == 3 else p).reshape(MEMBERS, -1) for p in parts]
            return torch.cat(parts, 1).numpy()

        return loop(step), checked(step, flat)

    def loop(step):
        def run():
            orders = torch.stack([drawn() for _ in range(MEMBERS)])
            for i in range(sizes["steps"]):
                rows = orders[:, i * batch : (i + 1) * batch]
                step(inputs[rows], targets[rows])

        return run

    def drawn():
        need = sizes["steps"] * batch
        return torch.cat([torch.randperm(len(inputs)) for _ in range(-(-need // len(inputs)))])[:need]

    def predictions(flat):
        x = data["check.inputs"]
        parts, _ = layers(torch.as_tensor(flat), widths, MEMBERS)
        parts = [p if p.dim() == 3 else p.unsqueeze(1) for p in parts]
        for i in range(3):
            x = x @ parts[2 * i] + parts[2 * i + 1]
            x = torch.relu(x) if i < 2 else x
        return x.numpy()

    def checked(step, flat):
        # What the networks say, not their weights: Adam's first steps have the same length however small a gradient is.
        tensors["ours.predictions"] = predictions(data["ours.parameters"])

        def check():
            x, y = (data[name].expand(MEMBERS, *data[name].shape) for name in ("check.inputs", "check.targets"))
            for _ in range(sizes["checkedSteps"]):
                step(x, y)
            return {"predictions": predictions(flat())}

        return check

    return {
        "bmm, default Adam": side_by_side(bmm_loss),
        "bmm, foreach Adam": side_by_side(bmm_loss, foreach=True),
        "bmm, fused Adam": side_by_side(bmm_loss, fused=True),
        "bmm compiled, fused Adam": lambda: side_by_side(torch.compile(bmm_loss), fused=True)(),
        "vmap, fused Adam": with_vmap,
        "modules, fused Adam": one_by_one(fused=True),
    }
