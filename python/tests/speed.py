"""Steps a second through serve-task: ``python speed.py [task] [seconds]``, with 1 and with 16 worlds a message."""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from stackelberg_gym import StackelbergVectorEnv

if __name__ == "__main__":
    task = sys.argv[1] if len(sys.argv) > 1 else "inverted-pendulum-v2"
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 5
    for n in (1, 16):
        env = StackelbergVectorEnv(task, num_envs=n)
        env.reset(seed=0)
        env.action_space.seed(0)
        actions = env.action_space.sample()
        for _ in range(100):
            env.step(actions)
        began, calls = time.monotonic(), 0
        while time.monotonic() - began < seconds:
            env.step(actions)
            calls += 1
        print(f"{task}, {n} worlds: {calls * n / (time.monotonic() - began):.0f} steps/s")
        env.close()
