"""Steps of imagined rollouts: noise, policy, members, reward, and what is kept of them."""

import torch

from tensors import layers, mlp

MEMBERS = 4
FORWARD_VELOCITY = 11
EFFORT = 1e-3


def variants(tensors, sizes):
    data = {name: torch.from_numpy(value) for name, value in tensors.items()}
    starts, scale = data["starts"], data["deltaScale"]
    n, m, hidden = starts.shape[1], sizes["actions"], sizes["hidden"]
    policy, log_std = layers(data["policy"], (n, sizes["policyHidden"], sizes["policyHidden"], m))
    each = [layers(data["members"][i], (n + m, hidden, hidden, n))[0] for i in range(MEMBERS)]
    together = [p if p.dim() == 3 else p.unsqueeze(1) for p in layers(data["members"], (n + m, hidden, hidden, n), MEMBERS)[0]]

    def acted(states, noise, std):
        actions = mlp(policy, states, torch.tanh) + std * noise
        return actions, actions.clamp(-1, 1)

    def side_by_side(states, noise, std):
        actions, executed = acted(states, noise, std)
        x = torch.cat([states, executed], -1)
        for i in range(3):
            x = torch.baddbmm(together[2 * i + 1], x, together[2 * i])
            x = torch.relu(x) if i < 2 else x
        return finished(states, actions, executed, x)

    def one_by_one(states, noise, std):
        actions, executed = acted(states, noise, std)
        x = torch.cat([states, executed], -1)
        changes = torch.stack([mlp(each[i], x[i], torch.relu) for i in range(MEMBERS)])
        return finished(states, actions, executed, changes)

    def finished(states, actions, executed, change):
        after = states + scale * change
        reward = after[..., FORWARD_VELOCITY] + 1 - EFFORT * (executed**2).sum(-1)
        return after, actions, reward

    def way(step):
        def play(steps, std):
            states = starts.expand(MEMBERS, *starts.shape).contiguous()
            kept = ([], [], [])
            with torch.inference_mode():
                for _ in range(steps):
                    noise = torch.randn(MEMBERS, len(starts), m)
                    after, actions, reward = step(states, noise, std)
                    for column, value in zip(kept, (states, actions, reward)):
                        column.append(value)
                    states = after
                return states, [torch.stack(column) for column in kept]

        def check():
            last, (_, _, rewards) = play(sizes["checkedSteps"], torch.exp(torch.tensor(float(sizes["checkedLogStd"]))))
            return {"last": last.numpy(), "returns": rewards.double().sum(0).numpy()}

        std = log_std.exp()
        return lambda: play(sizes["steps"], std), check

    return {
        "bmm": lambda: way(side_by_side),
        "bmm compiled": lambda: way(torch.compile(side_by_side)),
        "member by member": lambda: way(one_by_one),
        "member by member, compiled": lambda: way(torch.compile(one_by_one)),
    }
