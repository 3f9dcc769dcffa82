"""The other side of `npm run bench:peers`: a line of JSON in, a line out.

    {"open": module, "file": path, "sizes": {...}}  ->  {"variants": {name: largest difference}, "without": {name: why}}
    {"run": name, "repeat": times}                  ->  {"seconds": wall, "cpuSeconds": of all threads}

The first line it writes says which versions answer. A module has `variants(tensors, sizes)`: by its name, a function
that gives a way of doing the work as a pair: what is timed, and the checked step's results, each of which has the name
of one of ours.
"""

import importlib
import json
import os
import sys
import time
import warnings

warnings.filterwarnings("ignore")
OUT = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # whatever libraries print is for people

import numpy as np
import torch

from tensors import read_tensors

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def answer(message):
    OUT.write(json.dumps(message) + "\n")
    OUT.flush()


def difference(results, ours):
    """Largest difference of any result, relative to the largest number in it."""
    most = 0.0
    for name, theirs in results.items():
        expected = ours["ours." + name].astype(np.float64).reshape(-1)
        got = np.asarray(theirs, dtype=np.float64).reshape(-1)
        assert got.shape == expected.shape, f"{name}: {got.shape} numbers, expected {expected.shape}"
        apart = np.abs(got - expected).max() / np.abs(expected).max()
        most = float("inf") if not np.isfinite(apart) else max(most, float(apart))
    return most


def open_work(module, path, sizes):
    tensors = read_tensors(path)
    runs, differences, without = {}, {}, {}
    ways = importlib.import_module(module).variants(tensors, sizes)
    for name, make in ways.items():
        if "PEERS_EAGER" in os.environ and "compiled" in name:
            continue
        try:
            run, check = make()
            differences[name] = difference(check(), tensors)
            run()
            runs[name] = run
        except Exception as error:  # a way that this machine or version does not have is reported, and the others go on
            without[name] = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
            differences.pop(name, None)
    return runs, {"variants": differences, "without": without}


def main():
    import platform

    versions = {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__}
    try:
        import stable_baselines3

        versions["stable_baselines3"] = stable_baselines3.__version__
    except ImportError:
        pass
    answer({"versions": versions, "threads": torch.get_num_threads()})
    runs = {}
    for line in sys.stdin:
        message = json.loads(line)
        if "open" in message:
            runs, opened = open_work(message["open"], message["file"], message["sizes"])
            answer(opened)
        else:
            run = runs[message["run"]]
            start, cpu = time.perf_counter(), time.process_time()
            for _ in range(message["repeat"]):
                run()
            answer({"seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu})


main()
