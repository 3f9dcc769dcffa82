"""One Gymnasium environment behind JSON-RPC 2.0, one message a line, over standard input and output.

    python gym_server.py Hopper-v5 '{"max_episode_steps": 500}'

Started by stackelberg for tasks named gym:…; docs/tasks/protocol.md has the methods, which are those of `stackelberg serve-task`.
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

# The codes of src/bridges/protocol.ts.
NOT_JSON, NOT_A_REQUEST, NO_METHOD, BAD_PARAMS = -32700, -32600, -32601, -32602
REFUSED, FAILED, NOT_INSTALLED, NO_TASK, NOT_PLAYABLE = -32000, -32001, -32002, -32003, -32004

METHODS = {"spec": (), "make": (), "reset": ("worlds", "seeds"), "step": ("worlds", "actions"), "close": ("worlds",)}


class RpcError(Exception):
    """Goes to the caller as an error; `mend` is what the caller can do about it."""

    def __init__(self, code, message, mend=None):
        super().__init__(message)
        self.code, self.mend = code, mend


class Server:
    def __init__(self, id, options):
        self.id, self.options = id, options
        self.worlds = {}
        self.playing = set()
        self.made = 0
        self.spare = None  # a world that was opened for `spec`, before anybody wanted one

    def spec(self):
        """What a task has to know of the environment."""
        if self.spare is None:
            self.spare = self.open()
        env = self.spare
        return {
            "id": self.id,
            "title": f"{self.id} of Gymnasium {self.gym.__version__}",
            "options": self.options,
            "observation": self.observation_space(env.observation_space),
            "action": self.action_space(env.action_space),
            "horizon": env.spec.max_episode_steps if env.spec else None,
            "controlStep": self.step_seconds(env),
            "solvedReturn": env.spec.reward_threshold if env.spec else None,
            "version": self.gym.__version__,
        }

    def make(self):
        """The number of one more world."""
        env, self.spare = self.spare or self.open(), None
        self.made += 1
        self.worlds[self.made - 1] = env
        return self.made - 1

    def open(self):
        try:
            import gymnasium
            import numpy
        except ImportError as error:
            raise RpcError(NOT_INSTALLED, str(error))
        self.gym, self.np = gymnasium, numpy
        try:
            return gymnasium.make(self.id, **self.options)
        except (gymnasium.error.Error, ImportError, TypeError, ValueError) as error:
            raise RpcError(NO_TASK, one_line(error))

    def reset(self, worlds, seeds):
        envs = self.named(worlds, seeds=seeds)
        self.playing -= set(worlds)
        starts = [env.reset(seed=seed) for env, seed in zip(envs, seeds)]
        self.playing |= set(worlds)
        return {"observations": [self.flat(env, observation) for env, (observation, _) in zip(envs, starts)]}

    def step(self, worlds, actions):
        envs = self.named(worlds, actions=actions)
        for i, (env, action) in enumerate(zip(envs, actions)):
            size = int(self.np.prod(env.action_space.shape))
            if not isinstance(action, list) or len(action) != size:
                raise RpcError(BAD_PARAMS, f"params.actions.{i} must be a list of {size} numbers")
        over = [world for world in worlds if world not in self.playing]
        if over:
            raise RpcError(REFUSED, f"no episode is under way in world {over[0]}", "Reset it")
        # Where one fails, the caller does not hear how far the others came: none of them goes on.
        self.playing -= set(worlds)
        observations, rewards, terminations, truncations = [], [], [], []
        for env, action in zip(envs, actions):
            space = env.action_space
            given = self.np.asarray(action, dtype=space.dtype).reshape(space.shape)
            observation, reward, terminated, truncated, _ = env.step(given)
            observations.append(self.flat(env, observation))
            rewards.append(number(reward))
            terminations.append(bool(terminated))
            truncations.append(bool(truncated))
        ends = zip(worlds, terminations, truncations)
        self.playing |= {world for world, terminated, truncated in ends if not terminated and not truncated}
        return {
            "observations": observations,
            "rewards": rewards,
            "terminations": terminations,
            "truncations": truncations,
        }

    def close(self, worlds):
        for env in self.named(worlds):
            env.close()
        for world in worlds:
            del self.worlds[world]
        self.playing -= set(worlds)

    def named(self, worlds, **lists):
        """The worlds of some numbers; every list beside them has one entry for each."""
        if not isinstance(worlds, list) or len(set(map(str, worlds))) < len(worlds):
            raise RpcError(BAD_PARAMS, "params.worlds must be a list that has each world once")
        for name, entries in lists.items():
            if not isinstance(entries, list) or len(entries) != len(worlds):
                raise RpcError(BAD_PARAMS, f"params.{name} must be a list with one entry for each of the {len(worlds)} worlds")
        missing = [world for world in worlds if not isinstance(world, int) or world not in self.worlds]
        if missing:
            raise RpcError(REFUSED, f"there is no world {missing[0]}", "The method make gives the number of a new one")
        return [self.worlds[world] for world in worlds]

    def flat(self, env, observation):
        row = self.gym.spaces.flatten(env.observation_space, observation)
        row = self.np.asarray(row, dtype=self.np.float64)
        return row.tolist() if self.np.isfinite(row).all() else [number(x) for x in row]

    def observation_space(self, space):
        try:
            flat = self.gym.spaces.flatten_space(space)
        except NotImplementedError:
            flat = None
        if not isinstance(flat, self.gym.spaces.Box):
            raise RpcError(NOT_PLAYABLE, f"its observations are {short(space)}, which is no row of numbers")
        return self.described(flat, self.names(space, "observation"))

    def action_space(self, space):
        if not isinstance(space, self.gym.spaces.Box):
            raise RpcError(NOT_PLAYABLE, f"its actions are {short(space)}, not a Box")
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
    """JSON has no NaN and no infinity: what is not finite is null."""
    x = float(x)
    return x if x - x == 0 else None


def short(space):
    text = str(space)
    return text if len(text) <= 200 else f"a {type(space).__name__} space"


def one_line(error):
    return " ".join(f"{type(error).__name__}: {error}".split())


def place(error):
    """The innermost line of the environment's code."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""


def called(server, message):
    """The result of a request's method."""
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0" or not isinstance(message.get("method"), str):
        raise RpcError(NOT_A_REQUEST, "is no request of JSON-RPC 2.0")
    method, params = message["method"], message.get("params", {})
    if method not in METHODS:
        raise RpcError(NO_METHOD, f'there is no method "{method}"', f"There are {', '.join(METHODS)}")
    wanted = METHODS[method]
    if not isinstance(params, dict) or any(name not in params for name in wanted):
        raise RpcError(BAD_PARAMS, f"params must have {' and '.join(wanted)}")
    return getattr(server, method)(**{name: params[name] for name in wanted})


def answer(server, line):
    """The answer to a line; None to a notification, which has no id."""
    id = None
    try:
        try:
            message = json.loads(line)
        except ValueError as error:
            raise RpcError(NOT_JSON, f"the line is not JSON ({error})")
        id = message.get("id") if isinstance(message, dict) else None
        rest = {"result": called(server, message)}
        if "id" not in message:
            return None
    except RpcError as error:
        rest = {"error": {"code": error.code, "message": str(error), "data": {"mend": error.mend} if error.mend else {}}}
    except Exception as error:
        rest = {"error": {"code": FAILED, "message": one_line(error), "data": {"place": place(error)}}}
    return {"jsonrpc": "2.0", "id": id, **rest}


def main():
    server = Server(sys.argv[1], json.loads(sys.argv[2]) if len(sys.argv) > 2 else {})
    for line in sys.stdin:
        if line.strip() == "":
            continue
        reply = answer(server, line)
        if reply is not None:
            replies.write(json.dumps(reply) + "\n")
            replies.flush()


if __name__ == "__main__":
    main()
