"""Stable-Baselines3's PPO on our inverted pendulum: ``python learn_sb3.py [steps]``. Prints returns before and after."""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

import gymnasium
from stable_baselines3 import PPO
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor

import stackelberg_gym  # noqa: F401, registers the tasks

if __name__ == "__main__":
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    env = Monitor(gymnasium.make("stackelberg/InvertedPendulum-v2"))
    model = PPO("MlpPolicy", env, seed=0, n_steps=1024, batch_size=64, device="cpu")
    before, _ = evaluate_policy(model, env, n_eval_episodes=5)
    began = time.monotonic()
    model.learn(steps)
    seconds = time.monotonic() - began
    after, spread = evaluate_policy(model, env, n_eval_episodes=5)
    print(f"return {before:.1f} before, {after:.1f} ± {spread:.1f} after {model.num_timesteps} steps in {seconds:.0f} s")
    env.close()
    if after < max(200, 2 * before):
        sys.exit("it has not learned")
