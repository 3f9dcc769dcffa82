"""Datasets by Minari itself: ``read <directory>`` prints all that is in one, ``write <root>`` makes one of an inverted pendulum's shape."""

import json
import os
import pathlib
import sys


def read(directory):
    import minari

    dataset = minari.MinariDataset(pathlib.Path(directory) / "data")
    episodes = [
        {
            "observations": episode.observations.tolist(),
            "actions": episode.actions.tolist(),
            "rewards": episode.rewards.tolist(),
            "terminations": episode.terminations.astype(bool).tolist(),
            "truncations": episode.truncations.astype(bool).tolist(),
        }
        for episode in dataset.iterate_episodes()
    ]
    assert dataset.total_steps == sum(len(episode["rewards"]) for episode in episodes)
    shape = [list(dataset.observation_space.shape), list(dataset.action_space.shape)]
    return {"id": dataset.spec.dataset_id, "shape": shape, "episodes": episodes}


def write(root):
    os.environ["MINARI_DATASETS_PATH"] = root
    import gymnasium
    import minari
    import numpy as np
    from minari.data_collector import EpisodeBuffer

    rng = np.random.default_rng(0)
    buffers = []
    for number, steps in enumerate((5, 7)):
        ends = np.zeros((2, steps), dtype=bool)
        ends[number, -1] = True  # the first is terminal, the second cut
        buffers.append(
            EpisodeBuffer(
                id=number,
                observations=rng.normal(size=(steps + 1, 4)),
                actions=rng.uniform(-3, 3, size=(steps, 1)).astype(np.float32),
                rewards=rng.normal(size=steps).tolist(),
                terminations=ends[0].tolist(),
                truncations=ends[1].tolist(),
                infos={},
            )
        )
    minari.create_dataset_from_buffers(
        "pendulum/random-v0",
        buffers,
        observation_space=gymnasium.spaces.Box(-np.inf, np.inf, (4,)),
        action_space=gymnasium.spaces.Box(-3, 3, (1,)),
    )
    episodes = [{"observations": b.observations.tolist(), "rewards": b.rewards} for b in buffers]
    return {"directory": os.path.join(root, "pendulum", "random-v0"), "episodes": episodes}


if __name__ == "__main__":
    print(json.dumps({"read": read, "write": write}[sys.argv[1]](sys.argv[2])))
