"""The tasks of stackelberg as Gymnasium environments.

Importing this registers them: ``gymnasium.make("stackelberg/Reacher7dof-v0")``. Tasks of your own:
``StackelbergEnv("./my-task.mjs")``.
"""

import gymnasium

from .env import StackelbergEnv
from .server import StackelbergError
from .vector import StackelbergVectorEnv

__all__ = ["TASKS", "StackelbergEnv", "StackelbergError", "StackelbergVectorEnv", "env_id"]

#: The catalogue, as ``stackelberg tasks`` lists it.
TASKS = (
    "point-mass-v0",
    "inverted-pendulum-v2",
    "hopper-v2",
    "walker2d-v2",
    "half-cheetah-v2",
    "ant-v2",
    "swimmer-v2",
    "humanoid-v2",
    "reacher-7dof-v0",
    "dclaw-turn-v0",
    "dkitty-orient-v0",
    "inhand-pen-v0",
)


def env_id(task: str) -> str:
    """The name of a task in Gymnasium: ``reacher-7dof-v0`` is ``stackelberg/Reacher7dof-v0``."""
    *words, version = task.split("-")
    return f"stackelberg/{''.join(word.capitalize() for word in words)}-{version}"


for _task in TASKS:
    gymnasium.register(
        env_id(_task),
        entry_point="stackelberg_gym.env:StackelbergEnv",
        vector_entry_point="stackelberg_gym.vector:StackelbergVectorEnv",
        kwargs={"task": _task},
    )
