"""Several worlds of a task as a ``gymnasium.vector.VectorEnv``, all stepped by one message."""

import gymnasium
import numpy as np
from gymnasium.vector.utils import batch_space

from .env import SEEDS
from .server import Server
from .spaces import array, box


class StackelbergVectorEnv(gymnasium.vector.VectorEnv):
    """``num_envs`` worlds in one Node process; parameters as those of ``StackelbergEnv``.

    The step after an episode's last one resets its world: the action is not played, the reward is 0 (``NEXT_STEP``).
    """

    metadata = {"render_modes": [], "autoreset_mode": gymnasium.vector.AutoresetMode.NEXT_STEP}

    def __init__(self, task, num_envs=1, options=None, command=None, render_mode=None):
        if render_mode is not None:
            raise ValueError("stackelberg draws episodes by `stackelberg play`: leave render_mode out")
        self.num_envs = num_envs
        self._server = Server(task, options, command)
        self.task = self._server.call("spec")
        self._worlds = [self._server.call("make") for _ in range(num_envs)]
        self.single_observation_space = box(self.task["observation"], np.float64)
        self.single_action_space = box(self.task["action"], np.float32)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._over = np.zeros(num_envs, dtype=bool)

    def reset(self, *, seed=None, options=None):
        """All worlds anew. A seed s is s, s + 1, … of the worlds; or a list, one each."""
        numbers = seed if isinstance(seed, (list, tuple)) else [None if seed is None else seed + i for i in range(self.num_envs)]
        super().reset(seed=None if numbers[0] is None else numbers[0])
        self._over[:] = False
        return self._reset(range(self.num_envs), numbers), {}

    def step(self, actions):
        actions = np.asarray(actions, dtype=np.float64).reshape(self.num_envs, -1)
        observations = np.zeros(self.observation_space.shape)
        rewards = np.zeros(self.num_envs)
        terminated, truncated = np.zeros((2, self.num_envs), dtype=bool)
        infos = {}
        begin, play = np.flatnonzero(self._over), np.flatnonzero(~self._over)
        if len(play) > 0:
            worlds = [self._worlds[i] for i in play]
            answer = self._server.call("step", worlds=worlds, actions=actions[play].tolist())
            observations[play] = array(answer["observations"])
            rewards[play] = array(answer["rewards"])
            terminated[play], truncated[play] = answer["terminations"], answer["truncations"]
            if "successes" in answer:
                infos = {"success": np.zeros(self.num_envs, dtype=bool), "_success": ~self._over}
                infos["success"][play] = answer["successes"]
        if len(begin) > 0:
            observations[begin] = self._reset(begin, [None] * len(begin))
        self._over = terminated | truncated
        return observations, rewards, terminated, truncated, infos

    def _reset(self, which, seeds):
        starts = [int(self.np_random.integers(SEEDS)) if seed is None else int(seed) for seed in seeds]
        return array(self._server.call("reset", worlds=[self._worlds[i] for i in which], seeds=starts)["observations"])

    def close_extras(self, **kwargs):
        self._server.close()
