"""Updates of soft actor-critic as Stable-Baselines3 makes them."""

import gymnasium
import numpy as np
import torch
from stable_baselines3 import SAC
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.type_aliases import ReplayBufferSamples

from tensors import layers, mlp


class Nowhere(gymnasium.Env):
    """Sizes alone: nobody plays here."""

    def __init__(self, observations, actions):
        self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (observations,), np.float32)
        self.action_space = gymnasium.spaces.Box(-1, 1, (actions,), np.float32)


def put(linear, weight, bias):
    linear.weight.copy_(weight.T)
    linear.bias.copy_(bias)


def variants(tensors, sizes):
    data = {name: torch.from_numpy(value) for name, value in tensors.items()}
    n, m, hidden = sizes["observations"], sizes["actions"], sizes["hidden"]
    actor_widths, critic_widths = (n, hidden, hidden, 2 * m), (n + m, hidden, hidden, 1)

    def critic_parts(flat):
        """Ours lie side by side: each tensor of both critics in turn."""
        parts, at = [], 0
        for inputs, outputs in zip(critic_widths, critic_widths[1:]):
            for shape in ((2, inputs, outputs), (2, outputs)):
                size = int(np.prod(shape))
                parts.append(flat[at : at + size].reshape(shape))
                at += size
        return parts

    def learner(compiled=False, **adam):
        size = len(data["data.observations"])
        model = SAC(
            "MlpPolicy",
            Nowhere(n, m),
            learning_rate=sizes["learningRate"],
            buffer_size=size,
            batch_size=sizes["batch"],
            tau=sizes["targetRate"],
            gamma=sizes["discount"],
            ent_coef="auto_1.0",
            policy_kwargs={"net_arch": [hidden, hidden], "optimizer_kwargs": adam},
            device="cpu",
            seed=0,
        )
        model.set_logger(Logger(None, []))
        parts, _ = layers(data["actor"], actor_widths)
        with torch.no_grad():
            put(model.actor.latent_pi[0], parts[0], parts[1])
            put(model.actor.latent_pi[2], parts[2], parts[3])
            put(model.actor.mu, parts[4][:, :m], parts[5][:m])
            put(model.actor.log_std, parts[4][:, m:], parts[5][m:])
            parts = critic_parts(data["critics"])
            for critic in (model.critic, model.critic_target):
                for i, network in enumerate(critic.q_networks):
                    for layer in range(3):
                        put(network[2 * layer], parts[2 * layer][i], parts[2 * layer + 1][i])
        buffer = model.replay_buffer
        buffer.observations[:, 0], buffer.next_observations[:, 0] = tensors["data.observations"], tensors["data.next"]
        buffer.actions[:, 0], buffer.rewards[:, 0] = tensors["data.actions"], tensors["data.rewards"]
        buffer.full = True
        if compiled:
            model.actor.latent_pi.compile()
            for critic in (model.critic, model.critic_target):
                for network in critic.q_networks:
                    network.compile()
        return model

    def update(model, critic_rate):
        """One update on the given minibatch with the given noise: for the state first, then for the next one."""
        import torch.distributions.normal as normal

        drawn, noise = normal._standard_normal, [data["noise"][1], data["noise"][0]]
        normal._standard_normal = lambda *_, **__: noise.pop(0)
        samples = ReplayBufferSamples(
            observations=data["batch.observations"],
            actions=data["batch.actions"],
            next_observations=data["batch.next"],
            dones=torch.zeros(sizes["batch"], 1),
            rewards=data["batch.rewards"],
        )
        model.replay_buffer.sample = lambda *_, **__: samples
        model._update_learning_rate = lambda _: None
        for group in model.critic.optimizer.param_groups:
            group["lr"] = critic_rate
        try:
            model.train(1, sizes["batch"])
        finally:
            normal._standard_normal = drawn

    # What the networks say, not their weights: Adam's first steps have the same length however small a gradient is.

    def critics_say(flat):
        parts = [part if part.dim() == 3 else part.unsqueeze(1) for part in critic_parts(flat)]
        pairs = torch.cat([data["batch.observations"], data["batch.actions"]], 1)
        return mlp(parts, pairs.expand(2, *pairs.shape), torch.relu).numpy()

    def actor_says(flat):
        return mlp(layers(flat, actor_widths)[0], data["batch.observations"], torch.relu).numpy()

    def critics_of(critic):
        networks = [[(network[2 * i].weight.T, network[2 * i].bias) for i in range(3)] for network in critic.q_networks]
        pairs = [torch.stack([network[i][j] for network in networks]).reshape(-1) for i in range(3) for j in range(2)]
        return torch.cat(pairs).detach()

    def actor_of(actor):
        hidden_layers = [p for i in (0, 2) for p in (actor.latent_pi[i].weight.T, actor.latent_pi[i].bias)]
        heads = [torch.cat([actor.mu.weight, actor.log_std.weight]).T, torch.cat([actor.mu.bias, actor.log_std.bias])]
        return torch.cat([p.reshape(-1) for p in [*hidden_layers, *heads]]).detach()

    tensors["ours.values"] = critics_say(data["ours.critics"])
    tensors["ours.targets"] = critics_say(data["ours.target"])
    tensors["ours.heads"] = actor_says(data["ours.actor"])

    def way(**options):
        def make():
            whole, still = learner(**options), learner(**options)
            update(whole, sizes["learningRate"])
            update(still, 0.0)
            fresh = learner(**options)

            def check():
                return {
                    "values": critics_say(critics_of(whole.critic)),
                    "targets": critics_say(critics_of(whole.critic_target)),
                    "temperature": whole.log_ent_coef.detach().numpy(),
                    "heads": actor_says(actor_of(still.actor)),
                }

            return lambda: fresh.train(sizes["updates"], sizes["batch"]), check

        return make

    return {
        "as it is": way(),
        "fused Adam": way(fused=True),
        "compiled networks, fused Adam": way(compiled=True, fused=True),
    }
