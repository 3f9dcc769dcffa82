"""A process that serves a task: JSON-RPC 2.0, one message a line."""

import collections
import itertools
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import weakref

import gymnasium

#: What starts stackelberg where nobody says otherwise. A package that is missing is neither looked for elsewhere nor downloaded.
COMMAND = "npx --offline --no stackelberg"
#: Seconds that a process has to end once its input has.
PATIENCE = 5


class StackelbergError(gymnasium.error.Error):
    """What stackelberg refused or could not do, and what can be done about it."""


class Server:
    """One process, which ends with ``close``, with the garbage collection of this object, or with Python.

    :param command: what starts stackelberg, as a line or as a list of words; else the variable
        ``STACKELBERG_COMMAND``, else ``npx --offline --no stackelberg``
    :param options: the task's options, such as ``{"era": "exact"}``
    """

    def __init__(self, task, options=None, command=None):
        words = command or os.environ.get("STACKELBERG_COMMAND") or COMMAND
        self._words = shlex.split(words) if isinstance(words, str) else list(words)
        self._ids = itertools.count(1)
        program = shutil.which(self._words[0])
        if program is None:
            raise StackelbergError(
                f"there is no program {self._words[0]}. Install Node 20 or newer (https://nodejs.org), "
                "or say by `command` what starts stackelberg"
            )
        chosen = [word for name, value in (options or {}).items() for word in ("--task-option", f"{name}={value}")]
        # A session of its own: the terminal's Ctrl-C is for the one who trains, and the process ends when its input does.
        self._process = subprocess.Popen(
            [program, *self._words[1:], "serve-task", *chosen, "--", task],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._said = collections.deque(maxlen=20)
        self._listener = threading.Thread(target=_listen, args=(self._process.stderr, self._said), daemon=True)
        self._listener.start()
        self._end = weakref.finalize(self, _end, self._process, os.getpid())

    @property
    def pid(self):
        return self._process.pid

    def call(self, method, **params):
        """The result of a method. Raises ``StackelbergError`` where it is an error, or the process has ended."""
        message = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except (BrokenPipeError, ValueError):
            line = b""
        except BaseException:  # Ctrl-C, mostly: the answer to come would be taken for the next one's
            self.close()
            raise
        if not line:
            raise StackelbergError(self._why_ended())
        try:
            answer = json.loads(line)
        except ValueError:
            self.close()
            said = line.decode(errors="replace").strip()
            raise StackelbergError(f"`{shlex.join(self._words)}` does not speak JSON-RPC: it said {said!r}") from None
        if "error" in answer:
            error = answer["error"]
            data = error.get("data") or {}
            place, mend = data.get("place"), data.get("mend")
            raise StackelbergError((f"{place}: " if place else "") + error["message"] + (f". {mend}" if mend else ""))
        return answer["result"]

    def _why_ended(self):
        if not self._end.alive:
            return "the environment is closed. Make a new one"
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            pass
        self._listener.join(PATIENCE)
        said = "".join(self._said).strip()
        self.close()
        if re.match(r"(npm|npx) (error|ERR!|canceled)", said):
            return (
                "npx does not find the package stackelberg here. Run `npm install stackelberg` in this directory, "
                "or say by `command` what starts it"
            )
        return f"`{shlex.join(self._words)} serve-task` has ended ({self._process.returncode})" + (
            f": {said}" if said else ""
        )

    def close(self):
        """Ends the process. May be called twice."""
        self._end()


def _listen(stream, said):
    """Hands on what the process says, and keeps the last lines for an error."""
    with stream:
        for line in stream:
            text = line.decode(errors="replace")
            said.append(text)
            try:
                sys.stderr.write(text)
            except (AttributeError, OSError, ValueError):
                pass  # nobody reads it any more


def _end(process, owner):
    if os.getpid() != owner:  # a fork of the one who started it
        return
    for stream in (process.stdin, process.stdout):
        try:
            stream.close()
        except OSError:
            pass
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
