"""Checks the package against Gymnasium's own checker and against itself: ``python check_env.py [task…]``.

Needs gymnasium, and ``STACKELBERG_COMMAND`` where npx does not find stackelberg. Prints a line for each thing that
holds; the first that does not is an error.
"""

import gc
import os
import pathlib
import sys
import tempfile
import time
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

import gymnasium
import numpy as np
from gymnasium.utils.env_checker import check_env

import stackelberg_gym
from stackelberg_gym import StackelbergEnv, StackelbergError, StackelbergVectorEnv
from stackelberg_gym.server import COMMAND


def refused(act, *words):
    try:
        act()
    except StackelbergError as error:
        assert all(word in str(error) for word in words), error
        return
    raise AssertionError(f"nothing was refused, where {words} was to be")


def gone(pid):
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def passes_the_checker(task):
    env = gymnasium.make(stackelberg_gym.env_id(task))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        check_env(env.unwrapped, skip_render_check=True)
    # That a space has no bounds is so; anything else would be news.
    news = [str(w.message) for w in said if "infinity" not in str(w.message) and "symmetric" not in str(w.message)]
    assert not news, news
    env.close()


def worlds_together_are_worlds_alone(task, n=3, steps=120):
    together = StackelbergVectorEnv(task, num_envs=n)
    alone = [StackelbergEnv(task) for _ in range(n)]
    rng = np.random.default_rng(0)
    seen, _ = together.reset(seed=7)
    expected = np.stack([env.reset(seed=7 + i)[0] for i, env in enumerate(alone)])
    np.testing.assert_array_equal(seen, expected)
    over = np.zeros(n, dtype=bool)
    episodes = 0
    for _ in range(steps):
        actions = rng.uniform(together.action_space.low, together.action_space.high).astype(np.float32)
        seen, rewards, terminated, truncated, _ = together.step(actions)
        for i, env in enumerate(alone):
            if over[i]:
                assert rewards[i] == 0 and not terminated[i] and not truncated[i]
            elif episodes == 0:
                s, r, term, trunc, _ = env.step(actions[i])
                np.testing.assert_array_equal(seen[i], s)
                assert (rewards[i], terminated[i], truncated[i]) == (r, term, trunc)
        over = terminated | truncated
        episodes += over.sum()
    assert episodes > 0
    for env in (together, *alone):
        env.close()


def processes_end(task):
    env = StackelbergEnv(task)
    pid = env._server.pid
    env.close()
    env.close()
    assert gone(pid)
    refused(lambda: env.reset(seed=0), "closed")
    env = StackelbergEnv(task)
    pid = env._server.pid
    del env
    gc.collect()
    assert gone(pid)


def package_missing():
    """A task in a directory without the package, by the command that is taken where nobody names one."""
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as empty:
        os.chdir(empty)
        try:
            StackelbergEnv("hopper", command=COMMAND)
        finally:
            os.chdir(here)


def errors_are_clear(task):
    refused(lambda: StackelbergEnv("reecher-7dof"), "reacher-7dof")
    refused(package_missing, "npx does not find the package", "npm install stackelberg")
    refused(lambda: StackelbergEnv(task, command="no-such-program"), "no-such-program", "Install Node")
    refused(lambda: StackelbergEnv(task, command=[sys.executable, "-c", "print('hello')"]), "hello", "does not speak JSON-RPC")
    refused(lambda: StackelbergEnv(task, options={"no": "option"}), "no")
    env = StackelbergEnv(task)
    refused(lambda: env.step(env.action_space.sample()), "Reset it")
    env.reset(seed=0)
    env.step(env.action_space.sample())
    env.close()


if __name__ == "__main__":
    tasks = sys.argv[1:] or ["inverted-pendulum-v2", "reacher-7dof-v0"]
    for name in tasks:
        passes_the_checker(name)
        print(f"check_env {name}: passed")
    worlds_together_are_worlds_alone(tasks[0])
    print("worlds together are worlds alone: passed")
    processes_end(tasks[0])
    print("processes end: passed")
    errors_are_clear(tasks[0])
    print("errors are clear: passed")
