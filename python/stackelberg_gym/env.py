"""A task as a ``gymnasium.Env``."""

import gymnasium
import numpy as np

from .server import Server
from .spaces import array, box

#: Seeds of starts that nobody named are drawn below this.
SEEDS = 2**31


class StackelbergEnv(gymnasium.Env):
    """A task of stackelberg, played in a Node process that this object starts and ends.

    :param task: a name that ``stackelberg tasks`` lists, or the path of a module: ``"./my-task.mjs"``
    :param options: the task's options, such as ``{"era": "exact"}``
    :param command: what starts stackelberg; see ``Server``

    Observations are float64, as the simulator has them; actions float32 in the task's units, clipped to the action
    space. ``reset(seed=s)`` gives the start that ``stackelberg play --seed s`` shows. ``terminated`` is a state whose
    future is worth nothing, ``truncated`` the task's own horizon. Where the task defines success, ``info["success"]``
    says whether s′ is one.
    """

    metadata = {"render_modes": []}

    def __init__(self, task, options=None, command=None, render_mode=None):
        if render_mode is not None:
            raise ValueError("stackelberg draws episodes by `stackelberg play`: leave render_mode out")
        self._server = Server(task, options, command)
        #: What the server says of the task: id, title, names with units, bounds, horizon, controlStep [s], version.
        self.task = self._server.call("spec")
        self._world = self._server.call("make")
        self.observation_space = box(self.task["observation"], np.float64)
        self.action_space = box(self.task["action"], np.float32)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        start = int(self.np_random.integers(SEEDS)) if seed is None else seed
        answer = self._server.call("reset", worlds=[self._world], seeds=[start])
        return array(answer["observations"][0]), {}

    def step(self, action):
        action = np.asarray(action, dtype=np.float64).reshape(-1).tolist()
        answer = self._server.call("step", worlds=[self._world], actions=[action])
        info = {"success": answer["successes"][0]} if "successes" in answer else {}
        return (
            array(answer["observations"][0]),
            float(array(answer["rewards"])[0]),
            answer["terminations"][0],
            answer["truncations"][0],
            info,
        )

    def close(self):
        self._server.close()
