"""Gymnasium environments behind JSON-RPC 2.0, one message a line, over standard input and output.

Started by stackelberg for tasks named gym:… (docs/tasks/python.md has the protocol). Worlds are numbered from 0 as they are
opened; one call resets or steps any of them, in the order in which they are named.
"""

import json
import os
import signal
import sys
import traceback

# Ctrl-C reaches the whole group of processes; stackelberg decides what it means.
signal.signal(signal.SIGINT, signal.SIG_IGN)
# What an environment prints, in Python or below it, must not get between the messages.
replies = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
os.dup2(2, 1)
sys.stdout = sys.stderr
# gym:my_module:MyRobot-v0 finds the module where stackelberg was started.
sys.path.insert(0, os.getcwd())

NO_GYMNASIUM, NO_ENVIRONMENT, NOT_A_BOX, BROKEN, NO_METHOD = -32001, -32002, -32003, -32004, -32601


class Refusal(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Server:
    def __init__(self):
        self.worlds = []

    def make(self, id, options):
        """Opens one more world, and says what a task has to know of it."""
        try:
            import gymnasium
        except ImportError as error:
            raise Refusal(NO_GYMNASIUM, str(error))
        self.gym = gymnasium
        self.np = __import__("numpy")
        try:
            env = gymnasium.make(id, **options)
        except (gymnasium.error.Error, ImportError, TypeError, ValueError) as error:
            raise Refusal(NO_ENVIRONMENT, one_line(error))
        self.worlds.append(env)
        limit = env.spec.max_episode_steps if env.spec else None
        return {
            "world": len(self.worlds) - 1,
            "observation_space": self.observation_space(env.observation_space),
            "action_space": self.action_space(env.action_space),
            "max_episode_steps": limit,
            "reward_threshold": env.spec.reward_threshold if env.spec else None,
            "step_seconds": self.step_seconds(env),
            "gymnasium": gymnasium.__version__,
        }

    def reset(self, worlds, seeds):
        starts = [self.worlds[w].reset(seed=seed) for w, seed in zip(worlds, seeds)]
        observations = [self.flat(w, observation) for w, (observation, _) in zip(worlds, starts)]
        return [observations, [{} for _ in worlds]]

    def step(self, worlds, actions):
        observations, rewards, terminations, truncations = [], [], [], []
        for w, action in zip(worlds, actions):
            space = self.worlds[w].action_space
            given = self.np.asarray(action, dtype=space.dtype).reshape(space.shape)
            observation, reward, terminated, truncated, _ = self.worlds[w].step(given)
            observations.append(self.flat(w, observation))
            rewards.append(number(reward))
            terminations.append(bool(terminated))
            truncations.append(bool(truncated))
        return [observations, rewards, terminations, truncations, [{} for _ in worlds]]

    def close(self):
        for env in self.worlds:
            env.close()
        self.worlds = []

    def flat(self, world, observation):
        row = self.gym.spaces.flatten(self.worlds[world].observation_space, observation)
        row = self.np.asarray(row, dtype=self.np.float64)
        return row.tolist() if self.np.isfinite(row).all() else [number(x) for x in row]

    def observation_space(self, space):
        try:
            flat = self.gym.spaces.flatten_space(space)
        except NotImplementedError:
            flat = None
        if not isinstance(flat, self.gym.spaces.Box):
            raise Refusal(NOT_A_BOX, f"its observations are {short(space)}, which is no row of numbers")
        return self.described(flat, self.names(space, "observation"))

    def action_space(self, space):
        if not isinstance(space, self.gym.spaces.Box):
            raise Refusal(NOT_A_BOX, f"its actions are {short(space)}, not a Box")
        return self.described(space, self.names(space, "action"))

    def described(self, box, names):
        bounds = {side: [number(x) for x in getattr(box, side).ravel()] for side in ("low", "high")}
        return {"names": names, **bounds}

    def names(self, space, prefix):
        """One name for each entry, in the order of gymnasium.spaces.flatten."""
        if isinstance(space, self.gym.spaces.Dict):
            return [name for key, part in space.spaces.items() for name in self.names(part, str(key))]
        if isinstance(space, self.gym.spaces.Tuple):
            return [name for i, part in enumerate(space.spaces) for name in self.names(part, f"{prefix}.{i}")]
        count = self.gym.spaces.flatdim(space)
        shape = space.shape if space.shape and int(self.np.prod(space.shape)) == count else (count,)
        return [f"{prefix}[{','.join(map(str, index))}]" for index in self.np.ndindex(*shape)]

    @staticmethod
    def step_seconds(env):
        """Seconds between two actions, where the environment knows them."""
        for source in (getattr(env.unwrapped, "dt", None), getattr(env.unwrapped, "tau", None)):
            if isinstance(source, (int, float)) and source > 0:
                return float(source)
        fps = env.metadata.get("render_fps")
        return 1 / fps if fps else None


def number(x):
    """JSON has no NaN and no infinity: a text says which."""
    x = float(x)
    return x if x - x == 0 else repr(x)


def short(space):
    text = str(space)
    return text if len(text) <= 200 else f"a {type(space).__name__} space"


def one_line(error):
    return " ".join(f"{type(error).__name__}: {error}".split())


def place(error):
    """The innermost line of the environment's code."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""


def answer(server, message):
    method = message["method"]
    if method not in ("make", "reset", "step", "close"):
        return {"error": {"code": NO_METHOD, "message": f"there is no method {method}"}}
    try:
        return {"result": getattr(server, method)(**message.get("params", {}))}
    except Refusal as refusal:
        return {"error": {"code": refusal.code, "message": str(refusal)}}
    except Exception as error:
        return {"error": {"code": BROKEN, "message": one_line(error), "data": {"place": place(error)}}}


def main():
    server = Server()
    for line in sys.stdin:
        message = json.loads(line)
        reply = {"jsonrpc": "2.0", "id": message.get("id"), **answer(server, message)}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__":
    main()
